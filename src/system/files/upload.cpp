#include "system/files/upload.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "database/error.h"
#include "database/sql_text.h"
#include "items/item_access.h"
#include "items/write.h"
#include "query/plan.h"
#include "system/files/names.h"
#include "system/files/rows.h"
#include "system/images/metadata.h"

namespace ashlar::system {
namespace {

// Pictures in other storages than folders are read into memory: larger ones get no facts.
constexpr std::uint64_t largest_fetched_picture = std::uint64_t{64} << 20;

items::WriteOptions quiet_write() {
  items::WriteOptions options;
  options.allow_system = true;
  options.emit_events = false;
  return options;
}

// Puts back what was read to find out the type.
storage::Source with_beginning(std::string beginning, storage::Source rest) {
  return [beginning = std::move(beginning), used = std::size_t{0}, rest = std::move(rest)](char* buffer,
                                                                                           std::size_t size) mutable {
    if (used == beginning.size()) return rest(buffer, size);
    const auto given = std::min(size, beginning.size() - used);
    std::memcpy(buffer, beginning.data() + used, given);
    used += given;
    return given;
  };
}

json::value default_folder(const items::Services& services) {
  database::SqlText sql(services.database.dialect());
  (sql << "SELECT ").name("storage_default_folder") << " FROM ";
  sql.name("directus_settings");
  const auto lease = services.database.reader();
  const auto rows = lease->query(sql.text, sql.parameters);
  if (!rows->next() || rows->cell(0).is_null()) return nullptr;
  return json::value(rows->cell(0).to_string());
}

bool is_blank(const json::object& fields, std::string_view name) {
  const auto* value = fields.if_contains(name);
  return value == nullptr || value->is_null() || (value->is_string() && value->get_string().empty());
}

std::string text_field(const json::object& fields, std::string_view name) {
  const auto* value = fields.if_contains(name);
  return value == nullptr || value->is_null() ? std::string() : to_text(*value);
}

PictureBytes picture_bytes(storage::Storage& storage, std::string_view name) {
  PictureBytes picture;
  picture.path = storage.local_path(name);
  if (!picture.path) storage.read(name, {}, [&](std::string_view piece) { picture.bytes += piece; });
  return picture;
}

// What the picture tells and nobody said otherwise.
void add_picture_facts(const FileLibrary& library, const FileRow& row, const StoredFacts& stored,
                       const json::object& sent, ColumnChanges& changes) {
  auto& storage = library.storage(row.storage);
  if (stored.size > largest_fetched_picture && !storage.local_path(row.filename_disk)) return;
  PictureFacts facts;
  try {
    facts =
        read_picture(picture_bytes(storage, row.filename_disk), library.pictures, library.settings.metadata_allow_list);
  } catch (const PictureError& error) {
    log::debug("{} is no picture that can be read: {}", row.filename_disk, error.what());
    return;
  }
  const auto keeps_sent = [&](std::string_view name) { return !is_blank(sent, name); };
  if (!keeps_sent("width")) changes.emplace_back("width", facts.width);
  if (!keeps_sent("height")) changes.emplace_back("height", facts.height);
  if (!row.metadata) changes.emplace_back("metadata", json_text(facts.metadata));
  if (!row.description && facts.caption) changes.emplace_back("description", *facts.caption);
  const bool has_own_title = stored.replaces ? row.title.has_value() : keeps_sent("title");
  if (!has_own_title && facts.headline) changes.emplace_back("title", *facts.headline);
  if (!row.tags && !facts.keywords.is_null()) changes.emplace_back("tags", json_text(facts.keywords));
}

std::uint64_t store(storage::Storage& storage, std::string_view name, const storage::Source& source,
                    std::string_view type) {
  try {
    return storage.write(name, source, type);
  } catch (const storage::StorageError& error) {
    throw storage_failure(error);
  }
}

void drop_record(const FileLibrary& library, const json::value& key) noexcept {
  library.leftovers.remove("the record of a failed upload", [&library, key] {
    auto options = quiet_write();
    options.track_activity = false;
    try {
      items::delete_items(library.services, nullptr, files_collection, {key}, options);
    } catch (const ApiError& error) {
      log::debug("A record of a failed upload was removed by others: {}", error.what());
    }
  });
}

// Makes the record, which is not there either where this throws.
json::value make_record(const FileLibrary& library, const access::Accountability* who, json::object fields) {
  items::Keys tried;
  auto options = quiet_write();
  options.tried_keys = &tried;
  try {
    return items::create_item(library.services, who, files_collection, std::move(fields), options);
  } catch (const database::DatabaseError& error) {
    // Nobody knows whether a commit was done whose answer never came.
    const bool is_unknown = error.kind == database::DatabaseError::Kind::unavailable;
    if (is_unknown && !tried.empty()) drop_record(library, tried.front());
    throw;
  }
}

}  // namespace

void require_create(const FileLibrary& library, const access::Accountability* who) {
  if (who == nullptr || who->admin) return;
  const auto permissions = library.services.access.permissions(*who);
  if (!permissions->admin && permissions->find(files_collection, access::Action::create) == nullptr) {
    throw query::forbidden_collection(std::string(files_collection));
  }
}

void complete_fields(const FileLibrary& library, Incoming& incoming) {
  if (!incoming.type) {
    std::string beginning(4096, '\0');
    beginning.resize(storage::read_fully(incoming.source, beginning.data(), beginning.size()));
    incoming.type = type_of_content(beginning);
    incoming.source = with_beginning(std::move(beginning), std::move(incoming.source));
  }
  if (!matches_type(*incoming.type, library.settings.mime_type_allow_list)) {
    throw ApiError::invalid_payload("Files of this type are not allowed.");
  }
  auto& fields = incoming.fields;
  fields["type"] = *incoming.type;
  if (is_blank(fields, "filename_download")) fields["filename_download"] = incoming.file_name;
}

std::string default_disk_name(std::string_view id, std::string_view file_name, std::string_view type) {
  auto extension = extension_of(file_name);
  if (extension.find('/') != extension.npos) extension.clear();
  if (extension.empty()) extension = extension_for_type(type);
  return std::string(id) + extension;
}

storage::Source limited(const FileLibrary& library, storage::Source source) {
  if (!library.settings.max_upload_bytes) return source;
  const auto limit = static_cast<std::uint64_t>(*library.settings.max_upload_bytes);
  return [limit, total = std::uint64_t{0}, source = std::move(source)](char* buffer, std::size_t size) mutable {
    const auto got = source(buffer, size);
    total += got;
    if (got > 0 && total >= limit) {
      throw ApiError(413, "CONTENT_TOO_LARGE", "The file is too large.");
    }
    return got;
  };
}

void note_stored(const FileLibrary& library, std::string_view id, std::string_view filename_disk,
                 const StoredFacts& stored, const json::object& sent) {
  const auto& services = library.services;
  auto row = find_file(services, id);
  if (!row) return;  // deleted meanwhile
  row->filename_disk = filename_disk;
  ColumnChanges changes{{"filename_disk", std::string(filename_disk)},
                        {"filesize", static_cast<std::int64_t>(stored.size)}};
  if (stored.is_upload) changes.emplace_back("uploaded_on", time_value(services, services.clock()));
  if (is_readable_picture(row->type)) add_picture_facts(library, *row, stored, sent, changes);
  change_file(services, id, changes);
}

void announce_upload(const FileLibrary& library, const access::Accountability* who, const json::value& key) {
  const auto& services = library.services;
  if (!services.events.has_action("files.upload")) return;
  const auto row = find_file(services, to_text(key));
  if (!row) return;
  const json::object payload{{"id", row->id},
                             {"storage", row->storage},
                             {"filename_disk", row->filename_disk},
                             {"filename_download", row->filename_download},
                             {"title", row->title ? json::value(*row->title) : json::value()},
                             {"type", row->type},
                             {"filesize", row->filesize ? json::value(*row->filesize) : json::value()}};
  services.events.action("files.upload", {{"payload", payload}, {"key", key}, {"collection", files_collection}},
                         {nullptr, services.schemas.current(), who});
}

json::value upload_file(const FileLibrary& library, const access::Accountability* who, Incoming incoming) {
  const auto& services = library.services;
  require_create(library, who);
  complete_fields(library, incoming);
  auto& fields = incoming.fields;
  const auto sent = fields;
  if (is_blank(fields, "storage")) fields["storage"] = library.locations.default_name();
  auto& storage = library.storage(text_field(fields, "storage"));
  const auto download = text_field(fields, "filename_download");
  if (is_blank(fields, "title")) {
    const auto name = std::string_view(download);
    fields["title"] = title_of(incoming.whole_name_is_title ? name : without_extension(name));
  }
  if (!fields.contains("folder")) {
    if (auto folder = default_folder(services); !folder.is_null()) fields["folder"] = std::move(folder);
  }
  const auto key = make_record(library, who, std::move(fields));
  const auto id = to_text(key);
  try {
    const auto row = find_file(services, id);
    if (!row) throw ApiError::forbidden();
    const auto name = row->filename_disk.empty() ? default_disk_name(id, download, *incoming.type) : row->filename_disk;
    try {
      const auto size = store(storage, name, limited(library, std::move(incoming.source)), *incoming.type);
      note_stored(library, id, name, {size, false}, sent);
    } catch (...) {
      // Also where storing failed: the service may have stored it, and its answer may have been lost.
      remove_objects(library, storage, name);
      throw;
    }
  } catch (...) {
    drop_record(library, key);
    throw;
  }
  announce_upload(library, who, key);
  return key;
}

bool replace_file(const FileLibrary& library, const access::Accountability* who, std::string_view id,
                  Incoming incoming) {
  const auto& services = library.services;
  const json::value key(id);
  const auto row = find_file(services, id);
  if (who != nullptr && !who->admin) {
    if (!row || !items::may_do(services, *who, files_collection, access::Action::update, key)) {
      throw ApiError::forbidden();
    }
  }
  if (!row) return false;
  complete_fields(library, incoming);
  auto fields = incoming.fields;
  for (const auto* name : {"id", "storage", "filename_disk"}) fields.erase(name);
  auto& storage = library.storage(row->storage);
  const auto download = text_field(fields, "filename_download");
  auto name = row->filename_disk;
  if (name.empty() || default_disk_name("", download, *incoming.type) != extension_of(name)) {
    name = default_disk_name(row->id, download, *incoming.type);
  }
  // Aside: until everything is decided, the old bytes are the file's.
  const auto aside = "temp_" + row->id + "_" + random_token(8);
  const auto size = store(storage, aside, limited(library, std::move(incoming.source)), *incoming.type);
  try {
    items::update_items(services, who, files_collection, {key}, fields, quiet_write());
    if (!row->filename_disk.empty() && row->filename_disk != name) remove_objects(library, storage, row->filename_disk);
    storage.move(aside, name);
    remove_derivatives(storage, name);
  } catch (const storage::StorageError& error) {
    remove_objects(library, storage, aside);
    throw storage_failure(error);
  } catch (...) {
    remove_objects(library, storage, aside);
    throw;
  }
  note_stored(library, row->id, name, {size, true}, incoming.fields);
  announce_upload(library, who, key);
  return true;
}

}  // namespace ashlar::system
