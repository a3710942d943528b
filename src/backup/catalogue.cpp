#include "backup/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "backup/cipher.h"
#include "backup/tar.h"
#include "base/log.h"
#include "system/files/library.h"

namespace ashlar::backup {
namespace {

constexpr std::size_t beginning_size = std::size_t{256} << 10;  // the first member lies in it

std::string time_in_name(Moment moment) {
  const auto t = civil_utc(moment);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", t.year, t.month, t.day, t.hour, t.minute, t.second);
}

// Of a name such as 20260131T120000Z.tar.zst; nothing for any other.
std::optional<Entry> parse_name(std::string_view name) {
  constexpr std::size_t time_length = 16;
  Entry entry{std::string(name), {}};
  entry.is_encrypted = name.ends_with(encrypted_ending);
  if (entry.is_encrypted) name.remove_suffix(encrypted_ending.size());
  if (name.size() != time_length + archive_ending.size() || !name.ends_with(archive_ending)) return std::nullopt;
  const auto part = [&](std::size_t from, std::size_t size) { return name.substr(from, size); };
  const auto parsed = parse_iso(
      fmt::format("{}-{}-{}T{}:{}:{}Z", part(0, 4), part(4, 2), part(6, 2), part(9, 2), part(11, 2), part(13, 2)));
  if (!parsed || name[8] != 'T' || name[15] != 'Z') return std::nullopt;
  entry.moment = parsed->moment();
  return entry;
}

About read_about(storage::Storage& storage, const Entry& entry) {
  std::string beginning;
  storage.read(object_name(entry.name), {0, std::min<std::uint64_t>(beginning_size, entry.size)},
               [&](std::string_view piece) { beginning += piece; });
  if (entry.is_encrypted) return parse_about(encrypted_about(beginning));
  TarReader reader(storage::source_of(std::string_view(beginning)));
  const auto member = reader.next();
  if (!member || member->name != "about.json" || member->size > beginning_size) throw Damaged("it says not what it is");
  std::string text(member->size, '\0');
  storage::read_fully([&](char* buffer, std::size_t size) { return reader.read(buffer, size); }, text.data(),
                      text.size());
  const auto parsed = parse_json(text);
  if (!parsed || !parsed->is_object()) throw Damaged("it says not what it is");
  return parse_about(parsed->get_object());
}

}  // namespace

storage::Storage& Context::storage() const {
  auto* found = locations.find(settings.backup.storage);
  if (found == nullptr) throw std::runtime_error("there is no storage location " + settings.backup.storage);
  return *found;
}

std::string object_name(std::string_view name) { return std::string(system::backup_folder) + std::string(name); }

std::string free_name(storage::Storage& storage, Moment moment, bool is_encrypted) {
  // Behind those of the same second, also where they were moved on for that; a clock that was far ahead once is no
  // matter.
  for (const auto& entry : names(storage)) {
    const auto ahead = entry.moment.milliseconds - moment.milliseconds;
    if (ahead > -1000 && ahead < most_ahead_milliseconds) {
      moment.milliseconds = entry.moment.milliseconds + 1000;
      break;
    }
  }
  for (;; moment.milliseconds += 1000) {
    const auto plain = time_in_name(moment) + std::string(archive_ending);
    const auto encrypted = plain + std::string(encrypted_ending);
    if (!storage.stat(object_name(plain)) && !storage.stat(object_name(encrypted)))
      return is_encrypted ? encrypted : plain;
  }
}

std::vector<Entry> names(storage::Storage& storage) {
  std::vector<Entry> entries;
  storage.list(system::backup_folder, [&](std::string_view name) {
    if (auto entry = parse_name(name.substr(system::backup_folder.size()))) entries.push_back(std::move(*entry));
  });
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) { return a.name > b.name; });
  return entries;
}

std::vector<std::string> prune(storage::Storage& storage, const config::BackupSettings& settings,
                               const std::string& newest, Moment present) {
  std::vector<std::string> removed;
  std::size_t place = 0;
  for (const auto& entry : names(storage)) {
    if (entry.name == newest) continue;
    ++place;
    const bool is_too_many = settings.keep && static_cast<std::int64_t>(place) >= *settings.keep;
    const bool is_too_old = settings.retention_milliseconds &&
                            present.milliseconds - entry.moment.milliseconds > *settings.retention_milliseconds;
    if (!is_too_many && !is_too_old) continue;
    storage.remove(object_name(entry.name));
    removed.push_back(entry.name);
  }
  return removed;
}

std::vector<Entry> list(const Context& context) {
  auto& storage = context.storage();
  auto entries = names(storage);
  for (auto& entry : entries) {
    try {
      const auto stat = storage.stat(object_name(entry.name));
      if (stat) entry.size = stat->size;
      entry.about = read_about(storage, entry);
    } catch (const std::exception& error) {
      log::debug("{}: {}", entry.name, error.what());
    }
  }
  return entries;
}

std::string resolve(const Context& context, const std::string& name) {
  const auto entries = names(context.storage());
  if (name == "latest" && !entries.empty()) return entries.front().name;
  for (const auto& entry : entries) {
    if (entry.name == name || entry.name == name + std::string(archive_ending) ||
        entry.name == name + std::string(archive_ending) + std::string(encrypted_ending)) {
      return entry.name;
    }
  }
  throw std::runtime_error(
      fmt::format("there is no backup {} in the storage location {}; `ashlar backup list` lists them", name,
                  context.settings.backup.storage));
}

storage::Source open_archive(const Context& context, const std::string& name) {
  auto source = storage::source_of(context.storage(), object_name(name));
  if (!name.ends_with(encrypted_ending)) return source;
  if (context.settings.backup.key.empty()) {
    throw std::runtime_error("it is encrypted: set ASHLAR_BACKUP_KEY to the key that it was made with");
  }
  return decrypted(std::move(source), context.settings.backup.key);
}

void export_archive(const Context& context, const std::string& name, const storage::Sink& out) {
  const auto source = open_archive(context, name);
  std::vector<char> buffer(std::size_t{256} << 10);
  std::uint64_t total = 0;
  while (const auto got = source(buffer.data(), buffer.size())) {
    out({buffer.data(), got});
    context.watch.look("archive", total += got);
  }
}

json::object about_json(const About& about) {
  return {{"format", 1},
          {"made_by", about.made_by},
          {"created", about.created},
          {"database", json::object{{"client", about.client}, {"version", about.version}}},
          {"files", json::array(about.locations.begin(), about.locations.end())}};
}

About parse_about(const json::object& object) {
  const json::value value(object);
  const auto* format = object.if_contains("format");
  if (format == nullptr || !format->is_int64()) throw Damaged("it says not what it is");
  if (format->get_int64() != 1)
    throw Damaged("it was made by a newer release, in a format that this one does not know");
  About about;
  about.created = text_member(value, "created").value_or("");
  about.made_by = text_member(value, "made_by").value_or("");
  if (const auto* database = object.if_contains("database")) {
    about.client = text_member(*database, "client").value_or("");
    about.version = text_member(*database, "version").value_or("");
  }
  if (const auto* files = object.if_contains("files"); files != nullptr && files->is_array()) {
    for (const auto& location : files->get_array()) about.locations.push_back(to_text(location));
  }
  return about;
}

std::string describe(const Rows& rows) {
  std::int64_t total = 0;
  for (const auto& [name, count] : rows) total += count;
  return fmt::format("{} {} with {} {}", rows.size(), rows.size() == 1 ? "table" : "tables", total,
                     total == 1 ? "row" : "rows");
}

}  // namespace ashlar::backup
