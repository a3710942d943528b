#include "system/files/resumable.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "database/sql_text.h"
#include "items/item_access.h"
#include "items/write.h"
#include "query/plan.h"
#include "system/files/names.h"
#include "system/files/rows.h"
#include "system/files/upload.h"

namespace ashlar::system {
namespace {

using database::SqlText;

constexpr std::chrono::minutes longest_joining{10};
// What is read before it is kept: a part, where TUS_CHUNK_SIZE asks for less.
constexpr std::uint64_t largest_part = std::uint64_t{64} << 20;

[[noreturn]] void refuse_metadata() {
  throw ApiError(400, "INVALID_METADATA", "Upload-Metadata must be a list of names and base64 values.");
}

json::object state_of(const ResumableUpload& upload) {
  json::object state{{"size", upload.size},
                     {"offset", upload.offset},
                     {"metadata", upload.metadata},
                     {"changed", upload.changed.milliseconds},
                     {"parts", json::array(upload.parts.begin(), upload.parts.end())}};
  if (upload.replaces) state["replaces"] = *upload.replaces;
  return state;
}

std::uint64_t number_in(const json::value& state, std::string_view name) {
  const auto* value = find_member(state, name);
  const auto number = value == nullptr ? std::nullopt : as_integer(*value);
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, number.value_or(0)));
}

std::optional<ResumableUpload> upload_in_row(const database::Cursor& row) {
  const auto state = parse_json(row.cell(4).to_string());
  if (!state || find_member(*state, "parts") == nullptr) return std::nullopt;
  ResumableUpload upload;
  upload.file_id = row.cell(0).to_string();
  upload.storage = row.cell(1).to_string();
  if (!row.cell(2).is_null()) upload.uploaded_by = row.cell(2).to_string();
  upload.tus_id = row.cell(3).to_string();
  upload.size = number_in(*state, "size");
  upload.offset = number_in(*state, "offset");
  upload.changed.milliseconds = static_cast<std::int64_t>(number_in(*state, "changed"));
  upload.metadata = text_member(*state, "metadata").value_or("");
  if (const auto replaces = text_member(*state, "replaces")) upload.replaces = *replaces;
  if (const auto* parts = find_member(*state, "parts")->if_array()) {
    for (const auto& part : *parts) upload.parts.push_back(to_text(part));
  }
  return upload;
}

// Of one upload, or of all.
std::vector<ResumableUpload> load(const items::Services& services, std::optional<std::string_view> tus_id) {
  SqlText sql(services.database.dialect());
  (sql << "SELECT ").names(std::array{"id", "storage", "uploaded_by", "tus_id", "tus_data"});
  (sql << " FROM ").name(files_collection) << " WHERE ";
  sql.name("tus_id");
  if (tus_id) {
    (sql << " = ").bind(std::string(*tus_id));
  } else {
    sql << " IS NOT NULL";
  }
  std::vector<ResumableUpload> uploads;
  const auto lease = services.database.reader();
  const auto rows = lease->query(sql.text, sql.parameters);
  while (rows->next()) {
    if (auto upload = upload_in_row(*rows)) uploads.push_back(std::move(*upload));
  }
  return uploads;
}

std::string text_in(const json::object& fields, std::string_view name) {
  const auto* value = fields.if_contains(name);
  return value == nullptr || value->is_null() ? std::string() : to_text(*value);
}

}  // namespace

json::object parse_upload_metadata(std::string_view header) {
  json::object metadata;
  for (const auto entry : split(header, ',')) {
    const auto pair = trim(entry);
    const auto space = pair.find(' ');
    const auto name = pair.substr(0, space);
    if (name.empty() || metadata.contains(name)) refuse_metadata();
    if (space == pair.npos) {
      metadata[name] = nullptr;
      continue;
    }
    const auto value = base64_decode(pair.substr(space + 1));
    if (!value || !is_utf8(*value)) refuse_metadata();
    metadata[name] = *value;
  }
  return metadata;
}

