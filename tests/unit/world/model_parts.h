// Parts of which the data models of tests are made.
#pragma once
#include <string>
#include <vector>

#include "schema/schema.h"

namespace ashlar::query::test {

inline schema::Field column(std::string name, schema::Type type, bool is_indexed = false) {
  schema::Field field;
  field.name = std::move(name);
  field.type = type;
  field.is_indexed = is_indexed;
  field.special.cast_boolean = type == schema::Type::boolean;
  field.special.cast_json = type == schema::Type::json;
  field.special.cast_csv = type == schema::Type::csv;
  return field;
}

inline schema::Field list(std::string name) {
  auto field = column(std::move(name), schema::Type::alias);
  field.is_alias = true;
  return field;
}

inline schema::Collection collection(std::string name, std::vector<schema::Field> fields,
                                     schema::Type key = schema::Type::integer, std::string key_name = "id") {
  schema::Collection result;
  result.name = std::move(name);
  result.primary_key = key_name;
  result.fields = std::move(fields);
  result.fields.insert(result.fields.begin(), column(std::move(key_name), key));
  result.fields.front().is_nullable = false;
  result.fields.front().is_indexed = true;
  result.index_fields();
  return result;
}

inline schema::Relation relation(std::string many, std::string field, std::string one, std::string one_field) {
  schema::Relation result;
  result.collection = std::move(many);
  result.field = std::move(field);
  result.related_collection = std::move(one);
  if (!one_field.empty()) result.one_field = std::move(one_field);
  result.has_meta = true;
  return result;
}

// Whose item is in any of several collections.
inline schema::Relation any_relation(std::string many, std::string field, std::string collection_field,
                                     std::vector<std::string> allowed) {
  schema::Relation result;
  result.collection = std::move(many);
  result.field = std::move(field);
  result.one_collection_field = std::move(collection_field);
  result.one_allowed_collections = std::move(allowed);
  result.has_meta = true;
  return result;
}

}  // namespace ashlar::query::test
