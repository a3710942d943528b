// /assets: the bytes of files, pictures also as they are wanted. Whatever is uploaded is served from the same origin as
// the app: only the content security policy keeps pages and drawings from running as such.
#include "api/assets.h"

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

// Who is sent what, on which request.
struct Sending {
  App& app;
  const http::Request& request;
  const access::Accountability& who;
  bool is_download, is_negotiated;
};

std::string cache_control(const Sending& sending) {
  const auto& settings = sending.app.settings;
  if (settings.assets.cache_revalidate) return "max-age=0, must-revalidate";
  const auto asked = to_lower(sending.request.header("cache-control"));
  if (settings.cache.skip_allowed && asked.find("no-store") != asked.npos) return "no-store";
  const bool is_personal = sending.who.user || sending.who.role || sending.who.share;
  return fmt::format("{}, max-age={}", is_personal ? "private" : "public",
                     settings.assets.cache_ttl_milliseconds / 1000);
}

std::string wanted_name(const http::Request& request, const system::VisibleFile& file) {
  for (const auto& parameter : request.parameters) {
    if (parameter.name == "name" && !parameter.value.empty()) return parameter.value;
  }
  return file.shows_name && !file.row.filename_download.empty() ? file.row.filename_download : file.row.id;
}

void add_headers(const Sending& sending, const system::VisibleFile& file, http::Response& response) {
  const auto kind = sending.is_download ? "attachment" : "inline";
  response.add_header("Content-Disposition", content_disposition(kind, wanted_name(sending.request, file)));
  response.add_header("Accept-Ranges", "bytes");
  response.add_header("Cache-Control", cache_control(sending));
  response.add_header("Vary", sending.is_negotiated ? "Origin, Cache-Control, Accept" : "Origin, Cache-Control");
  if (file.shows_modified && file.row.modified_on) {
    response.add_header("Last-Modified", http::http_date(file.row.modified_on->milliseconds / 1000));
    response.add_header("ETag", etag_of(*file.row.modified_on));
  }
  response.add_header("Content-Security-Policy", assets_security_policy(sending.app.settings));
  response.add_header("X-Content-Type-Options", "nosniff");
}

[[noreturn]] void refuse_range(const http::Range& range) {
  json::object asked;
  if (range.first) asked["start"] = *range.first;
  if (range.last) asked["end"] = *range.last;
  throw ApiError(416, "RANGE_NOT_SATISFIABLE", "The range is outside of the file.", {{"range", std::move(asked)}});
}

http::Range asked_range(const http::Request& request, const system::Asset& asset) {
  http::Range range;
  if (asset.is_original && request.method != http::Method::head) {
    range = http::parse_range(request.header("range"), asset.size);
  }
  if (range.kind == http::Range::Kind::unsatisfiable) refuse_range(range);
  if (range.kind != http::Range::Kind::part) range.size = asset.size;
  return range;
}

void mark_part(const http::Range& range, const system::Asset& asset, http::Response& response) {
  if (range.kind != http::Range::Kind::part) return;
  response.status = 206;
  response.add_header("Content-Range", http::content_range(range, asset.size));
}

// Of a folder's file: sent by the I/O threads. Nothing where it is gone.
std::optional<http::Response> body_of_file(const http::Request& request, const system::Asset& asset,
                                           const std::filesystem::path& path) {
  const auto range = asked_range(request, asset);
  try {
    auto response = http::Response::file(path, asset.content_type, range.offset, range.size);
    mark_part(range, asset, response);
    return response;
  } catch (const std::system_error&) {
    return std::nullopt;
  }
}

// Of other storages: a stream.
http::Response streamed_body(const http::Request& request, const system::Asset& asset, storage::Storage& storage) {
  const auto range = asked_range(request, asset);
  auto response = http::Response::streamed(asset.content_type, [&storage, name = asset.name, offset = range.offset,
                                                                size = range.size](http::BodyWriter& body) {
    storage.read(name, {offset, size}, [&](std::string_view piece) { body.write(piece); });
  });
  response.stream_size = range.size;
  mark_part(range, asset, response);
  return response;
}

std::optional<http::Response> unchanged_answer(const Sending& sending, const system::VisibleFile& file) {
  if (!sending.app.settings.assets.cache_revalidate || !file.shows_modified || !file.row.modified_on ||
      !is_unchanged(sending.request, *file.row.modified_on)) {
    return std::nullopt;
  }
  http::Response response;
  response.status = 304;
  add_headers(sending, file, response);
  return response;
}

// Under which name an answer is known: all that it depends on besides who asks. Nothing where the address holds a
// secret.
std::optional<std::string> address_of(const http::Request& request) {
  if (request.query().find("access_token") != std::string_view::npos) return std::nullopt;
  return request.target() + '\n' + system::negotiated_format(request.header("accept"), "image/");
}

http::Response serve(Call& call) {
  auto& app = call.app;
  const auto address = address_of(call.request);
  const auto ticket = app.known_assets.ticket(app.services.clock());
  if (const auto known = address ? app.known_assets.find(*address, ticket.since) : nullptr) {
    if (auto answer = answer_from(app, call.request, call.who, *known)) return std::move(*answer);
  }
  system::AssetQuery query;
  if (system::asks_for_transformation(call.parameters)) {
    query = system::parse_asset_query(call.parameters,
                                      system::asset_rules(app.services, app.settings.assets.max_operations));
  }
  const auto id = call.path("id").substr(0, uuid_length);
  auto file = system::visible_file(app.files, call.who, id);
  const Sending sending{app, call.request, call.who, call.parameters.contains("download"), query.auto_format};
  if (auto answer = unchanged_answer(sending, file)) return std::move(*answer);
  auto asset = system::find_asset(app.files, app.workshop, file.row, query, call.request.header("accept"));
  auto& storage = *app.locations.find(file.row.storage);
  auto path = storage.local_path(asset.name);
  auto response = path ? body_of_file(call.request, asset, *path) : streamed_body(call.request, asset, storage);
  if (!response) throw ApiError::forbidden();  // removed a moment ago
  add_headers(sending, file, *response);
  if (path && address) {
    app.known_assets.keep(*address,
                          {std::move(file.row), file.is_public, std::move(asset), std::move(*path),
                           sending.is_negotiated, sending.is_download},
                          ticket);
  }
  return std::move(*response);
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

system::KnownAssetPointer known_asset(App& app, const http::Request& request) {
  constexpr std::string_view prefix = "/assets/";
  if (!request.path().starts_with(prefix)) return nullptr;
  if (request.method != http::Method::get && request.method != http::Method::head) return nullptr;
  const auto address = address_of(request);
  return address ? app.known_assets.find(*address, app.services.clock()) : nullptr;
}

std::optional<http::Response> answer_from(App& app, const http::Request& request, const access::Accountability& who,
                                          const system::KnownAsset& known) {
  const auto file = system::visible_at_once(app.services, who, known);
  if (!file) return std::nullopt;
  const Sending sending{app, request, who, known.is_download, known.is_negotiated};
  if (auto answer = unchanged_answer(sending, *file)) return answer;
  auto response = body_of_file(request, known.asset, known.path);
  if (response) add_headers(sending, *file, *response);
  return response;
}

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