ResumableUpload ResumableUploads::create(const access::Accountability* who, std::uint64_t size, json::object metadata,
                                         std::string header) {
  const auto& services = library_.services;
  require_create(library_, who);
  ResumableUpload upload;
  upload.tus_id = hex(random_bytes(16));
  upload.size = size;
  upload.metadata = std::move(header);
  upload.changed = services.clock();
  upload.storage = library_.locations.default_name();

  Incoming incoming;
  incoming.file_name = base_name(text_in(metadata, "filename_download"));
  if (incoming.file_name.empty()) throw ApiError::invalid_payload("\"filename_download\" is required.");
  incoming.type = text_in(metadata, "type");
  if (incoming.type->empty()) incoming.type = "application/octet-stream";
  incoming.fields = std::move(metadata);
  complete_fields(library_, incoming);
  auto& fields = incoming.fields;
  fields["filename_download"] = incoming.file_name;
  if (const auto id = text_in(fields, "id"); !id.empty() && find_file(services, id)) {
    const bool may_replace = who == nullptr || who->admin ||
                             items::may_do(services, *who, files_collection, access::Action::update, json::value(id));
    if (!may_replace) throw ApiError::forbidden();
    upload.replaces = id;
    fields.erase("id");
  }
  fields.erase("filename_disk");
  fields["storage"] = upload.storage;
  if (text_in(fields, "title").empty()) fields["title"] = title_of(incoming.file_name);
  const json::object own{{"tus_id", upload.tus_id}, {"tus_data", state_of(upload)}, {"filesize", size}};
  // Those whose permissions do not name our own fields need them all the same.
  bool may_set = true;
  if (who != nullptr && !who->admin) {
    const auto permissions = services.access.permissions(*who);
    const auto* access = permissions->find(files_collection, access::Action::create);
    may_set = permissions->admin || (access != nullptr && access->fields.contains("tus_id") &&
                                     access->fields.contains("tus_data") && access->fields.contains("filesize"));
  }
  if (may_set) {
    for (const auto& member : own) fields[member.key()] = member.value();
  }
  items::WriteOptions options;
  options.allow_system = true;
  options.emit_events = false;
  upload.file_id = to_text(items::create_item(services, who, files_collection, std::move(fields), options));
  if (who != nullptr) upload.uploaded_by = who->user;
  if (!may_set) {
    change_file(services, upload.file_id,
                {{"tus_id", upload.tus_id},
                 {"tus_data", json_text(state_of(upload))},
                 {"filesize", static_cast<std::int64_t>(size)}});
  }
  return upload;
}

std::optional<ResumableUpload> ResumableUploads::find(const access::Accountability& who, std::string_view tus_id) {
  auto found = load(library_.services, tus_id);
  if (found.empty() || found.front().uploaded_by != who.user) return std::nullopt;
  auto& upload = found.front();
  // The server ended between the last byte and the file.
  if (upload.offset >= upload.size) {
    UploadTurns::Turn turn(turns_, upload.tus_id);
    auto again = load(library_.services, tus_id);
    if (!again.empty()) finish(again.front(), &who, turn);
  }
  return std::move(upload);
}

// Compared with the row under its lock: turns of several processes are sure only where the bus has locks for all.
bool ResumableUploads::save(const ResumableUpload& upload, std::uint64_t offset_before) {
  const auto& dialect = library_.services.database.dialect();
  SqlText look(dialect);
  (look << "SELECT ").name("tus_data") << " FROM ";
  look.name(files_collection) << " WHERE ";
  (look.name("id") << " = ").bind(upload.file_id) << " AND ";
  (look.name("tus_id") << " = ").bind(upload.tus_id);
  if (dialect.vendor() != database::Vendor::sqlite) look << " FOR UPDATE";
  SqlText change(dialect);
  (change << "UPDATE ").name(files_collection) << " SET ";
  (change.name("tus_data") << " = ").bind(json_text(state_of(upload))) << " WHERE ";
  (change.name("id") << " = ").bind(upload.file_id);
  bool saved = false;
  library_.services.database.transact([&](database::Connection& connection) {
    std::optional<json::value> state;
    {
      const auto rows = connection.query(look.text, look.parameters);
      if (rows->next()) state = parse_json(rows->cell(0).to_string());
    }
    saved = state && number_in(*state, "offset") == offset_before;
    if (saved) connection.execute(change.text, change.parameters);
  });
  if (saved && library_.services.on_written) library_.services.on_written({std::string(files_collection)});
  return saved;
}

bool ResumableUploads::keep_part(ResumableUpload& upload, const std::string& bytes) {
  // No two parts have the same name: who comes too late must not write over what is kept.
  auto name = fmt::format("tus_{}_{:020}_{}", upload.tus_id, upload.offset, hex(random_bytes(4)));
  auto later = upload;
  later.parts.push_back(name);
  later.offset += bytes.size();
  auto& storage = library_.storage(upload.storage);
  try {
    storage.write(name, storage::source_of(bytes), "application/octet-stream");
    later.changed = library_.services.clock();
    if (!save(later, upload.offset)) {
      storage.remove(name);
      return false;
    }
  } catch (const storage::StorageError& error) {
    throw storage_failure(error);
  }
  upload = std::move(later);
  return true;
}

