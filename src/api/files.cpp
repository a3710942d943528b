// /files: records as items, bytes by forms, imports. What sends or removes bytes waits for clients and storages, so it
// runs where no permit for the database is held.
#include <array>

#include "api/item_calls.h"
#include "api/routes.h"
#include "base/error.h"
#include "base/text.h"
#include "http/content_coding.h"
#include "http/headers.h"
#include "http/multipart.h"
#include "items/answer.h"
#include "items/read.h"
#include "items/write.h"
#include "system/files/import.h"
#include "system/files/names.h"
#include "system/files/upload.h"

namespace ashlar::api {
namespace {

const Resource files{"directus_files", true};
constexpr std::size_t longest_field = std::size_t{1} << 20;  // of a form
constexpr std::size_t most_fields = 1000;
constexpr http::RouteOptions streamed{.run = http::Run::elastic, .body = http::Body::streamed};
constexpr http::RouteOptions elastic{.run = http::Run::elastic};

bool is_form(const http::Request& request) {
  return http::media_type(request.header("content-type")) == "multipart/form-data";
}

// The body of a request that was not read yet, as it would be for other routes.
std::string read_body(App& app, http::Request& request) {
  const auto limit = static_cast<std::size_t>(app.settings.server.max_payload_bytes);
  std::string body;
  std::array<char, 65536> piece;
  while (const auto got = request.body_reader().read(piece.data(), piece.size())) {
    body.append(piece.data(), got);
    if (body.size() > limit) throw ApiError::invalid_payload("The body is too large.");
  }
  return http::decode_content(request.header("content-encoding"), std::move(body), limit);
}

// For routes whose body is either a form, read as it arrives, or JSON, read at once.
http::Handler with_streamed_call(App& app, CallHandler handler) {
  return [&app, inner = with_call(app, std::move(handler))](http::Request& request) {
    if (!is_form(request)) request.body = read_body(app, request);
    return inner(request);
  };
}

// Values of forms are texts; three words are more.
json::value field_value(std::string text) {
  const auto word = trim(text);
  if (word == "null") return nullptr;
  if (word == "true") return true;
  if (word == "false") return false;
  return json::value(std::move(text));
}

// Clients that still send would see a broken connection instead of the error: what they send is taken for a while.
void drain(http::Request& request) {
  constexpr std::size_t most = std::size_t{16} << 20;
  std::array<char, 65536> ignored;
  std::size_t total = 0;
  while (total < most) {
    const auto got = request.body_reader().read(ignored.data(), ignored.size());
    if (got == 0) return;
    total += got;
  }
}

// Calls `take` with each file of the form and the fields before it. Gives the number of files.
std::size_t each_file(Call& call, const std::function<void(system::Incoming)>& take) {
  auto& body = call.request.body_reader();
  http::FormReader form(call.request.header("content-type"),
                        [&](char* buffer, std::size_t size) { return body.read(buffer, size); });
  std::size_t count = 0;
  json::object fields;
  try {
    while (auto part = form.next()) {
      if (!part->file_name) {
        auto text = form.read_text(longest_field);
        if (!is_utf8(text) || fields.size() >= most_fields) throw ApiError::invalid_payload("A field can't be read.");
        fields[part->name] = field_value(std::move(text));
        continue;
      }
      system::Incoming incoming;
      incoming.file_name = system::base_name(*part->file_name);
      if (incoming.file_name.empty() || !is_utf8(incoming.file_name)) {
        throw ApiError::invalid_payload("A file has no name.");
      }
      incoming.type = std::move(part->content_type);
      incoming.fields = std::exchange(fields, {});
      incoming.source = [&](char* buffer, std::size_t size) { return form.read(buffer, size); };
      take(std::move(incoming));
      ++count;
    }
  } catch (const ApiError&) {
    drain(call.request);
    throw;
  }
  if (count == 0) throw ApiError::invalid_payload("There is no file in the form.");
  return count;
}

// Uploads that are not finished are no files yet: lists leave them out.
void leave_out_unfinished(Call& call) {
  if (!call.app.settings.resumable_uploads.enabled) return;
  const access::CollectionAccess* access = nullptr;
  access::PermissionsPointer permissions;
  if (!call.who.admin) {
    permissions = call.app.services.access.permissions(call.who);
    access = permissions->find(files.collection, access::Action::read);
    if (!permissions->admin && access == nullptr) return;
  }
  if (access == nullptr || access->fields.contains("tus_id")) {
    call.narrowed = json::object{{"tus_id", {{"_null", true}}}};
    return;
  }
  // Who may not read what tells them apart may know their keys.
  if (!access->fields.contains("id")) return;
  const auto unfinished = call.app.uploads.unfinished_files();
  if (unfinished.empty()) return;
  call.narrowed = json::object{{"id", {{"_nin", json::array(unfinished.begin(), unfinished.end())}}}};
}

http::Response list_files(Call& call) {
  leave_out_unfinished(call);
  return list_items(call, files);
}

http::Response search_files(Call& call) {
  leave_out_unfinished(call);
  return search_items(call, files);
}

http::Response answer(std::optional<std::string> text) {
  return text ? http::Response::json(std::move(*text)) : http::Response::no_content();
}

http::Response answer_one(Call& call, const json::value& key) {
  return answer(items::answer_one(call.app.services, &call.who, files.collection, call.query(), key));
}

http::Response create_file(Call& call) {
  if (!is_form(call.request)) {
    const auto* body = call.body.if_object();
    if (body == nullptr || !body->contains("type")) throw ApiError::invalid_payload("\"type\" is required.");
    return create_items(call, files);
  }
  call.query();  // what is wrong with it shall not be told after the upload
  items::Keys keys;
  each_file(call, [&](system::Incoming incoming) {
    keys.push_back(system::upload_file(call.app.files, &call.who, std::move(incoming)));
  });
  if (keys.size() == 1) return answer_one(call, keys.front());
  return answer(items::answer_many(call.app.services, &call.who, files.collection, call.query(), keys));
}

http::Response change_file(Call& call) {
  const auto& id = call.path("id");
  if (!is_form(call.request)) return update_item(call, files, id);
  bool is_there = true;
  each_file(call, [&](system::Incoming incoming) {
    is_there = system::replace_file(call.app.files, &call.who, id, std::move(incoming));
  });
  return is_there ? answer_one(call, json::value(id)) : http::Response::no_content();
}

std::vector<std::string> type_filters(const json::object& body) {
  std::vector<std::string> filters;
  const auto* options = body.if_contains("options");
  if (options == nullptr) return filters;
  const auto* list = find_member(*options, "filterMimeType");
  if (!options->is_object() || (list != nullptr && !list->is_array())) {
    throw ApiError::invalid_payload("\"options\" must be an object, its \"filterMimeType\" a list.");
  }
  if (list != nullptr) {
    for (const auto& filter : list->get_array()) filters.push_back(to_text(filter));
  }
  return filters;
}

http::Response import_file(Call& call) {
  system::require_create(call.app.files, &call.who);
  const auto* body = call.body.if_object();
  if (body == nullptr) throw ApiError::invalid_payload("The body must be an object.");
  for (const auto& member : *body) {
    if (member.key() != "url" && member.key() != "data" && member.key() != "options") {
      throw ApiError::invalid_payload("\"" + std::string(member.key()) + "\" is not allowed here.");
    }
  }
  system::ImportRequest request;
  request.url = required_text(call, "url");
  if (const auto* data = body->if_contains("data")) {
    if (!data->is_object()) throw ApiError::invalid_payload("\"data\" must be an object.");
    request.fields = data->get_object();
  }
  request.type_filters = type_filters(*body);
  return answer_one(call, system::import_file(call.app.files, &call.who, std::move(request)));
}

}  // namespace

void files_routes(http::Router& router, App& app) {
  const auto with = [&app](auto handle) {
    return with_call(app, [handle](Call& call) { return handle(call, files); });
  };
  router.get("/files", with_call(app, list_files));
  router.search("/files", with_call(app, search_files));
  router.get("/files/{id}", with_call(app, [](Call& call) { return read_item(call, files, call.path("id")); }));
  router.post("/files", with_streamed_call(app, create_file), streamed);
  router.patch("/files/{id}", with_streamed_call(app, change_file), streamed);
  router.patch("/files", with(update_items), elastic);
  router.del("/files", with(delete_items), elastic);
  router.del("/files/{id}", with_call(app, [](Call& call) { return delete_item(call, files, call.path("id")); }),
             elastic);
  router.post("/files/import", with_call(app, import_file), elastic);
}

}  // namespace ashlar::api
