#include "system/files/archive.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "items/item_access.h"
#include "items/read.h"
#include "query/plan.h"
#include "system/files/rows.h"
#include "system/files/zip.h"

namespace ashlar::system {
namespace {

constexpr std::string_view folders_collection = "directus_folders";
constexpr std::size_t ids_together = 1000;

std::string text_of(const json::value& item, std::string_view name) {
  return std::string(text_member(item, name).value_or(""));
}

// A name that every file system takes.
std::string safe_name(std::string_view name) {
  std::string safe;
  for (const char c : name) {
    const bool is_bad =
        static_cast<unsigned char>(c) < 0x20 || std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos;
    if (!is_bad) safe += c;
  }
  if (safe.empty() || safe == "." || safe == "..") safe = "_";
  return safe;
}

class Packing {
 public:
  Packing(const FileLibrary& library, const access::Accountability& who) : library_(library), who_(who) {}

  void add_folder(const std::string& id, const std::string& path) {
    if (path.size() > 8000 || !seen_.insert(id).second) return;  // a folder may be its own parent
    archive.entries.push_back({path, {}, {}});
    add_files({{"folder", {{"_eq", id}}}}, path);
    std::vector<std::pair<std::string, std::string>> children;
    for (const auto& child : read(folders_collection, {{"parent", {{"_eq", id}}}}, {"id", "name"})) {
      children.emplace_back(text_of(child, "id"), path + free_name(path, text_of(child, "name")) + "/");
    }
    for (const auto& [child, child_path] : children) add_folder(child, child_path);
  }

  void add_files(json::object filter, const std::string& path) {
    for (const auto& file : read(files_collection, std::move(filter), {"id"})) add_file(text_of(file, "id"), path);
  }

  json::array read(std::string_view collection, json::object filter, std::vector<std::string> fields) {
    query::Query query;
    query.fields = std::move(fields);
    query.filter = std::move(filter);
    query.limit = -1;
    query.sort = {{query.fields.back(), false}};
    auto value = items::read_value(library_.services, &who_, collection, query, {});
    return value.is_array() ? std::move(value.get_array()) : json::array();
  }

  Archive archive;
  std::size_t files = 0;

 private:
  // Names that are taken get a number.
  std::string free_name(const std::string& path, std::string_view wanted) {
    const auto safe = safe_name(wanted);
    auto name = safe;
    for (int i = 1; !taken_.insert(path + to_lower(name)).second; ++i) name = fmt::format("{} ({})", safe, i);
    return name;
  }

  void add_file(const std::string& id, const std::string& path) {
    const auto row = find_file(library_.services, id);
    if (!row || row->filename_disk.empty()) return;
    archive.entries.push_back({path + free_name(path, row->filename_download), row->storage, row->filename_disk});
    ++files;
  }

  const FileLibrary& library_;
  const access::Accountability& who_;
  std::set<std::string> seen_, taken_;
};

std::string time_stamp(const items::Services& services) {
  const auto civil = civil_utc(services.clock());
  return fmt::format("{:04}{:02}{:02}-{:02}{:02}{:02}", civil.year, civil.month, civil.day, civil.hour, civil.minute,
                     civil.second);
}

}  // namespace

Archive folder_archive(const FileLibrary& library, const access::Accountability& who, std::string_view folder) {
  const auto& services = library.services;
  if (!is_uuid(folder)) throw ApiError::forbidden();
  const json::value key(folder);
  Packing packing(library, who);
  if (!who.admin && !items::may_do(services, who, folders_collection, access::Action::read, key)) {
    throw query::forbidden_collection(std::string(folders_collection));
  }
  const auto found = packing.read(folders_collection, {{"id", {{"_eq", key}}}}, {"id", "name"});
  if (found.empty()) throw ApiError::invalid_payload("There is no file in the folder.");
  const auto name = safe_name(text_of(found.front(), "name"));
  packing.add_folder(std::string(folder), name + "/");
  if (packing.files == 0) throw ApiError::invalid_payload("There is no file in the folder.");
  packing.archive.file_name = "folder-" + name + "-" + time_stamp(services) + ".zip";
  return std::move(packing.archive);
}

Archive files_archive(const FileLibrary& library, const access::Accountability& who,
                      const std::vector<std::string>& ids) {
  Packing packing(library, who);
  for (std::size_t start = 0; start < ids.size(); start += ids_together) {
    json::array some;
    for (std::size_t i = start; i < std::min(ids.size(), start + ids_together); ++i) some.emplace_back(ids[i]);
    packing.add_files({{"id", {{"_in", std::move(some)}}}}, "");
  }
  if (packing.files == 0) throw ApiError::invalid_payload("None of the files can be read.");
  packing.archive.file_name = "files-" + time_stamp(library.services) + ".zip";
  return std::move(packing.archive);
}

void write_archive(const FileLibrary& library, const Archive& archive,
                   const std::function<void(std::string_view)>& sink) {
  ZipWriter zip(sink, library.services.clock());
  for (const auto& entry : archive.entries) {
    if (entry.path.ends_with('/')) {
      zip.add(entry.path, 0, {});
      continue;
    }
    auto& storage = library.storage(entry.location);
    const auto stat = is_backup(storage::normalized_name(entry.name)) ? std::nullopt : storage.stat(entry.name);
    if (!stat) throw storage::StorageError(storage::StorageError::Kind::not_found, "The object of a file is missing");
    zip.add(entry.path, stat->size, [&](const ZipWriter::Sink& to) { storage.read(entry.name, {}, to); });
  }
  zip.finish();
}

}  // namespace ashlar::system
