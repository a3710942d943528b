#include "schema/store.h"

#include <algorithm>
#include <set>

#include "base/log.h"
#include "schema/field_type.h"
#include "schema/meta_rows.h"
#include "schema/system_tables.h"

namespace ashlar::schema {
namespace {

std::vector<std::string> texts_of(const json::value* list) {
  std::vector<std::string> texts;
  if (list == nullptr || !list->is_array()) return texts;
  for (const auto& entry : list->get_array()) {
    if (const auto text = as_text(entry)) texts.emplace_back(*text);
  }
  return texts;
}

std::optional<std::string> text_of(const json::object& row, std::string_view name) {
  const auto* value = row.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

bool flag_of(const json::object& row, std::string_view name) {
  const auto* value = row.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

// Why a table can't be a collection; empty where it can.
std::string unfit_reason(const database::Table& table) {
  if (table.is_view) return "is a view";
  if (table.name.find(' ') != std::string::npos) return "has a blank in its name";
  if (table.primary_key.empty()) return "has no primary key";
  if (table.primary_key.size() > 1) return "has a primary key of several columns";
  return {};
}

void warn_once(const database::Table& table, const std::string& reason) {
  static std::mutex mutex;
  static std::set<std::string> warned;
  const std::lock_guard lock(mutex);
  if (!table.is_view && warned.insert(table.name).second) {
    log::warn("Table \"{}\" {}: it is no collection", table.name, reason);
  }
}

Field column_field(const database::Column& column, const std::vector<std::string>& flags, const json::object* meta) {
  Field field;
  field.name = column.name;
  field.type = type_of_column(column, flags);
  field.data_type = column.data_type;
  field.is_nullable = column.is_nullable;
  field.is_indexed = column.is_indexed || column.is_unique || column.is_primary_key;
  field.is_generated = column.is_generated;
  field.has_auto_increment = column.has_auto_increment;
  field.has_default = column.default_value.has_value() || column.has_auto_increment;
  field.default_value = column.has_auto_increment ? json::value() : served_default(column, field.type);
  field.max_length = column.max_length;
  field.numeric_precision = column.numeric_precision;
  field.numeric_scale = column.numeric_scale;
  field.special = special_from_flags(flags);
  field.special.no_data = false;  // whatever the flags say: here is a column that holds data
  field.special_flags = flags;
  if (meta != nullptr) {
    if (const auto* validation = meta->if_contains("validation")) field.validation = *validation;
    const auto* searchable = meta->if_contains("searchable");
    field.searchable = searchable == nullptr || !searchable->is_bool() || searchable->get_bool();
  }
  return field;
}

Field alias_field(std::string name, std::vector<std::string> flags) {
  Field field;
  field.name = std::move(name);
  field.type = Type::alias;
  field.is_alias = true;
  field.special = special_from_flags(flags);
  field.special_flags = std::move(flags);
  return field;
}

bool is_alias(const std::vector<std::string>& flags) {
  return std::any_of(flags.begin(), flags.end(), [](const auto& flag) { return is_alias_flag(flag); });
}

using FieldRows = std::unordered_map<std::string_view, std::vector<const json::object*>>;  // by collection

Collection build_collection(const database::Table& table, const std::vector<const json::object*>& rows) {
  Collection collection;
  collection.name = table.name;
  collection.primary_key = table.primary_key.front();
  collection.is_system = is_system_collection(table.name);

  std::unordered_map<std::string_view, const json::object*> meta;  // by field
  for (const auto* row : rows) {
    if (const auto* field = row->if_contains("field")) meta.emplace(std::string_view(field->get_string()), row);
  }
  const auto* system = system_collection(table.name);
  if (system != nullptr) {
    for (const auto& field : system->fields) meta.insert_or_assign(field.name, &field.meta);
  }
  const auto meta_of = [&](std::string_view name) {
    const auto found = meta.find(name);
    return found == meta.end() ? nullptr : found->second;
  };

  for (const auto& column : table.columns) {
    const auto* row = meta_of(column.name);
    const auto flags = row ? texts_of(row->if_contains("special")) : std::vector<std::string>{};
    collection.fields.push_back(column_field(column, flags, row));
    const auto* own = system ? system->field(column.name) : nullptr;
    if (own != nullptr && own->is_concealed) collection.fields.back().special.conceal = true;
  }
  for (const auto* row : rows) {
    const auto name = text_of(*row, "field");
    auto flags = texts_of(row->if_contains("special"));
    if (name && !table.column(*name) && is_alias(flags)) {
      collection.fields.push_back(alias_field(*name, std::move(flags)));
    }
  }
  if (system != nullptr) {
    for (const auto& field : system->fields) {
      auto flags = texts_of(field.meta.if_contains("special"));
      if (!table.column(field.name) && is_alias(flags)) {
        collection.fields.push_back(alias_field(field.name, std::move(flags)));
      }
    }
  }
  return collection;
}

void apply_collection_meta(Collection& collection, const json::object& row) {
  collection.is_singleton = flag_of(row, "singleton");
  collection.has_versions = flag_of(row, "versioning");
  collection.sort_field = text_of(row, "sort_field");
  collection.accountability = text_of(row, "accountability");
}

std::vector<Collection> build_collections(const Catalog& catalog) {
  FieldRows rows;
  for (const auto& row : catalog.field_meta) {
    const auto* collection = row.if_contains("collection");
    if (collection != nullptr && collection->is_string()) rows[collection->get_string()].push_back(&row);
  }
  std::vector<Collection> collections;
  for (const auto& table : catalog.tables) {
    if (const auto reason = unfit_reason(table); !reason.empty()) {
      warn_once(table, reason);
      continue;
    }
    auto collection = build_collection(table, rows[table.name]);
    collection.accountability = "all";
    if (const auto* system = system_collection(table.name)) {
      collection.accountability.reset();
      apply_collection_meta(collection, system->meta);
    }
    for (const auto& row : catalog.collection_meta) {
      if (text_of(row, "collection") == table.name && !collection.is_system) apply_collection_meta(collection, row);
    }
    collections.push_back(std::move(collection));
  }
  return collections;
}

Relation relation_from_meta(const json::object& row) {
  Relation relation;
  relation.collection = text_of(row, "many_collection").value_or("");
  relation.field = text_of(row, "many_field").value_or("");
  relation.related_collection = text_of(row, "one_collection");
  relation.one_field = text_of(row, "one_field");
  relation.junction_field = text_of(row, "junction_field");
  relation.sort_field = text_of(row, "sort_field");
  relation.one_collection_field = text_of(row, "one_collection_field");
  relation.one_allowed_collections = texts_of(row.if_contains("one_allowed_collections"));
  relation.deselect_deletes = text_of(row, "one_deselect_action") == "delete";
  relation.has_meta = true;
  if (relation.one_collection_field) relation.related_collection.reset();
  return relation;
}

// Foreign keys first, then metadata: a row of directus_relations describes the key of the same field, or stands alone.
std::vector<Relation> build_relations(const Catalog& catalog, const std::vector<Collection>& collections) {
  std::unordered_map<std::string_view, const Collection*> by_name;
  for (const auto& collection : collections) by_name.emplace(collection.name, &collection);

  std::vector<Relation> relations;
  const auto add_meta = [&](const json::object& row) {
    auto relation = relation_from_meta(row);
    const auto fits = [&](const Relation& other) {
      return other.collection == relation.collection && other.field == relation.field && !other.has_meta;
    };
    const auto key = std::find_if(relations.begin(), relations.end(), fits);
    if (key == relations.end()) {
      relations.push_back(std::move(relation));
      return;
    }
    if (!relation.related_collection && !relation.one_collection_field) {
      relation.related_collection = key->related_collection;
    }
    *key = std::move(relation);
  };

  for (const auto& table : catalog.tables) {
    for (const auto& key : table.foreign_keys) {
      const auto target = by_name.find(key.referenced_table);
      if (key.columns.size() != 1 || target == by_name.end()) continue;
      if (key.referenced_columns != std::vector<std::string>{target->second->primary_key}) continue;
      Relation relation;
      relation.collection = table.name;
      relation.field = key.columns.front();
      relation.related_collection = key.referenced_table;
      relations.push_back(std::move(relation));
    }
  }
  for (const auto& row : catalog.relation_meta) add_meta(row);
  for (const auto& row : system_relations()) add_meta(row.meta());

  std::erase_if(relations, [&](const Relation& relation) {
    const auto many = by_name.find(relation.collection);
    if (many == by_name.end()) return true;
    const auto& fields = many->second->fields;
    const auto is_column = [&](const Field& field) { return field.name == relation.field && !field.is_alias; };
    if (std::none_of(fields.begin(), fields.end(), is_column)) return true;
    return relation.related_collection ? !by_name.contains(*relation.related_collection)
                                       : !relation.one_collection_field.has_value();
  });
  return relations;
}

}  // namespace

SchemaPointer load_schema(database::Connection& connection, const database::Dialect& dialect,
                          const std::vector<std::string>& excluded_tables) {
  Catalog catalog;
  catalog.tables = dialect.introspect(connection);
  // Tables of our own (ashlar_secrets ...) are nobody's business.
  const auto is_excluded = [&](std::string_view name) {
    return name.starts_with("ashlar_") ||
           std::find(excluded_tables.begin(), excluded_tables.end(), name) != excluded_tables.end();
  };
  std::erase_if(catalog.tables, [&](const database::Table& table) { return is_excluded(table.name); });
  const auto read = [&](std::string_view table, std::string_view order) {
    const auto* found = catalog.table(table);
    return found ? read_meta_rows(connection, dialect, *found, order) : std::vector<json::object>{};
  };
  catalog.collection_meta = read("directus_collections", "collection");
  std::erase_if(catalog.collection_meta,
                [&](const json::object& row) { return is_excluded(text_of(row, "collection").value_or("")); });
  catalog.field_meta = read("directus_fields", "id");
  catalog.relation_meta = read("directus_relations", "id");
  auto collections = build_collections(catalog);
  auto relations = build_relations(catalog, collections);
  return std::make_shared<const Schema>(std::move(collections), std::move(relations), std::move(catalog));
}

SchemaStore::SchemaStore(database::Database& database, std::vector<std::string> excluded_tables)
    : database_(database), excluded_tables_(std::move(excluded_tables)) {}

SchemaPointer SchemaStore::current() {
  if (auto schema = current_.load()) return schema;
  const std::lock_guard lock(loading_);
  if (auto schema = current_.load()) return schema;
  const auto connection = database_.reader();
  auto schema = load_schema(*connection, database_.dialect(), excluded_tables_);
  current_.store(schema);
  return schema;
}

SchemaPointer SchemaStore::reload() {
  const std::lock_guard lock(loading_);
  try {
    const auto connection = database_.reader();
    auto schema = load_schema(*connection, database_.dialect(), excluded_tables_);
    current_.store(schema);
    return schema;
  } catch (...) {
    // What is kept is known to be wrong: who asks next tries again.
    current_.store(nullptr);
    throw;
  }
}

SchemaPointer SchemaStore::load(database::Connection& connection) const {
  return load_schema(connection, database_.dialect(), excluded_tables_);
}

}  // namespace ashlar::schema
