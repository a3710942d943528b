#include "system/field_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "schema/field_type.h"

namespace ashlar::system {
namespace {

using database::Type;

[[noreturn]] void refuse(const std::string& reason) { throw ApiError::invalid_payload(reason); }

const json::object& object_body(const json::value& body) {
  const auto* object = body.if_object();
  if (object == nullptr) refuse("A field must be an object.");
  return *object;
}

void check_name(const json::object& body) {
  const auto* name = body.if_contains("field");
  if (name == nullptr || !name->is_string()) refuse("\"field\" must be the name of the field, a text.");
  if (name->get_string().empty()) refuse("\"field\" must not be empty.");
}

void check_type(const json::object& body) {
  const auto* type = body.if_contains("type");
  if (type == nullptr || type->is_null()) return;
  if (!type->is_string()) refuse("\"type\" must be a text.");
  const std::string_view name = type->get_string();
  if (!database::type_from_name(name) && !schema::is_alias_flag(name)) {
    refuse(fmt::format("There is no type \"{}\".", name));
  }
}

void check_schema(const json::object& body) {
  const auto* member = body.if_contains("schema");
  if (member == nullptr || member->is_null()) return;
  const auto* schema = member->if_object();
  if (schema == nullptr) refuse("\"schema\" must be an object or null.");
  if (const auto* nullable = schema->if_contains("is_nullable"); nullable && !nullable->is_bool()) {
    refuse("\"schema.is_nullable\" must be true or false.");
  }
  if (const auto* length = schema->if_contains("max_length")) {
    if (!length->is_null() && !length->is_number() && !length->is_string()) {
      refuse("\"schema.max_length\" must be a number.");
    }
  }
}

void check_collection(const json::object& body) {
  const auto* collection = body.if_contains("collection");
  if (collection != nullptr && !collection->is_string()) refuse("\"collection\" must be a text.");
}

}  // namespace

bool is_truthy(const json::value* value) {
  if (value == nullptr || value->is_null()) return false;
  if (value->is_bool()) return value->get_bool();
  if (value->is_number()) return value->to_number<double>() != 0;
  if (const auto* text = value->if_string()) return !text->empty();
  return true;
}

void check_new_field(const json::value& body) {
  static constexpr std::array<std::string_view, 5> known = {"collection", "field", "type", "schema", "meta"};
  const auto& object = object_body(body);
  check_name(object);
  check_collection(object);
  check_type(object);
  check_schema(object);
  for (const auto& member : object) {
    if (std::find(known.begin(), known.end(), std::string_view(member.key())) == known.end()) {
      refuse(fmt::format("\"{}\" is no property of a field.", std::string_view(member.key())));
    }
  }
}

void check_listed_field(const json::value& body) {
  const auto& object = object_body(body);
  check_name(object);
  check_type(object);
  check_schema(object);
}

void check_changed_field(const json::value& body) {
  const auto& object = object_body(body);
  if (object.contains("field")) check_name(object);
  check_type(object);
  check_schema(object);
}

const json::object* object_member(const json::object& body, std::string_view name) {
  const auto* member = body.if_contains(name);
  return member ? member->if_object() : nullptr;
}

std::optional<Type> body_type(const json::object& body) {
  const auto* type = body.if_contains("type");
  if (type == nullptr || !type->is_string()) return std::nullopt;
  if (schema::is_alias_flag(type->get_string())) return Type::alias;
  return database::type_from_name(type->get_string());
}

bool has_column(const json::object& body) {
  const auto type = body_type(body);
  return type && *type != Type::alias && *type != Type::unknown;
}

void add_flags(json::object& body, database::Vendor vendor) {
  const auto type = body_type(body);
  std::string_view flag;
  if (type == Type::json) flag = "cast-json";
  if (type == Type::timestamp && vendor == database::Vendor::sqlite) flag = "cast-timestamp";
  if (flag.empty()) return;
  auto& meta = body["meta"];
  if (!meta.is_object()) meta = json::object{};
  auto& special = meta.get_object()["special"];
  json::array flags;
  if (const auto* list = special.if_array()) {
    flags = *list;
  } else if (const auto text = as_text(special); text && !text->empty()) {
    for (const auto part : split(*text, ',')) flags.emplace_back(part);
  }
  if (std::find(flags.begin(), flags.end(), json::value(flag)) == flags.end()) flags.emplace_back(flag);
  special = std::move(flags);
}

}  // namespace ashlar::system
