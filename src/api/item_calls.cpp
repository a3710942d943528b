#include "api/item_calls.h"

#include <algorithm>
#include <functional>
#include <memory>

#include "base/error.h"
#include "items/answer.h"
#include "items/export.h"
#include "items/read.h"
#include "items/write.h"
#include "query/parse.h"
#include "system/versions.h"

namespace ashlar::api {
namespace {

items::WriteOptions write_options(const Resource& resource) {
  items::WriteOptions options;
  options.allow_system = resource.is_system;
  return options;
}

bool is_singleton(const Call& call, const Resource& resource) {
  const auto schema = call.app.schemas.current();
  const auto* collection = schema->collection(resource.collection);
  return collection != nullptr && collection->is_singleton;
}

// A write whose result may not be read is answered without a body.
http::Response written(std::optional<std::string> answer) {
  return answer ? http::Response::json(std::move(*answer)) : http::Response::no_content();
}

// Sends what comes out of a read piece by piece, on a connection that it takes when it begins.
http::Response streamed(std::string content_type, std::shared_ptr<items::PreparedRead> read,
                        std::function<void(items::PreparedRead&, http::BodyWriter&)> write) {
  read->release_connection();
  return http::Response::streamed(std::move(content_type), [read = std::move(read), write = std::move(write)](
                                                               http::BodyWriter& body) { write(*read, body); });
}

http::Response export_answer(const Call& call, const Resource& resource, query::ExportFormat format,
                             std::shared_ptr<items::PreparedRead> read) {
  const auto write = [format](items::PreparedRead& prepared, const items::FileSink& sink) {
    items::run_export(prepared, format, items::Heads::of_rows, sink);
  };
  auto type = items::export_content_type(format);
  http::Response response;
  if (read->may_be_large()) {
    response = streamed(std::move(type), std::move(read), [write](auto& prepared, http::BodyWriter& body) {
      write(prepared, [&](std::string_view piece) { body.write(piece); });
    });
  } else {
    std::string text;
    write(*read, [&](std::string_view piece) { text += piece; });
    response = http::Response::text(std::move(text), 200, std::move(type));
  }
  response.add_header("Cache-Control", "no-cache");
  response.add_header("Vary", "Origin, Cache-Control");
  const auto name = items::export_file_name(resource.collection, format, call.app.services.clock());
  response.add_header("Content-Disposition", "attachment; filename=\"" + name + "\"");
  return response;
}

// `query` is a Query or a UrlQuery.
template <class AnyQuery>
http::Response read_answer(const Call& call, const Resource& resource, AnyQuery query, items::Selection selection) {
  const auto read = std::make_shared<items::PreparedRead>(call.app.services, &call.who, resource.collection,
                                                          std::move(query), std::move(selection));
  if (read->query().export_format) return export_answer(call, resource, *read->query().export_format, read);
  if (read->may_be_large()) {
    return streamed("application/json; charset=utf-8", read, [](auto& prepared, http::BodyWriter& body) {
      std::string text;
      prepared.run(text, [&](std::string& piece) {
        body.write(piece);
        piece.clear();
      });
      body.write(text);
    });
  }
  std::string text;
  read->run(text);
  return http::Response::json(std::move(text));
}

http::Response read_by_url(const Call& call, const Resource& resource, items::Selection selection) {
  // Tokens are nothing to be kept, and neither is what the URL does not say.
  if (call.parameters.contains("access_token") || !call.narrowed.is_null())
    return read_answer(call, resource, call.query(), std::move(selection));
  const items::UrlQuery query{call.request.query(), [&call] { return call.query(); }};
  return read_answer(call, resource, query, std::move(selection));
}

items::Keys key_list(const json::value& value) {
  const auto* list = value.if_array();
  if (list == nullptr) throw ApiError::invalid_payload("\"keys\" must be a list.");
  for (const auto& key : *list) {
    if (!key.is_string() && !key.is_number()) {
      throw ApiError::invalid_payload("\"keys\" must be a list of texts or numbers.");
    }
  }
  return {list->begin(), list->end()};
}

void refuse_other_members(const json::object& body, std::initializer_list<std::string_view> known) {
  for (const auto& member : body) {
    if (std::find(known.begin(), known.end(), std::string_view(member.key())) == known.end()) {
      throw ApiError::invalid_payload("\"" + std::string(member.key()) + "\" is not allowed here.");
    }
  }
}

// The `query` of a body, parsed as the parameters of a URL are.
query::Query body_query(const Call& call, const json::value& value) {
  if (!value.is_object()) throw ApiError::invalid_payload("\"query\" must be an object.");
  return call.narrow(query::parse_query(value.get_object(), call.app.services.limits));
}

// Which items a batch is about: exactly one of `keys` and `query`.
struct BatchTarget {
  std::optional<items::Keys> keys;
  std::optional<query::Query> query;
};

BatchTarget batch_target(const Call& call, const json::object& body) {
  const auto* keys = body.if_contains("keys");
  const auto* query = body.if_contains("query");
  if ((keys == nullptr) == (query == nullptr)) {
    throw ApiError::invalid_payload("Exactly one of \"keys\" and \"query\" is required.");
  }
  BatchTarget target;
  if (keys != nullptr) {
    target.keys = key_list(*keys);
  } else {
    target.query = body_query(call, *query);
  }
  return target;
}

// Another version than the item itself.
bool asks_for_version(const Call& call) {
  const auto* version = call.parameters.if_contains("version");
  return version != nullptr && version->is_string() && !version->get_string().empty() &&
         version->get_string() != "main";
}

http::Response version_answer(const Call& call, const Resource& resource, const std::optional<json::value>& key) {
  return data_answer(system::read_item_version(call.app.services, &call.who, resource.collection, key, call.query()));
}

}  // namespace

http::Response list_items(Call& call, const Resource& resource) {
  if (is_singleton(call, resource) && asks_for_version(call)) return version_answer(call, resource, std::nullopt);
  return read_by_url(call, resource, {});
}

Search search_of(const Call& call, const Resource& resource) {
  Search search{call.query(), std::nullopt};
  const auto* body = call.body.if_object();
  if (body == nullptr) throw ApiError::invalid_payload("The body must be an object.");
  refuse_other_members(*body, {"query", "keys"});
  if (const auto* given = body->if_contains("query")) search.query = body_query(call, *given);
  if (const auto* keys = body->if_contains("keys")) {
    search.keys = key_list(*keys);
    if (is_singleton(call, resource)) search.keys.reset();
  }
  return search;
}

http::Response search_items(Call& call, const Resource& resource) {
  const auto search = search_of(call, resource);
  return read_answer(call, resource, search.query, {std::nullopt, search.keys});
}

http::Response read_item(Call& call, const Resource& resource, const std::string& key) {
  if (asks_for_version(call)) return version_answer(call, resource, json::value(key));
  return read_by_url(call, resource, {json::value(key), std::nullopt});
}

http::Response create_items(Call& call, const Resource& resource) {
  const auto& services = call.app.services;
  const auto options = write_options(resource);
  if (auto* list = call.body.if_array()) {
    const auto keys = items::create_items(services, &call.who, resource.collection, std::move(*list), options);
    return written(items::answer_many(services, &call.who, resource.collection, call.query(), keys));
  }
  const auto key =
      items::create_item(services, &call.who, resource.collection, std::move(call.body.as_object()), options);
  return written(items::answer_one(services, &call.who, resource.collection, call.query(), key));
}

http::Response update_items(Call& call, const Resource& resource) {
  const auto& services = call.app.services;
  const auto options = write_options(resource);
  const auto& collection = resource.collection;
  if (is_singleton(call, resource)) {
    auto* data = call.body.if_object();
    if (data == nullptr) throw ApiError::invalid_payload("The body must be an object.");
    const auto key = items::upsert_singleton(services, &call.who, collection, std::move(*data), options);
    return written(items::answer_one(services, &call.who, collection, call.query(), key));
  }
  items::Keys keys;
  if (auto* list = call.body.if_array()) {
    keys = items::update_batch(services, &call.who, collection, std::move(*list), options);
  } else {
    auto& body = call.body.as_object();
    refuse_other_members(body, {"keys", "query", "data"});
    const auto target = batch_target(call, body);
    auto* data = body.if_contains("data");
    if (data == nullptr || !data->is_object()) throw ApiError::invalid_payload("\"data\" must be an object.");
    keys = target.keys
               ? items::update_items(services, &call.who, collection, *target.keys, data->get_object(), options)
               : items::update_by_query(services, &call.who, collection, *target.query, data->get_object(), options);
  }
  return written(items::answer_many(services, &call.who, collection, call.query(), keys));
}

http::Response update_item(Call& call, const Resource& resource, const std::string& key) {
  auto* data = call.body.if_object();
  if (data == nullptr) throw ApiError::invalid_payload("The body must be an object.");
  const auto& services = call.app.services;
  items::update_items(services, &call.who, resource.collection, {json::value(key)}, std::move(*data),
                      write_options(resource));
  return written(items::answer_one(services, &call.who, resource.collection, call.query(), json::value(key)));
}

http::Response delete_items(Call& call, const Resource& resource) {
  const auto& services = call.app.services;
  const auto options = write_options(resource);
  if (call.body.is_array()) {
    items::delete_items(services, &call.who, resource.collection, key_list(call.body), options);
    return http::Response::no_content();
  }
  const auto& body = call.body.as_object();
  refuse_other_members(body, {"keys", "query"});
  const auto target = batch_target(call, body);
  if (target.keys) {
    items::delete_items(services, &call.who, resource.collection, *target.keys, options);
  } else {
    items::delete_by_query(services, &call.who, resource.collection, *target.query, options);
  }
  return http::Response::no_content();
}

http::Response delete_item(Call& call, const Resource& resource, const std::string& key) {
  items::delete_items(call.app.services, &call.who, resource.collection, {json::value(key)}, write_options(resource));
  return http::Response::no_content();
}

}  // namespace ashlar::api
