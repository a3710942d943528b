// Schema: the data model as one immutable value, built from what the database says about its tables and from the rows
// of directus_collections, directus_fields and directus_relations. It is shared by pointer and replaced as a whole when
// anything changes; whoever works with one keeps the pointer, and so sees one state from start to end.
//
// Here live the collections that items can be read from and written to. What the endpoints of /collections, /fields and
// /relations show besides (folders, unmanaged tables, metadata for the app) is in Catalog, which the Schema holds too.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "database/introspection.h"
#include "database/type.h"

namespace ashlar::schema {

using database::Type;

// The flags of `special` that change what the server does; the others are for the app only.
struct Special {
  bool uuid = false, hash = false, conceal = false, encrypt = false;
  bool cast_boolean = false, cast_json = false, cast_csv = false, cast_timestamp = false, cast_date_time = false;
  bool date_created = false, date_updated = false;
  bool user_created = false, user_updated = false, role_created = false, role_updated = false;
  bool no_data = false;
  bool file = false;
};

struct Field {
  std::string name;
  Type type = Type::unknown;  // as the API has it
  std::string data_type;      // as the database has it; empty for aliases
  bool is_alias = false;      // no column: the many side of a relation, or presentation only
  bool is_nullable = true;
  bool is_generated = false;
  bool is_indexed = false;  // an index leads to its values
  bool has_auto_increment = false;
  bool has_default = false;   // a column default, auto increment included
  json::value default_value;  // as served by the API; null where there is none
  std::optional<std::int64_t> max_length;
  std::optional<int> numeric_precision, numeric_scale;
  Special special;
  std::vector<std::string> special_flags;  // all of them, in the order of the list
  json::value validation;                  // the field's rule, null where there is none
  bool searchable = true;
};

struct Collection;

// How a field leads to another collection, seen from one side.
enum class RelationKind : std::uint8_t { many_to_one, one_to_many, any_to_one };

// One row of directus_relations, or a bare foreign key. `collection`.`field` is the many side.
struct Relation {
  std::string collection;
  std::string field;
  std::optional<std::string> related_collection;  // none for any-to-one
  std::optional<std::string> one_field;           // the alias on the one side
  std::optional<std::string> junction_field;
  std::optional<std::string> sort_field;
  std::optional<std::string> one_collection_field;   // any-to-one: the field that holds the collection's name
  std::vector<std::string> one_allowed_collections;  // any-to-one
  bool deselect_deletes = false;                     // one_deselect_action: delete
  bool has_meta = false;
};

struct Collection {
  std::string name;
  std::string primary_key;    // name of the field
  std::vector<Field> fields;  // columns in the order of the table, then aliases by id
  bool is_system = false;
  bool is_singleton = false;
  bool has_versions = false;
  std::optional<std::string> sort_field;
  std::optional<std::string> accountability;  // "all", "activity", or nothing

  const Field* field(std::string_view field_name) const;
  const Field& key_field() const { return *field(primary_key); }

  // Filled by index_fields(), after all fields are there.
  std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> field_index;
  void index_fields();
};

// What the endpoints of the data model show, also what is no collection of the Schema.
struct Catalog {
  std::vector<database::Table> tables;        // base tables and views, without the excluded ones
  std::vector<json::object> collection_meta;  // rows of directus_collections
  std::vector<json::object> field_meta;       // rows of directus_fields, by id
  std::vector<json::object> relation_meta;    // rows of directus_relations, by id

  const database::Table* table(std::string_view name) const;
};

class Schema {
 public:
  // Builds the indexes below; the parts must fit together.
  Schema(std::vector<Collection> collections, std::vector<Relation> relations, Catalog catalog);

  const std::vector<Collection>& collections() const { return collections_; }
  const std::vector<Relation>& relations() const { return relations_; }
  const Catalog& catalog() const { return catalog_; }

  // Null where there is none of that name.
  const Collection* collection(std::string_view name) const;

  // The relation that a field takes part in: as the many side's foreign key, as the one side's alias, or as the
  // any-to-one field of a junction. Null for plain fields.
  struct Link {
    RelationKind kind;
    const Relation* relation;
  };
  const Link* link(std::string_view collection, std::string_view field) const;

  // All relations in which the collection is the many or the one side.
  std::vector<const Relation*> relations_of(std::string_view collection) const;

  // Differs between any two schemas of one process.
  std::uint64_t version() const { return version_; }

 private:
  std::vector<Collection> collections_;
  std::vector<Relation> relations_;
  Catalog catalog_;
  std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> collection_index_;
  std::unordered_map<std::string, Link, TextHash, std::equal_to<>> links_;  // by "collection\0field"
  std::uint64_t version_;
};

using SchemaPointer = std::shared_ptr<const Schema>;

}  // namespace ashlar::schema
