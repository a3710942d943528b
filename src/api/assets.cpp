// /assets: the bytes of files, pictures also as they are wanted. Whatever is uploaded is served from the same origin as
// the app: only the content security policy keeps pages and drawings from running as such.
#include <fmt/format.h>

#include "api/headers.h"
#include "api/routes.h"
#include "base/error.h"
#include "base/text.h"
#include "http/headers.h"
#include "items/read.h"
#include "system/files/archive.h"
#include "system/files/assets.h"

namespace ashlar::api {
namespace {

constexpr http::RouteOptions elastic{.run = http::Run::elastic};
constexpr std::size_t uuid_length = 36;

// Names of ISO 8859-1 are sent in it, others as RFC 6266 says, with question marks for those who do not know that.
std::string content_disposition(std::string_view kind, std::string_view name) {
  std::string plain;
  bool is_exact = true;
  for (std::size_t i = 0; i < name.size();) {
    const auto length = std::max<std::size_t>(1, utf8_sequence_length(name.substr(i)));
    const auto first = static_cast<unsigned char>(name[i]);
    if (length == 1) {
      if (name[i] == '"' || name[i] == '\\') plain += '\\';
      plain += first < 0x20 || first == 0x7F ? '?' : name[i];
    } else if (length == 2 && first <= 0xC3) {
      plain += static_cast<char>((first & 3) << 6 | (static_cast<unsigned char>(name[i + 1]) & 0x3F));
    } else {
      plain += '?';
      is_exact = false;
    }
    i += length;
  }
  auto header = std::string(kind) + "; filename=\"" + plain + "\"";
  if (!is_exact) header += "; filename*=UTF-8''" + percent_encode(name);
  return header;
}

std::string etag_of(Moment modified) { return fmt::format("\"{}\"", modified.milliseconds / 1000); }

// RFC 9110, 13.2.2: If-None-Match wins over If-Modified-Since.
bool is_unchanged(const http::Request& request, Moment modified) {
  const auto known = request.header("if-none-match");
  if (!known.empty()) return http::matches_etag(known, etag_of(modified));
  const auto since = http::parse_http_date(request.header("if-modified-since"));
  return since && modified.milliseconds / 1000 <= *since;
}

std::string cache_control(const Call& call) {
  const auto& settings = call.app.settings;
  if (settings.assets.cache_revalidate) return "max-age=0, must-revalidate";
  const auto asked = to_lower(call.request.header("cache-control"));
  if (settings.cache.skip_allowed && asked.find("no-store") != asked.npos) return "no-store";
  const bool is_personal = call.who.user || call.who.role || call.who.share;
  return fmt::format("{}, max-age={}", is_personal ? "private" : "public",
                     settings.assets.cache_ttl_milliseconds / 1000);
}

std::string wanted_name(Call& call, const system::VisibleFile& file) {
  for (const auto& parameter : call.request.parameters) {
    if (parameter.name == "name" && !parameter.value.empty()) return parameter.value;
  }
  return file.shows_name && !file.row.filename_download.empty() ? file.row.filename_download : file.row.id;
}

void add_headers(Call& call, const system::VisibleFile& file, bool is_negotiated, http::Response& response) {
  const auto kind = call.parameters.contains("download") ? "attachment" : "inline";
  response.add_header("Content-Disposition", content_disposition(kind, wanted_name(call, file)));
  response.add_header("Accept-Ranges", "bytes");
  response.add_header("Cache-Control", cache_control(call));
  response.add_header("Vary", is_negotiated ? "Origin, Cache-Control, Accept" : "Origin, Cache-Control");
  if (file.shows_modified && file.row.modified_on) {
    response.add_header("Last-Modified", http::http_date(file.row.modified_on->milliseconds / 1000));
    response.add_header("ETag", etag_of(*file.row.modified_on));
  }
  response.add_header("Content-Security-Policy", assets_security_policy(call.app.settings));
  response.add_header("X-Content-Type-Options", "nosniff");
}

[[noreturn]] void refuse_range(const http::Range& range) {
  json::object asked;
  if (range.first) asked["start"] = *range.first;
  if (range.last) asked["end"] = *range.last;
  throw ApiError(416, "RANGE_NOT_SATISFIABLE", "The range is outside of the file.", {{"range", std::move(asked)}});
}

// The bytes: of a folder's files by the I/O threads, of other storages as a stream.
http::Response body_of(Call& call, const system::FileRow& row, const system::Asset& asset) {
  http::Range range;
  if (asset.is_original && call.request.method != http::Method::head) {
    range = http::parse_range(call.request.header("range"), asset.size);
  }
  if (range.kind == http::Range::Kind::unsatisfiable) refuse_range(range);
  const bool is_part = range.kind == http::Range::Kind::part;
  const auto size = is_part ? range.size : asset.size;
  auto* storage = call.app.locations.find(row.storage);
  http::Response response;
  if (const auto path = storage->local_path(asset.name)) {
    try {
      response = http::Response::file(*path, asset.content_type, range.offset, size);
    } catch (const std::system_error&) {
      throw ApiError::forbidden();  // removed a moment ago
    }
  } else {
    response = http::Response::streamed(
        asset.content_type, [storage, name = asset.name, offset = range.offset, size](http::BodyWriter& body) {
          storage->read(name, {offset, size}, [&](std::string_view piece) { body.write(piece); });
        });
    response.stream_size = size;
  }
  if (is_part) {
    response.status = 206;
    response.add_header("Content-Range", http::content_range(range, asset.size));
  }
  return response;
}

http::Response serve(Call& call) {
  auto& app = call.app;
  system::AssetQuery query;
  if (system::asks_for_transformation(call.parameters)) {
    query = system::parse_asset_query(call.parameters,
                                      system::asset_rules(app.services, app.settings.assets.max_operations));
  }
  const auto id = call.path("id").substr(0, uuid_length);
  const auto file = system::visible_file(app.files, call.who, id);
  if (app.settings.assets.cache_revalidate && file.shows_modified && file.row.modified_on &&
      is_unchanged(call.request, *file.row.modified_on)) {
    http::Response response;
    response.status = 304;
    add_headers(call, file, query.auto_format, response);
    return response;
  }
  const auto asset = system::find_asset(app.files, app.workshop, file.row, query, call.request.header("accept"));
  auto response = body_of(call, file.row, asset);
  add_headers(call, file, query.auto_format, response);
  return response;
}

http::Response archive_answer(App& app, system::Archive archive) {
  auto disposition = content_disposition("attachment", archive.file_name);
  auto response =
      http::Response::streamed("application/zip", [&app, archive = std::move(archive)](http::BodyWriter& body) {
        system::write_archive(app.files, archive, [&](std::string_view piece) { body.write(piece); });
      });
  response.add_header("Content-Disposition", std::move(disposition));
  return response;
}

http::Response pack_files(Call& call) {
  const auto* ids = find_member(call.body, "ids");
  if (ids == nullptr || !ids->is_array() || ids->get_array().empty()) {
    throw ApiError::invalid_payload("\"ids\" must be a list of keys.");
  }
  std::vector<std::string> keys;
  for (const auto& id : ids->get_array()) {
    const auto text = as_text(id);
    if (!text || !is_uuid(*text)) throw ApiError::invalid_payload("\"ids\" must be a list of keys.");
    keys.emplace_back(*text);
  }
  return archive_answer(call.app, system::files_archive(call.app.files, call.who, keys));
}

http::Response pack_folder(Call& call) {
  return archive_answer(call.app, system::folder_archive(call.app.files, call.who, call.path("id")));
}

}  // namespace

void assets_routes(http::Router& router, App& app) {
  router.get("/assets/{id}", with_call(app, serve), elastic);
  router.get("/assets/{id}/{name}", with_call(app, serve), elastic);
  const auto told = [](http::Request&) {
    http::Response response;
    response.add_header("Allow", "GET,HEAD");
    return response;
  };
  router.add(http::Method::options, "/assets/{id}", told, {.run = http::Run::inline_io});
  router.post("/assets/folder/{id}", with_call(app, pack_folder), elastic);
  router.post("/assets/files", with_call(app, pack_files), elastic);
}

}  // namespace ashlar::api
