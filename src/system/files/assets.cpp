#include "system/files/assets.h"

#include <array>

#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "database/sql_text.h"
#include "items/item_access.h"
#include "query/plan.h"
#include "system/files/names.h"
#include "system/images/transform.h"

namespace ashlar::system {
namespace {

using database::SqlText;

// Pictures of other storages than folders are fetched into memory.
constexpr std::uint64_t largest_fetched_picture = std::uint64_t{128} << 20;

constexpr std::array<std::string_view, 4> public_settings{"project_logo", "public_background", "public_foreground",
                                                          "public_favicon"};

bool is_public(const items::Services& services, std::string_view id) {
  SqlText sql(services.database.dialect());
  (sql << "SELECT ").names(public_settings);
  (sql << " FROM ").name("directus_settings");
  const auto lease = services.database.reader();
  const auto rows = lease->query(sql.text, sql.parameters);
  if (!rows->next()) return false;
  for (int i = 0; i < static_cast<int>(public_settings.size()); ++i) {
    if (equals_ignoring_case(rows->cell(i).to_string(), id)) return true;
  }
  return false;
}

[[noreturn]] void refuse_transformation() {
  throw ApiError(400, "ILLEGAL_ASSET_TRANSFORMATION", "The picture can't be transformed so.",
                 {{"invalidTransformations", json::array{"width", "height"}}});
}

[[noreturn]] void unavailable(std::string_view service, std::string_view reason) {
  throw ApiError(503, "SERVICE_UNAVAILABLE",
                 "Service \"" + std::string(service) + "\" is unavailable. " + std::string(reason),
                 {{"service", service}, {"reason", reason}});
}

std::string format_of_type(std::string_view type) { return std::string(type.substr(type.find('/') + 1)); }

std::string extension_of_format(const std::string& format) { return format == "jpeg" ? ".jpg" : "." + format; }

Asset original(storage::Storage& storage, const FileRow& row) {
  const auto name = storage::normalized_name(row.filename_disk);
  const auto stat = name.empty() || is_backup(name) ? std::nullopt : storage.stat(name);
  if (!stat) throw ApiError::forbidden();
  return {name, row.type.empty() ? "application/octet-stream" : row.type, stat->size, true};
}

PictureBytes picture_of(storage::Storage& storage, const Asset& source) {
  PictureBytes picture;
  picture.path = storage.local_path(source.name);
  if (picture.path) return picture;
  if (source.size > largest_fetched_picture) refuse_transformation();
  storage.read(source.name, {}, [&](std::string_view piece) { picture.bytes += piece; });
  return picture;
}

void make_derivative(const FileLibrary& library, storage::Storage& storage, const Asset& source,
                     const Pipeline& pipeline, std::string_view own_format, const Asset& derivative) {
  if (storage.stat(derivative.name)) return;  // somebody was quicker
  try {
    const auto bytes = transform_picture(picture_of(storage, source), pipeline, own_format, library.pictures);
    storage.write(derivative.name, storage::source_of(bytes), derivative.content_type);
  } catch (const PictureError& error) {
    log::debug("Transforming {}: {}", source.name, error.what());
    if (error.kind() == PictureError::Kind::timeout) unavailable("assets", "The transformation takes too long");
    refuse_transformation();
  }
}

}  // namespace

VisibleFile visible_file(const FileLibrary& library, const access::Accountability& who, std::string_view id) {
  const auto& services = library.services;
  auto row = find_file(services, id);
  if (!row) throw who.admin ? ApiError::forbidden() : query::forbidden_collection(std::string(files_collection));
  VisibleFile file{std::move(*row)};
  if (who.admin) return file;
  const auto permissions = services.access.permissions(who);
  const auto* access = permissions->find(files_collection, access::Action::read);
  const bool may_read =
      permissions->admin || (access != nullptr && items::may_do(services, who, files_collection, access::Action::read,
                                                                json::value(file.row.id)));
  if (!may_read) {
    file.is_public = is_public(services, file.row.id);
    if (!file.is_public) throw query::forbidden_collection(std::string(files_collection));
  }
  if (access != nullptr && !permissions->admin && may_read) file.show(access->fields);
  return file;
}

AssetRules asset_rules(const items::Services& services, std::int64_t max_operations) {
  AssetRules rules;
  rules.max_operations = max_operations;
  SqlText sql(services.database.dialect());
  (sql << "SELECT ").name("storage_asset_transform") << ", ";
  sql.name("storage_asset_presets") << " FROM ";
  sql.name("directus_settings");
  const auto lease = services.database.reader();
  const auto rows = lease->query(sql.text, sql.parameters);
  if (!rows->next()) return rules;
  if (!rows->cell(0).is_null()) rules.allowed = rows->cell(0).to_string();
  auto presets = parse_json(rows->cell(1).to_string());
  if (presets && presets->is_array()) rules.presets = std::move(presets->get_array());
  return rules;
}

Asset find_asset(const FileLibrary& library, Workshop& workshop, const FileRow& row, const AssetQuery& query,
                 std::string_view accept) {
  auto* storage = library.locations.find(row.storage);
  if (storage == nullptr) throw ApiError::forbidden();
  try {
    const auto source = original(*storage, row);
    if (!query.transforms || !is_transformable_picture(row.type)) return source;
    const bool has_size = row.width && row.height;
    if (!has_size && query.only_sizes) return source;
    const auto most = library.pictures.max_dimension;
    if (!has_size || *row.width > most || *row.height > most) refuse_transformation();

    auto pipeline = query.pipeline;
    if (query.auto_format) {
      pipeline.format = negotiated_format(accept, row.type);
      pipeline.names_format = true;
    }
    if (!pipeline.focal_point && row.focal_point_x && row.focal_point_y) {
      pipeline.focal_point =
          Pipeline::Point{static_cast<double>(*row.focal_point_x), static_cast<double>(*row.focal_point_y)};
    }
    if (pipeline.without_enlargement) {
      if (pipeline.width) pipeline.width = std::min(*pipeline.width, *row.width);
      if (pipeline.height) pipeline.height = std::min(*pipeline.height, *row.height);
    }
    const auto own_format = format_of_type(row.type);
    const auto format = pipeline.format.empty() ? own_format : pipeline.format;
    const auto identity = row.filename_disk + "\n" + std::to_string(source.size) + "\n" + row.state + "\n" +
                          canonical_text(pipeline) + "\n" + format;
    Asset derivative;
    derivative.name = derivative_name(row.filename_disk, hex(sha1(identity)), extension_of_format(format));
    derivative.content_type = pipeline.names_format ? "image/" + format : row.type;
    derivative.is_original = false;
    auto stat = storage->stat(derivative.name);
    if (!stat) {
      workshop.make(row.storage + "/" + derivative.name,
                    [&] { make_derivative(library, *storage, source, pipeline, own_format, derivative); });
      stat = storage->stat(derivative.name);
      if (!stat) throw ApiError::forbidden();  // removed with its file meanwhile
    }
    derivative.size = stat->size;
    return derivative;
  } catch (const WorkshopFull&) {
    unavailable("files", "Too many pictures are being made");
  } catch (const storage::StorageError& error) {
    if (error.kind() == storage::StorageError::Kind::not_found) throw ApiError::forbidden();
    throw storage_failure(error);
  }
}

}  // namespace ashlar::system
