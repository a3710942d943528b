// The parts of an OpenAPI description that are the same for every project: operations by their kind, parameters,
// answers.
#pragma once
#include <string>
#include <string_view>

#include "base/json.h"

namespace ashlar::system {

struct OperationFacts {
  std::string_view path;  // its {names} become parameters
  std::string id;
  std::string_view summary;
  // list, item, create, update, update_many, delete, delete_many: items of a collection;
  // objects, object, call, empty_call, empty, text, bytes: others
  std::string_view kind;
};

// `schema` names the schema of the items, empty where there is none.
json::object describe_operation(const OperationFacts& facts, json::array tags, const std::string& schema);

json::object schema_reference(std::string_view schema);

// The member of that name, made where it is missing.
json::object& ensure_object(json::object& in, std::string_view name);

json::object common_schemas();
json::object common_components();  // parameters, responses, securitySchemes

}  // namespace ashlar::system
