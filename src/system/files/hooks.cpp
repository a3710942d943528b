#include "system/files/hooks.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "items/write_context.h"
#include "system/files/rows.h"

namespace ashlar::system {
namespace {

using items::WriteContext;

constexpr std::string_view removed_note = "files.removed";
constexpr std::string_view moved_note = "files.moved";

json::array& note(WriteContext& context, std::string_view name) {
  auto& value = context.notes[name];
  if (!value.is_array()) value = json::array();
  return value.get_array();
}

// Normalizes the name of the payload; refuses one that another file has.
void check_disk_name(WriteContext& context, json::object& payload, std::string_view own_key) {
  auto* name = payload.if_contains("filename_disk");
  if (name == nullptr || name->is_null()) return;
  const auto normalized = storage::normalized_name(to_text(*name));
  if (normalized.empty()) throw ApiError::invalid_payload("\"filename_disk\" names no file.");
  if (is_own_object(normalized)) throw ApiError::invalid_payload("\"filename_disk\" is a name that is not for files.");
  const auto owner = file_on_disk(context.connection, context.dialect(), normalized);
  if (owner && *owner != own_key) throw ApiError::forbidden();
  *name = normalized;
}

void before_update(WriteContext& context, const items::Keys& keys, json::object& payload) {
  if (!payload.contains("filename_disk")) return;
  if (keys.size() > 1) throw ApiError::invalid_payload("\"filename_disk\" can be set for one file at a time only.");
  const auto row = find_file(context.connection, context.dialect(), to_text(keys.front()));
  check_disk_name(context, payload, row ? row->id : std::string());
  const auto& name = payload.at("filename_disk");
  if (!row || name.is_null() || row->filename_disk.empty() || to_text(name) == row->filename_disk) return;
  note(context, moved_note).push_back({row->storage, row->filename_disk, to_text(name)});
}

void before_delete(WriteContext& context, const items::Keys& keys) {
  for (const auto& key : keys) {
    const auto row = find_file(context.connection, context.dialect(), to_text(key));
    if (row && !row->filename_disk.empty()) note(context, removed_note).push_back({row->storage, row->filename_disk});
  }
}

// An object that is there already stays what it is: the record is pointed to it.
void move_object(const FileLibrary& library, storage::Storage& storage, const std::string& from,
                 const std::string& to) {
  if (!storage.stat(to)) {
    if (storage.stat(from)) storage.move(from, to);
  } else if (library.settings.delete_original_on_move) {
    storage.remove(from);
  }
  remove_derivatives(storage, from);
  remove_derivatives(storage, to);
}

void after_commit(const FileLibrary& library, const WriteContext& context) {
  const auto storage_of = [&](const json::value& entry) { return library.locations.find(to_text(entry.at(0))); };
  if (const auto* removed = context.notes.if_contains(removed_note)) {
    for (const auto& entry : removed->get_array()) {
      if (auto* storage = storage_of(entry)) remove_objects(library, *storage, to_text(entry.at(1)));
    }
  }
  if (const auto* moved = context.notes.if_contains(moved_note)) {
    for (const auto& entry : moved->get_array()) {
      if (auto* storage = storage_of(entry)) move_object(library, *storage, to_text(entry.at(1)), to_text(entry.at(2)));
    }
  }
}

}  // namespace

items::CollectionHooks file_hooks(const FileLibrary& library) {
  items::CollectionHooks hooks;
  hooks.before_create = [](WriteContext& context, json::object& payload) { check_disk_name(context, payload, ""); };
  hooks.before_update = before_update;
  hooks.before_delete = before_delete;
  hooks.after_commit = [&library](const WriteContext& context) { after_commit(library, context); };
  return hooks;
}

}  // namespace ashlar::system
