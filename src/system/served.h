// The objects that the endpoints of the data model give and take: collections, fields and relations, put together from
// what the database says and from the rows of directus_collections, directus_fields and directus_relations.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "database/dialect.h"
#include "schema/schema.h"

namespace ashlar::system {

// The row of the metadata table, null where there is none.
const json::object* collection_row(const schema::Catalog& catalog, std::string_view collection);
const json::object* field_row(const schema::Catalog& catalog, std::string_view collection, std::string_view field);
const json::object* relation_row(const schema::Catalog& catalog, std::string_view collection, std::string_view field);

// The flags of a field's special.
std::vector<std::string> flags_of(const json::object* meta);
// Whether one of them says that the field has no column.
bool has_alias_flag(const json::object* meta);

// What the row, or the program for its own fields, says of a field; null where it has no metadata.
const json::object* field_meta(const schema::Catalog& catalog, std::string_view collection, std::string_view field);

// The same for many fields of one catalog, which must outlive it.
class FieldMeta {
 public:
  explicit FieldMeta(const schema::Catalog& catalog);
  const json::object* find(std::string_view collection, std::string_view field) const;

 private:
  std::unordered_map<std::string_view, std::unordered_map<std::string_view, const json::object*>> rows_;
};

// The foreign key of this column alone, null where there is none.
const database::ForeignKey* foreign_key(const database::Table& table, std::string_view column);

// `table` or `meta` null where the collection has none.
json::object served_collection(std::string_view name, const database::Table* table, const json::object* meta,
                               database::Vendor vendor);

// `column` or `meta` null where the field has none. Without both there is no field: the caller checks. `storage` is
// where the object is made.
json::object served_field(std::string_view collection, std::string_view field, const database::Table* table,
                          const database::Column* column, const json::object* meta, database::Vendor vendor,
                          const json::storage_ptr& storage = {});

// `key` or `meta` null where the relation has none.
json::object served_relation(std::string_view collection, std::string_view field, const database::ForeignKey* key,
                             const json::object* meta, database::Vendor vendor);

}  // namespace ashlar::system
