#include "system/files/library.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "system/files/names.h"
#include "system/files/rows.h"

namespace ashlar::system {
namespace {

constexpr std::size_t hash_length = 40;

std::string derivative_prefix(std::string_view filename_disk) {
  return std::string(without_extension(storage::normalized_name(filename_disk))) + "__";
}

bool is_hash(std::string_view text) { return text.find_first_not_of("0123456789abcdef") == text.npos; }

}  // namespace

storage::Storage& FileLibrary::storage(std::string_view location) const {
  auto* found = locations.find(location);
  if (found == nullptr) throw ApiError::invalid_payload("There is no storage location of that name.");
  return *found;
}

ApiError storage_failure(const storage::StorageError& error) {
  log::error("Storage: {}", error.what());
  if (error.kind() == storage::StorageError::Kind::denied) {
    return ApiError::internal("The storage can't be written to.");
  }
  return {503,
          "SERVICE_UNAVAILABLE",
          "Service \"files\" is unavailable. The storage failed.",
          {{"service", "files"}, {"reason", "The storage failed"}}};
}

std::string derivative_name(std::string_view filename_disk, std::string_view hash, std::string_view extension) {
  return derivative_prefix(filename_disk) + std::string(hash) + std::string(extension);
}

bool is_backup(std::string_view name) {
  if (name.size() + 1 < backup_folder.size()) return false;
  // In any case: there are file systems that make no difference.
  const auto folder = backup_folder.substr(0, backup_folder.size() - 1);
  const bool is_below = name.size() == folder.size() || name.substr(folder.size()).starts_with('/');
  return is_below && equals_ignoring_case(name.substr(0, folder.size()), folder);
}

bool is_own_object(std::string_view name) {
  if (is_backup(name)) return true;
  if (name.starts_with("tus_") && name.size() > 37 && is_hash(name.substr(4, 32)) && name[36] == '_') return true;
  if (name.starts_with("temp_") && is_uuid(name.substr(5, 36))) return true;
  const auto mark = name.rfind("__");
  if (mark == name.npos) return false;
  const auto rest = name.substr(mark + 2);
  return rest.size() > hash_length && is_hash(rest.substr(0, hash_length)) && rest[hash_length] == '.';
}

void remove_derivatives(storage::Storage& storage, std::string_view filename_disk) {
  const auto prefix = derivative_prefix(filename_disk);
  std::vector<std::string> names;
  storage.list(prefix, [&](std::string_view name) {
    const auto rest = name.substr(prefix.size());
    const bool is_own = rest.size() > hash_length && is_hash(rest.substr(0, hash_length)) && rest[hash_length] == '.' &&
                        rest.find('/') == rest.npos;
    if (is_own) names.emplace_back(name);
  });
  for (const auto& name : names) storage.remove(name);
}

void remove_objects(const FileLibrary& library, storage::Storage& storage, std::string_view filename_disk) noexcept {
  auto name = storage::normalized_name(filename_disk);
  if (name.empty()) return;
  library.leftovers.remove(name, [&library, &storage, name, is_late = false]() mutable {
    if (std::exchange(is_late, true)) {
      const auto& database = library.services.database;
      const auto lease = library.services.database.reader();
      if (file_on_disk(*lease, database.dialect(), name)) return;
    }
    storage.remove(name);
    remove_derivatives(storage, name);
  });
}

}  // namespace ashlar::system
