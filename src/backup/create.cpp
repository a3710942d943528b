// Making a backup.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "backup/backup.h"
#include "backup/catalogue.h"
#include "backup/cipher.h"
#include "backup/database_program.h"
#include "backup/pipe.h"
#include "backup/tar.h"
#include "base/descriptor.h"
#include "base/digest.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/temporary_file.h"
#include "base/text.h"
#include "system/files/library.h"
#include "system/health.h"
#include "system/server_info.h"

namespace ashlar::backup {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_in_memory = std::uint64_t{8} << 20;

std::string text_of(const json::object& object) {
  std::string text;
  write_json(text, object);
  return text + '\n';
}

// An open file as a source; its size is that of the moment when it was opened.
struct OpenFile {
  Descriptor descriptor;
  std::uint64_t size = 0;
  Moment modified;

  explicit OpenFile(const fs::path& path) : descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat status {};
    if (descriptor.value() < 0 || ::fstat(descriptor.value(), &status) != 0) {
      throw std::system_error(errno, std::generic_category(), path.string());
    }
    size = static_cast<std::uint64_t>(status.st_size);
    modified = {status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000};
  }

  storage::Source source() const {
    return [this](char* buffer, std::size_t wanted) -> std::size_t {
      for (;;) {
        const auto got = ::read(descriptor.value(), buffer, wanted);
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "read");
      }
    };
  }
};

// Fills the archive, and notes what goes in.
class Filling {
 public:
  Filling(const Context& context, const WorkFolder& folder, const storage::Sink& out)
      : context_(context), folder_(folder), tar_(out) {}

  void add(const std::string& name, std::uint64_t size, Moment modified, const storage::Source& source,
           std::string_view what, std::optional<std::uint64_t> total = std::nullopt) {
    const auto digest = tar_.add({name, size, modified}, [&](char* buffer, std::size_t wanted) {
      const auto got = source(buffer, wanted);
      context_.watch.look(what, done_ += got, total);
      return got;
    });
    add_sum(name, digest);
    ++members_;
    bytes_ += size;
  }

  void add_text(const std::string& name, const std::string& text) {
    add(name, text.size(), context_.clock(), storage::source_of(std::string_view(text)), "packing the database");
  }

  void add_dump(const std::string& name, const fs::path& path) {
    const OpenFile file(path);
    done_ = 0;
    add(name, file.size, context_.clock(), file.source(), "packing the database", file.size);
  }

  void add_files(const std::string& location) {
    auto* storage = context_.locations.find(location);
    done_ = 0;
    storage->list("", [&](std::string_view name) {
      if (system::is_own_object(name) || name == system::health_object) return;
      add_file(*storage, location, std::string(name));
    });
  }

  // The sums, and what else is known at the end.
  void finish(json::object manifest) {
    sums_.rewind();
    const auto digest = tar_.add({"SHA256SUMS", sums_size_, context_.clock()},
                                 [&](char* buffer, std::size_t wanted) { return sums_.read(buffer, wanted); });
    manifest["members"] = members_;
    manifest["bytes"] = bytes_;
    manifest["sha256sums"] = digest;
    const auto text = text_of(manifest);
    tar_.add({"manifest.json", text.size(), context_.clock()}, storage::source_of(std::string_view(text)));
    tar_.finish();
  }

  std::uint64_t files = 0, file_bytes = 0, missing = 0;

 private:
  void add_sum(const std::string& name, const std::string& digest) {
    const auto line = sum_line(name, digest);
    sums_.write(line);
    sums_size_ += line.size();
  }

  void add_file(storage::Storage& storage, const std::string& location, const std::string& name) {
    const auto what = fmt::format("files ({})", files + 1);
    const auto member = fmt::format("files/{}/{}", location, name);
    const auto add_open = [&](const OpenFile& file, Moment modified) {
      add(member, file.size, modified, file.source(), what);
      file_bytes += file.size;
    };
    try {
      if (const auto path = storage.local_path(name)) {
        const OpenFile file(*path);
        add_open(file, file.modified);
      } else {
        const auto stat = storage.stat(name);
        if (!stat) throw storage::StorageError(storage::StorageError::Kind::not_found, name);
        // Fetched as a whole before it is packed: the archive wants to know its size, which may change meanwhile.
        if (stat->size <= largest_in_memory) {
          std::string bytes;
          storage.read(name, {}, [&](std::string_view piece) { bytes += piece; });
          add(member, bytes.size(), stat->modified, storage::source_of(std::string_view(bytes)), what);
          file_bytes += bytes.size();
        } else {
          const auto aside = folder_.path("object");
          fetch(storage, name, aside);
          add_open(OpenFile(aside), stat->modified);
          fs::remove(aside);
        }
      }
      ++files;
    } catch (const storage::StorageError& error) {
      if (error.kind() != storage::StorageError::Kind::not_found) throw;
      note_missing(member);
    } catch (const std::system_error& error) {
      if (error.code() != std::errc::no_such_file_or_directory) throw;
      note_missing(member);
    }
  }

