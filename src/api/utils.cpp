// /utils/*: small things that belong to no resource; imports and exports of files.
#include <memory>

#include "api/call.h"
#include "api/routes.h"
#include "api/upload.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "system/revert.h"
#include "system/sorting.h"

namespace ashlar::api {
namespace {

constexpr std::int64_t longest_random_string = 500, usual_random_string = 32;

http::Response random_string(Call& call) {
  auto length = usual_random_string;
  if (const auto* given = call.parameters.if_contains("length")) {
    length = parse_integer(to_text(*given)).value_or(0);
    if (length < 1 || length > longest_random_string) {
      throw ApiError::invalid_query("\"length\" must be a number from 1 to 500.");
    }
  }
  return data_answer(json::value(random_token(static_cast<std::size_t>(length))));
}

http::Response generate_hash(Call& call) {
  return data_answer(json::value(call.app.hasher.hash(required_text(call, "string"))));
}

http::Response verify_hash(Call& call) {
  const auto text = required_text(call, "string"), hash = required_text(call, "hash");
  if (!hash.starts_with("$argon2")) throw ApiError::invalid_payload("\"hash\" must be an argon2 hash.");
  return data_answer(json::value(call.app.hasher.verify(text, hash)));
}

http::Response sort(Call& call) {
  system::sort_item(call.app.services, &call.who, call.path("collection"), call.body);
  return http::Response{};
}

http::Response revert(Call& call) {
  system::revert_to(call.app.services, &call.who, json::value(call.path("revision")));
  return http::Response::no_content();
}

ApiError unsupported_type(std::string type, std::string where) {
  const auto message = "The media type \"" + type + "\" is not supported here: " + where + ".";
  return {415, "UNSUPPORTED_MEDIA_TYPE", message, {{"mediaType", std::move(type)}, {"where", std::move(where)}}};
}

// Opens the file anew, from its start, whenever it is called.
system::OpenRows rows_of(std::shared_ptr<const UploadedFile> file) {
  const bool is_json = file->content_type == "application/json";
  const bool is_csv = file->content_type == "text/csv" || file->content_type == "application/vnd.ms-excel";
  if (!is_json && !is_csv) throw unsupported_type(file->content_type, "file import");
  return [file = std::move(file), is_json] {
    auto bytes = [file, at = std::size_t{0}](char* buffer, std::size_t size) mutable {
      const auto got = file->content.read_at(at, buffer, size);
      at += got;
      return got;
    };
    return is_json ? items::make_json_source(std::move(bytes)) : items::make_csv_source(std::move(bytes));
  };
}

void run_in_background(App& app, std::function<void()> work) {
  if (app.background.submit(std::move(work))) return;
  throw ApiError(503, "SERVICE_UNAVAILABLE", "Too much goes on in the background: try again later.",
                 {{"service", "background"}});
}

http::Response import_file(Call& call) {
  auto& app = call.app;
  const auto& collection = call.path("collection");
  const auto type = call.request.header("content-type");
  if (!equals_ignoring_case(trim(type.substr(0, type.find(';'))), "multipart/form-data")) {
    throw unsupported_type(std::string(type), "Content-Type header");
  }
  // Before the file comes.
  items::require_import(app.services, &call.who, collection);
  auto open = rows_of(receive_file(call.request));
  const auto* background = call.parameters.if_contains("background");
  const bool may_wait = background == nullptr || (to_text(*background) != "true" && to_text(*background) != "");
  if (may_wait) {
    app.importer.run(app.services, call.who, collection, open);
  } else {
    run_in_background(app, [&app, who = call.who, collection, open = std::move(open)] {
      app.importer.run_and_tell(app.services, who, collection, open);
    });
  }
  return http::Response{};
}

http::Response export_file(Call& call) {
  auto& app = call.app;
  auto request = system::parse_export(app.services, call.who, call.path("collection"), call.body);
  run_in_background(app, [&app, who = call.who, request = std::move(request)] {
    system::run_export_and_tell(app.services, who, request, app.store_file, app.settings.server.public_url);
  });
  return http::Response::no_content();
}

}  // namespace

void utils_routes(http::Router& router, App& app) {
  router.get("/utils/random/string", with_call(app, random_string));
  router.post("/utils/hash/generate", with_call(app, generate_hash));
  router.post("/utils/hash/verify", with_call(app, verify_hash));
  router.post("/utils/sort/{collection}", with_call(app, sort));
  router.post("/utils/revert/{revision}", with_call(app, revert));
  router.post("/utils/import/{collection}", with_call(app, import_file), {.body = http::Body::streamed});
  router.post("/utils/export/{collection}", with_call(app, export_file));
}

}  // namespace ashlar::api