std::optional<ResumableUpload> ResumableUploads::append(const access::Accountability& who, const std::string& tus_id,
                                                        std::uint64_t offset, const storage::Source& source) {
  UploadTurns::Turn turn(turns_, tus_id);
  auto found = load(library_.services, tus_id);
  if (found.empty() || found.front().uploaded_by != who.user || found.front().offset != offset) return std::nullopt;
  auto& upload = found.front();
  const auto most = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(settings_.chunk_bytes), 1, largest_part);
  std::exception_ptr broken;
  bool ended = false;
  while (!ended && !broken && upload.offset < upload.size) {
    std::string bytes(static_cast<std::size_t>(std::min(most, upload.size - upload.offset)), '\0');
    std::size_t filled = 0;
    try {
      while (filled < bytes.size() && !turn.is_over()) {
        const auto got = source(bytes.data() + filled, bytes.size() - filled);
        if (got == 0) break;
        filled += got;
      }
    } catch (...) {
      broken = std::current_exception();
    }
    ended = filled < bytes.size();
    bytes.resize(filled);
    if (!bytes.empty() && !keep_part(upload, bytes)) return std::nullopt;
  }
  if (upload.offset >= upload.size) finish(upload, &who, turn);
  if (broken) std::rethrow_exception(broken);
  return std::move(upload);
}

void ResumableUploads::finish(ResumableUpload& upload, const access::Accountability* who, UploadTurns::Turn& turn) {
  turn.last(longest_joining);
  const auto& services = library_.services;
  auto& storage = library_.storage(upload.storage);
  const auto row = find_file(services, upload.file_id);
  if (!row) return;
  try {
    if (upload.replaces) {
      Incoming incoming;
      incoming.file_name = row->filename_download;
      incoming.type = row->type;
      std::size_t index = 0;
      storage::Source part;
      incoming.source = [&](char* buffer, std::size_t size) -> std::size_t {
        for (;;) {
          if (!part && index == upload.parts.size()) return 0;
          if (!part) part = storage::source_of(storage, upload.parts[index++]);
          if (const auto got = part(buffer, size)) return got;
          part = {};
        }
      };
      replace_file(library_, who, *upload.replaces, std::move(incoming));
    } else {
      const auto name = default_disk_name(upload.file_id, row->filename_download, row->type);
      storage.join(upload.parts, name, row->type);
      json::object sent;
      if (row->title) sent["title"] = *row->title;
      note_stored(library_, upload.file_id, name, {upload.size, false, false}, sent);
      // The last: until then it can be finished anew.
      change_file(services, upload.file_id, {{"tus_id", std::monostate()}, {"tus_data", std::monostate()}});
    }
    remove_parts(upload);
  } catch (const storage::StorageError& error) {
    throw storage_failure(error);
  }
  if (!upload.replaces) {
    announce_upload(library_, who, json::value(upload.file_id));
    return;
  }
  items::WriteOptions options;
  options.allow_system = true;
  options.emit_events = false;
  options.track_activity = false;
  items::delete_items(services, nullptr, files_collection, {json::value(upload.file_id)}, options);
  upload.file_id = *upload.replaces;
}

void ResumableUploads::remove_parts(const ResumableUpload& upload) noexcept {
  auto* storage = library_.locations.find(upload.storage);
  if (storage == nullptr) return;
  const auto prefix = "tus_" + upload.tus_id + "_";
  library_.leftovers.remove("the parts of " + prefix, [storage, prefix, parts = upload.parts] {
    for (const auto& part : parts) storage->remove(part);
    // And those that a server which was killed had not noted yet.
    std::vector<std::string> rest;
    storage->list(prefix, [&](std::string_view name) { rest.emplace_back(name); });
    for (const auto& part : rest) storage->remove(part);
  });
}

void ResumableUploads::cancel(const access::Accountability& who, const std::string& tus_id) {
  const UploadTurns::Turn turn(turns_, tus_id);
  const auto found = load(library_.services, tus_id);
  if (found.empty()) return;
  items::WriteOptions options;
  options.allow_system = true;
  items::delete_items(library_.services, &who, files_collection, {json::value(found.front().file_id)}, options);
  remove_parts(found.front());
}

Moment ResumableUploads::expires(const ResumableUpload& upload) const {
  return {upload.changed.milliseconds + settings_.expiration_milliseconds};
}

std::size_t ResumableUploads::remove_expired() {
  std::size_t count = 0;
  for (const auto& old : load(library_.services, std::nullopt)) {
    if (expires(old) >= library_.services.clock()) continue;
    try {
      const UploadTurns::Turn turn(turns_, old.tus_id);
      const auto now = load(library_.services, old.tus_id);
      if (now.empty() || expires(now.front()) >= library_.services.clock()) continue;
      items::WriteOptions options;
      options.allow_system = true;
      items::delete_items(library_.services, nullptr, files_collection, {json::value(old.file_id)}, options);
      remove_parts(now.front());
      ++count;
    } catch (const std::exception& error) {
      log::error("Removing an upload that was given up: {}", error.what());
    }
  }
  return count;
}

std::vector<std::string> ResumableUploads::unfinished_files() const {
  std::vector<std::string> files;
  for (auto& upload : load(library_.services, std::nullopt)) files.push_back(std::move(upload.file_id));
  return files;
}

}  // namespace ashlar::system