  void fetch(storage::Storage& storage, const std::string& name, const fs::path& to) const {
    std::ofstream file(to, std::ios::binary | std::ios::trunc);
    std::uint64_t got = 0;
    storage.read(name, {}, [&](std::string_view piece) {
      file.write(piece.data(), static_cast<std::streamsize>(piece.size()));
      context_.watch.look("fetching a file", got += piece.size());
    });
    file.close();
    if (!file) throw std::runtime_error(fmt::format("{} can't be written: is there no space left?", to.string()));
  }

  void note_missing(const std::string& member) {
    ++missing;
    log::debug("{} was deleted before the backup came to it", member);
  }

  const Context& context_;
  const WorkFolder& folder_;
  TarWriter tar_;
  TemporaryFile sums_;
  std::uint64_t sums_size_ = 0, members_ = 0, bytes_ = 0, done_ = 0;
};

json::object manifest_of(const About& about, const Made& made) {
  auto manifest = about_json(about);
  if (made.rows) {
    json::object rows;
    for (const auto& [table, count] : *made.rows) rows[table] = count;
    manifest["rows"] = std::move(rows);
  }
  manifest["file_count"] = made.files;
  manifest["file_bytes"] = made.file_bytes;
  return manifest;
}

Made create_with(const Context& context, bool with_files, const WorkFolder& folder, Dump& dump) {
  const auto& settings = context.settings;
  auto& storage = context.storage();
  const auto start = context.clock();
  About about;
  about.created = format_timestamp(start);
  about.made_by = fmt::format("{} {}", system::product_name, system::product_version);
  about.client = settings.database.client;
  about.version = dump.version();
  if (with_files) {
    for (const auto& location : settings.files.locations) about.locations.push_back(location.name);
  }
  Made made;
  const auto file = folder.path("dump");
  made.rows = dump.take(file, context.watch);

  const auto& key = settings.backup.key;
  made.name = free_name(storage, start, !key.empty());
  const auto fill = [&](const storage::Sink& out) {
    Filling filling(context, folder, out);
    filling.add_text("about.json", text_of(about_json(about)));
    filling.add_dump(dump_member(about.client), file);
    fs::remove(file);
    for (const auto& location : about.locations) filling.add_files(location);
    made.files = filling.files;
    made.file_bytes = filling.file_bytes;
    made.missing = filling.missing;
    filling.finish(manifest_of(about, made));
  };
  made.size = write_pushed(storage, object_name(made.name), "application/zstd", [&](const storage::Sink& out) {
    if (key.empty()) return fill(out);
    Encryptor encryptor(key, about_json(about), out);
    fill([&](std::string_view piece) { encryptor.write(piece); });
    encryptor.finish();
  });
  made.removed = prune(storage, settings.backup, made.name, context.clock());
  return made;
}

}  // namespace

std::string sum_line(const std::string& name, const std::string& digest) {
  // As sha256sum has it: a backslash before the line says that the name is escaped.
  if (name.find_first_of("\\\n\r") == name.npos) return fmt::format("{}  {}\n", digest, name);
  auto escaped = replace_all(replace_all(replace_all(name, "\\", "\\\\"), "\n", "\\n"), "\r", "\\r");
  return fmt::format("\\{}  {}\n", digest, escaped);
}

Made create(const Context& context, bool with_files) {
  const WorkFolder folder;
  const auto dump = make_dump(context.settings.database, folder);
  return create_with(context, with_files, folder, *dump);
}

std::optional<Made> create_if_due(const Context& context, bool with_files, Moment due) {
  const WorkFolder folder;
  const auto dump = make_dump(context.settings.database, folder);
  if (!dump->try_alone()) return std::nullopt;
  const auto latest = context.clock().milliseconds + most_ahead_milliseconds;
  for (const auto& entry : names(context.storage())) {
    if (entry.moment >= due && entry.moment.milliseconds < latest) return std::nullopt;
  }
  return create_with(context, with_files, folder, *dump);
}

}  // namespace ashlar::backup
