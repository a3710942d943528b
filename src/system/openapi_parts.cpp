#include "system/openapi_parts.h"

#include "base/text.h"

namespace ashlar::system {
namespace {

json::object reference(std::string_view kind, std::string_view name) {
  return {{"$ref", "#/components/" + std::string(kind) + "/" + std::string(name)}};
}

json::object items_schema(const std::string& schema) {
  return schema.empty() ? json::object{{"type", "object"}} : schema_reference(schema);
}

json::object list_of(json::object items) { return {{"type", "array"}, {"items", std::move(items)}}; }

json::object json_content(json::object schema) { return {{"application/json", {{"schema", std::move(schema)}}}}; }

json::object data_schema(json::object data, bool with_meta = false) {
  json::object properties{{"data", std::move(data)}};
  if (with_meta) properties["meta"] = schema_reference("x-metadata");
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

json::object parameters_of_path(std::string_view path, json::array& parameters) {
  for (auto open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1)) {
    const auto name = path.substr(open + 1, path.find('}', open) - open - 1);
    parameters.push_back(
        json::object{{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  return {};
}

json::object success(std::string_view kind, const std::string& schema) {
  const auto ok = [](json::object content) {
    return json::object{{"description", "Successful request"}, {"content", std::move(content)}};
  };
  if (kind == "list" || kind == "update_many")
    return ok(json_content(data_schema(list_of(items_schema(schema)), true)));
  if (kind == "item" || kind == "create" || kind == "update")
    return ok(json_content(data_schema(items_schema(schema))));
  if (kind == "objects") return ok(json_content(data_schema(list_of({{"type", "object"}}))));
  if (kind == "object" || kind == "call") return ok(json_content(data_schema({})));
  if (kind == "text") return ok({{"text/html", {{"schema", {{"type", "string"}}}}}});
  if (kind == "bytes")
    return ok({{"application/octet-stream", {{"schema", {{"type", "string"}, {"format", "binary"}}}}}});
  return {{"description", "Successful request"}};
}

bool is_empty_answer(std::string_view kind) {
  return kind == "delete" || kind == "delete_many" || kind == "empty" || kind == "empty_call";
}

// What is sent with it, nothing where that is nothing.
json::object body_of(std::string_view kind, const std::string& schema) {
  const auto content = [](json::object body_schema) {
    return json::object{{"content", json_content(std::move(body_schema))}};
  };
  const auto item = items_schema(schema);
  if (kind == "create") return content({{"oneOf", json::array{list_of(item), item}}});
  if (kind == "update") return content(item);
  if (kind == "update_many") {
    return content({{"type", "object"},
                    {"properties",
                     {{"keys", list_of({{"type", "string"}})}, {"query", schema_reference("Query")}, {"data", item}}}});
  }
  if (kind == "delete_many") return content(list_of({{"type", "string"}}));
  if (kind == "call" || kind == "empty_call") return content({{"type", "object"}});
  return {};
}

json::object query_parameter(std::string_view name, std::string_view description, json::object schema) {
  json::object parameter{{"name", name},
                         {"in", "query"},
                         {"description", description},
                         {"required", false},
                         {"schema", std::move(schema)}};
  if (const auto* type = parameter["schema"].get_object().if_contains("type"); type != nullptr && *type == "array") {
    parameter["explode"] = false;
    parameter["style"] = "form";
  }
  return parameter;
}

json::object error_response(std::string_view description) {
  return {{"description", description},
          {"content", json_content({{"type", "object"}, {"properties", {{"errors", list_of({{"type", "object"}})}}}})}};
}

}  // namespace

json::object schema_reference(std::string_view schema) { return reference("schemas", schema); }

json::object& ensure_object(json::object& in, std::string_view name) {
  auto& member = in[name];
  if (!member.is_object()) member = json::object();
  return member.get_object();
}

json::object describe_operation(const OperationFacts& facts, json::array tags, const std::string& schema) {
  json::object operation;
  if (!facts.summary.empty()) operation["summary"] = facts.summary;
  operation["operationId"] = facts.id;
  operation["tags"] = std::move(tags);
  json::array parameters;
  parameters_of_path(facts.path, parameters);
  if (facts.kind == "list") {
    for (const auto* name : {"Fields", "Limit", "Offset", "Page", "Sort", "Filter", "Search", "Meta"}) {
      parameters.push_back(reference("parameters", name));
    }
  } else if (facts.kind == "item" || facts.kind == "create" || facts.kind == "update") {
    parameters.push_back(reference("parameters", "Fields"));
  }
  if (!parameters.empty()) operation["parameters"] = std::move(parameters);
  if (auto body = body_of(facts.kind, schema); !body.empty()) operation["requestBody"] = std::move(body);
  json::object responses;
  responses[is_empty_answer(facts.kind) ? "204" : "200"] = success(facts.kind, schema);
  if (facts.kind != "text") {
    responses["401"] = reference("responses", "UnauthorizedError");
    responses["404"] = reference("responses", "NotFoundError");
  }
  operation["responses"] = std::move(responses);
  return operation;
}

json::object common_schemas() {
  const json::object text{{"type", "string"}}, number{{"type", "integer"}};
  return {{"Query",
           {{"type", "object"},
            {"properties",
             {{"fields", list_of(text)},
              {"filter", {{"type", "object"}}},
              {"search", text},
              {"sort", list_of(text)},
              {"limit", number},
              {"offset", number},
              {"page", number},
              {"deep", {{"type", "object"}}},
              {"alias", {{"type", "object"}}}}}}},
          {"x-metadata", {{"type", "object"}, {"properties", {{"total_count", number}, {"filter_count", number}}}}}};
}

json::object common_components() {
  const json::object text{{"type", "string"}}, number{{"type", "integer"}};
  return {{"parameters",
           {{"Fields", query_parameter("fields", "Which fields the answer shows.", list_of(text))},
            {"Limit", query_parameter("limit", "How many items at most; -1 for all.", number)},
            {"Offset", query_parameter("offset", "How many items are passed over.", number)},
            {"Page", query_parameter("page", "Which page, of as many items as the limit says.", number)},
            {"Sort", query_parameter("sort", "Fields to sort by; a minus turns the order around.", list_of(text))},
            {"Filter", query_parameter("filter", "Which items, as JSON.", text)},
            {"Search", query_parameter("search", "A text that some field must contain.", text)},
            {"Meta", query_parameter("meta", "What to tell besides: total_count, filter_count.", text)}}},
          {"responses",
           {{"NotFoundError", error_response("It does not exist.")},
            {"UnauthorizedError", error_response("You may not do that.")}}},
          {"securitySchemes",
           {{"Auth", {{"type", "apiKey"}, {"in", "header"}, {"name", "Authorization"}}},
            {"KeyAuth", {{"type", "apiKey"}, {"in", "query"}, {"name", "access_token"}}}}}};
}

}  // namespace ashlar::system
