// /files/tus: resumable uploads as TUS 1.0.0 says it (https://tus.io/protocols/resumable-upload).
#include <array>

#include "api/routes.h"
#include "base/error.h"
#include "base/text.h"
#include "http/headers.h"
#include "system/files/resumable.h"

namespace ashlar::api {
namespace {

constexpr std::string_view version = "1.0.0";
constexpr std::string_view content_type = "text/plain;charset=UTF-8";
constexpr std::string_view exposed =
    "Location, Upload-Offset, Upload-Length, Upload-Expires, Upload-Metadata, Tus-Version, Tus-Resumable, "
    "Tus-Extension, Tus-Max-Size, Directus-File-Id";

void add_version(http::Response& response) {
  response.add_header("Tus-Resumable", std::string(version));
  response.add_header("Access-Control-Expose-Headers", std::string(exposed));
}

http::Response plain(int status, std::string text) {
  auto response = http::Response::text(std::move(text), status, std::string(content_type));
  add_version(response);
  return response;
}

http::Response no_content() {
  auto response = http::Response::no_content();
  add_version(response);
  return response;
}

http::Response options(const App& app) {
  auto response = no_content();
  response.add_header("Tus-Version", std::string(version));
  response.add_header("Tus-Extension", "creation,termination,expiration");
  if (app.settings.files.max_upload_bytes) {
    response.add_header("Tus-Max-Size", std::to_string(*app.settings.files.max_upload_bytes));
  }
  return response;
}

// A number of bytes in a header; nothing where it is none.
std::optional<std::uint64_t> bytes_in(const http::Request& request, std::string_view name) {
  const auto text = request.header(name);
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos) return std::nullopt;
  const auto number = parse_integer(text);
  if (!number) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

void add_expiry(const Call& call, const system::ResumableUpload& upload, http::Response& response) {
  response.add_header("Upload-Expires", http::http_date(call.app.uploads.expires(upload).milliseconds / 1000));
}

http::Response create(Call& call) {
  const auto& request = call.request;
  if (request.has_header("upload-defer-length")) return plain(501, "Upload-Defer-Length is not supported.");
  const auto size = bytes_in(request, "upload-length");
  if (!size) return plain(400, "Upload-Length must be a number of bytes.");
  const auto& most = call.app.settings.files.max_upload_bytes;
  if (most && *size > static_cast<std::uint64_t>(*most)) return plain(413, "The file is too large.");
  const auto header = request.header("upload-metadata");
  if (*size == 0 || header.empty()) return plain(400, "Upload-Length and Upload-Metadata must say something.");
  auto metadata = system::parse_upload_metadata(header);
  const auto* name = metadata.if_contains("filename_download");
  if (name == nullptr || name->is_null() || to_text(*name).empty()) {
    return plain(400, "Upload-Metadata must hold filename_download.");
  }
  const auto upload = call.app.uploads.create(&call.who, *size, std::move(metadata), std::string(header));
  auto response = plain(201, "");
  auto base = call.app.settings.server.public_url;
  if (base == "/") base.clear();
  response.add_header("Location", base + "/files/tus/" + upload.tus_id);
  add_expiry(call, upload, response);
  return response;
}

http::Response state(Call& call) {
  const auto upload = call.app.uploads.find(call.who, call.path("id"));
  if (!upload) return plain(404, "");
  auto response = plain(200, "");
  response.add_header("Upload-Offset", std::to_string(upload->offset));
  response.add_header("Upload-Length", std::to_string(upload->size));
  response.add_header("Upload-Metadata", upload->metadata);
  response.add_header("Cache-Control", "no-store");
  add_expiry(call, *upload, response);
  return response;
}

http::Response append(Call& call) {
  if (http::media_type(call.request.header("content-type")) != "application/offset+octet-stream") {
    return plain(400, "The content type must be application/offset+octet-stream.");
  }
  const auto offset = bytes_in(call.request, "upload-offset");
  if (!offset) return plain(403, "Upload-Offset is required.");
  const auto& id = call.path("id");
  const auto before = call.app.uploads.find(call.who, id);
  if (!before) return plain(404, "There is no such upload.");
  if (before->offset != *offset) return plain(409, "Upload-Offset is another one.");
  const auto length = bytes_in(call.request, "content-length");
  if (length && *length > before->size - before->offset) return plain(413, "There is more than Upload-Length says.");
  auto& body = call.request.body_reader();
  const auto upload = call.app.uploads.append(call.who, id, *offset,
                                              [&](char* buffer, std::size_t size) { return body.read(buffer, size); });
  if (!upload) return plain(409, "Upload-Offset is another one.");
  auto response = no_content();
  response.add_header("Upload-Offset", std::to_string(upload->offset));
  if (upload->offset >= upload->size) {
    response.add_header("Directus-File-Id", upload->file_id);
  } else {
    add_expiry(call, *upload, response);
  }
  return response;
}

http::Response cancel(Call& call) {
  const auto& id = call.path("id");
  if (!call.app.uploads.find(call.who, id)) return plain(404, "There is no such upload.");
  call.app.uploads.cancel(call.who, id);
  return no_content();
}

// The version first, whoever asks.
http::Handler versioned(App& app, CallHandler handler) {
  return [inner = with_call(app, std::move(handler))](http::Request& request) {
    const auto asked = request.header("tus-resumable");
    if (asked.empty()) return plain(412, "Tus-Resumable is required.");
    if (asked != version) return plain(400, "Only version 1.0.0 of TUS is spoken here.");
    return inner(request);
  };
}

}  // namespace

void tus_routes(http::Router& router, App& app) {
  if (!app.settings.resumable_uploads.enabled) return;
  constexpr http::RouteOptions elastic{.run = http::Run::elastic};
  const auto told = [&app](http::Request&) { return options(app); };
  router.add(http::Method::options, "/files/tus", told, {.run = http::Run::inline_io});
  router.add(http::Method::options, "/files/tus/{id}", told, {.run = http::Run::inline_io});
  router.post("/files/tus", versioned(app, create), elastic);
  router.head("/files/tus/{id}", versioned(app, state), elastic);
  router.patch("/files/tus/{id}", versioned(app, append), {.run = http::Run::elastic, .body = http::Body::streamed});
  router.del("/files/tus/{id}", versioned(app, cancel), elastic);
}

}  // namespace ashlar::api
