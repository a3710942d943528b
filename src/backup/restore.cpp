// Reading a backup: verifying it, and bringing it back.
#include <fmt/format.h>

#include <fstream>
#include <functional>
#include <stdexcept>

#include "backup/backup.h"
#include "backup/catalogue.h"
#include "backup/tar.h"
#include "base/digest.h"
#include "base/text.h"
#include "database/database.h"
#include "database/sql_text.h"
#include "system/files/library.h"

namespace ashlar::backup {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t buffer_size = std::size_t{256} << 10;
constexpr std::uint64_t largest_text = std::uint64_t{64} << 20;  // of a manifest

struct Whole {
  About about;
  std::optional<Rows> rows;
  std::uint64_t members = 0, bytes = 0, files = 0, file_bytes = 0;
};

// Where the members go; what is not taken is only read.
struct Takers {
  std::function<void(const storage::Source&)> dump;
  std::function<void(const std::string& location, const std::string& name, const storage::Source&)> file;
};

class Reading {
 public:
  Reading(const Context& context, const std::string& name, const Takers& takers, std::string_view what)
      : context_(context), takers_(takers), what_(what), reader_(open_archive(context, name)) {
    const auto stat = context.storage().stat(object_name(name));
    if (stat) size_ = stat->size;
  }

  // Throws Damaged unless everything is as it was written.
  Whole read() {
    while (const auto member = reader_.next()) take(*member);
    if (!is_complete_) throw Damaged("it is cut off: its manifest is missing");
    reader_.finish();
    return std::move(whole_);
  }

 private:
  void take(const Member& member) {
    Sha256 digest;
    const storage::Source source = [&](char* buffer, std::size_t size) {
      const auto got = reader_.read(buffer, size);
      digest.add({buffer, got});
      context_.watch.look(what_, reader_.bytes_read(), size_);
      return got;
    };
    if (member.name == "manifest.json") return finish(parse(text_of(member, source)));
    if (is_complete_) throw Damaged("it is damaged: something follows its manifest");
    std::string text;
    if (member.name == "about.json") {
      whole_.about = parse_about(parse(text_of(member, source)));
    } else if (member.name == dump_member(whole_.about.client)) {
      if (takers_.dump) takers_.dump(source);
    } else if (member.name.starts_with(files_folder)) {
      const auto rest = member.name.substr(files_folder.size());
      const auto slash = std::min(rest.find('/'), rest.size());
      ++whole_.files;
      whole_.file_bytes += member.size;
      if (takers_.file) takers_.file(rest.substr(0, slash), rest.substr(std::min(slash + 1, rest.size())), source);
    }
    drain(source);
    const auto sum = hex(digest.finish());
    if (member.name == "SHA256SUMS") {
      sums_digest_ = sum;
      return;
    }
    sums_.add(sum_line(member.name, sum));
    ++whole_.members;
    whole_.bytes += member.size;
  }

  void finish(const json::object& manifest) {
    const auto* expected = manifest.if_contains("sha256sums");
    const auto* members = manifest.if_contains("members");
    const bool fits = expected != nullptr && expected->is_string() && expected->get_string() == sums_digest_ &&
                      hex(sums_.finish()) == sums_digest_ && members != nullptr && members->is_int64() &&
                      static_cast<std::uint64_t>(members->get_int64()) == whole_.members;
    if (!fits) throw Damaged("it is damaged: what is in it is not what its manifest says");
    if (const auto* rows = manifest.if_contains("rows"); rows != nullptr && rows->is_object()) {
      whole_.rows.emplace();
      for (const auto& [table, count] : rows->get_object())
        (*whole_.rows)[std::string(table)] = count.to_number<std::int64_t>();
    }
    is_complete_ = true;
  }

  static json::object parse(const std::string& text) {
    auto parsed = parse_json(text);
    if (!parsed || !parsed->is_object()) throw Damaged("it is damaged: what it says of itself can't be read");
    return std::move(parsed->get_object());
  }

  static std::string text_of(const Member& member, const storage::Source& source) {
    if (member.size > largest_text) throw Damaged("it is damaged: what it says of itself is too long");
    std::string text(member.size, '\0');
    text.resize(storage::read_fully(source, text.data(), text.size()));
    return text;
  }

  void drain(const storage::Source& source) {
    while (source(buffer_.data(), buffer_.size()) > 0)
      ;
  }

  static constexpr std::string_view files_folder = "files/";
  const Context& context_;
  const Takers& takers_;
  std::string_view what_;
  TarReader reader_;
  std::optional<std::uint64_t> size_;
  Whole whole_;
  Sha256 sums_;
  std::string sums_digest_;
  std::vector<char> buffer_ = std::vector<char>(buffer_size);
  bool is_complete_ = false;
};

void write_file(const storage::Source& source, const fs::path& path) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  std::vector<char> buffer(buffer_size);
  while (const auto got = source(buffer.data(), buffer.size()))
    file.write(buffer.data(), static_cast<std::streamsize>(got));
  file.close();
  if (!file) throw std::runtime_error(fmt::format("{} can't be written: is there no space left?", path.string()));
}

struct Checked {
  Whole whole;
  std::optional<std::string> remark;
};

// Reads all of it, and leaves its dump at `file`.
Checked check(const Context& context, const std::string& name, const WorkFolder& folder, const fs::path& file) {
  const Takers takers{[&](const storage::Source& source) { write_file(source, file); }, {}};
  Checked checked{Reading(context, name, takers, "verifying").read(), {}};
  if (!fs::exists(file)) throw Damaged("it is damaged: it has no dump of a database");
  checked.remark = check_dump(checked.whole.about.client, file, checked.whole.rows, folder, context.watch);
  return checked;
}

// What the record of a file says that it is, for services that want to be told.
std::string type_of(database::Connection& connection, const database::Dialect& dialect, const std::string& location,
                    const std::string& name) {
  database::SqlText sql(dialect);
  (sql << "SELECT ").name("type") << " FROM ";
  sql.name("directus_files") << " WHERE ";
  (sql.name("storage") << " = ").bind(location) << " AND ";
  (sql.name("filename_disk") << " = ").bind(name);
  const auto rows = connection.query(sql.text, sql.parameters);
  return rows->next() ? rows->cell(0).to_string() : std::string();
}

std::string or_standard(std::string type) { return type.empty() ? "application/octet-stream" : type; }

void restore_files(const Context& context, const std::string& name) {
  database::Database database(context.settings.database);
  Takers takers;
  takers.file = [&](const std::string& location, const std::string& object, const storage::Source& source) {
    if (system::is_own_object(storage::normalized_name(object))) return;  // none that create() writes
    const auto type = or_standard(type_of(*database.reader(), database.dialect(), location, object));
    context.locations.find(location)->write(object, source, type);
  };
  Reading(context, name, takers, "restoring files").read();
}

// Throws where it can't be restored here.
void refuse_other(const Context& context, const About& about, bool with_files) {
  const auto& client = context.settings.database.client;
  if (about.client != client) {
    throw std::runtime_error(
        fmt::format("it is a backup of a database of the kind {}, and DB_CLIENT is {}", about.client, client));
  }
  for (const auto& location : about.locations) {
    if (!with_files || context.locations.find(location) != nullptr) continue;
    throw std::runtime_error(fmt::format(
        "it has files of the storage location {}, which is not set up here: add it to STORAGE_LOCATIONS, or leave the "
        "files out (--without-files)",
        location));
  }
}

}  // namespace

Verified verify(const Context& context, const std::string& name) {
  const WorkFolder folder;
  auto [whole, remark] = check(context, name, folder, folder.path("dump"));
  return {std::move(whole.about), whole.members, whole.bytes, whole.files, std::move(whole.rows), std::move(remark)};
}

Restored restore(const Context& context, const std::string& name, const RestoreOptions& options) {
  const WorkFolder folder;
  const auto dump = make_dump(context.settings.database, folder);
  dump->refuse_if_used();
  std::optional<Rows> present;
  try {
    present = dump->contents();
  } catch (const std::runtime_error&) {
    if (!options.replaces) throw;  // a database that can't be read is a reason to restore one
  }
  if (present && !present->empty() && !options.replaces) {
    throw std::runtime_error(fmt::format(
        "the database is not empty: {} would be replaced by those of the backup. Add --force if that is meant",
        describe(*present)));
  }
  const auto file = folder.path("dump");
  const auto checked = check(context, name, folder, file);
  refuse_other(context, checked.whole.about, options.with_files);
  dump->restore(file, context.watch);

  Restored restored{checked.whole.about, dump->contents()};
  if (checked.whole.rows && *checked.whole.rows != *restored.rows) {
    throw std::runtime_error(
        "the database was restored, but has other rows than the backup: is something writing to it?");
  }
  if (options.with_files && checked.whole.files > 0) {
    restore_files(context, name);
    restored.files = checked.whole.files;
    restored.file_bytes = checked.whole.file_bytes;
  }
  return restored;
}

}  // namespace ashlar::backup
