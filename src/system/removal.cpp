#include "system/removal.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "database/sql_text.h"
#include "schema/system_tables.h"
#include "system/model_rows.h"
#include "system/served.h"

namespace ashlar::system {
namespace {

std::string text_of(const json::object& row, std::string_view key) {
  const auto* value = row.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

// Whether a path of fields, which starts at a collection, leads through the field, or where it is empty through the
// target collection. In any-to-one parts the collection is named: item:texts.body.
bool leads_through(const schema::Schema& schema, std::string_view start, std::string_view path,
                   std::string_view collection, std::string_view field) {
  std::string current(start);
  for (const auto part : split(path, '.')) {
    const auto colon = part.find(':');
    const auto name = part.substr(0, colon);
    if (current == collection && (field.empty() || name == field)) return true;
    const auto* link = schema.link(current, name);
    if (link == nullptr) return false;
    switch (link->kind) {
      case schema::RelationKind::many_to_one:
        current = *link->relation->related_collection;
        break;
      case schema::RelationKind::one_to_many:
        current = link->relation->collection;
        break;
      case schema::RelationKind::any_to_one:
        if (colon == std::string_view::npos) return false;
        current = part.substr(colon + 1);
        break;
    }
    if (field.empty() && current == collection) return true;
  }
  return false;
}

}  // namespace

database::ForeignKeySpec key_spec(const database::Table& table, const database::ForeignKey& key) {
  return {.table = table.name,
          .column = key.columns.front(),
          .referenced_table = key.referenced_table,
          .referenced_column = key.referenced_columns.front(),
          .on_delete = key.on_delete,
          .on_update = key.on_update};
}

void Removal::relation(const std::string& collection, const std::string& field) {
  const auto* table = schema_->catalog().table(collection);
  if (const auto* key = table ? foreign_key(*table, field) : nullptr) change_.drop_foreign_key(key_spec(*table, *key));
  change_.rows().erase(std::string(relations_table), {{"many_collection", collection}, {"many_field", field}});
  change_.model_changed();
}

void Removal::leave_relations(const std::string& collection, const std::string& field) {
  for (const auto& relation : schema_->relations()) {
    if (relation.collection != collection || relation.field != field) continue;
    this->relation(collection, field);
    const auto related = relation.related_collection.value_or("");
    const auto one_field = relation.one_field.value_or("");
    if (!related.empty() && !one_field.empty() && related != collection && one_field != field) {
      this->field(related, one_field);
    }
  }
  // Also what leads nowhere.
  change_.rows().erase(std::string(relations_table), {{"many_collection", collection}, {"many_field", field}});
  adjust_rows(change_, relations_table, {{"one_field", nullptr}},
              {{"one_collection", collection}, {"one_field", field}});
}

void Removal::leave_duplication_fields(const std::string& collection, const std::string& field) {
  for (const auto& row : schema_->catalog().collection_meta) {
    const auto* value = row.if_contains("item_duplication_fields");
    const auto* paths = value ? value->if_array() : nullptr;
    const auto owner = text_of(row, "collection");
    if (paths == nullptr || removed_collections_.contains(owner)) continue;
    // Other fields may have left it before, within this change.
    const auto is_gone = [&](const json::value& path) {
      const auto text = as_text(path).value_or("");
      const auto through = [&](const auto& removed) {
        return leads_through(*schema_, owner, text, removed.first, removed.second);
      };
      return leads_through(*schema_, owner, text, collection, field) ||
             std::any_of(removed_fields_.begin(), removed_fields_.end(), through);
    };
    json::array kept;
    for (const auto& path : *paths) {
      if (!is_gone(path)) kept.push_back(path);
    }
    if (kept.size() == paths->size()) continue;
    adjust_rows(change_, collections_table,
                {{"item_duplication_fields", kept.empty() ? json::value() : json::value(kept)}},
                {{"collection", owner}});
  }
}

void Removal::leave_collection_meta(const std::string& collection, const std::string& field) {
  for (const auto* name : {"archive_field", "sort_field"}) {
    adjust_rows(change_, collections_table, {{name, nullptr}}, {{"collection", collection}, {name, field}});
  }
  leave_duplication_fields(collection, field);
}

void Removal::leave_permissions(const std::string& collection, const std::string& field) {
  for (const auto& row : change_.rows().read("directus_permissions", {"id", "fields"}, {{"collection", collection}})) {
    const auto* fields = std::get_if<std::string>(&row[1].second);
    if (fields == nullptr) continue;
    auto names = split(*fields, ',');
    if (std::erase(names, std::string_view(field)) == 0) continue;
    const std::vector<std::string> kept(names.begin(), names.end());
    change_.rows().update("directus_permissions",
                          {{"fields", kept.empty() ? database::Value() : database::Value(join(kept, ","))}}, {row[0]});
    change_.permissions_changed();
  }
}

void Removal::field(const std::string& collection, const std::string& field) {
  if (removed_collections_.contains(collection) || removed_fields_.contains({collection, field})) return;
  if (const auto* system = schema::system_collection(collection); system && system->field(field)) {
    throw ApiError::forbidden();
  }
  removed_fields_.emplace(collection, field);
  json::value names = json::array{json::value(field)};
  change_.filter("fields.delete", names, {{"collection", collection}});

  leave_relations(collection, field);
  const auto& catalog = schema_->catalog();
  const auto* table = catalog.table(collection);
  if (table && table->column(field)) change_.drop_column(collection, field);
  leave_collection_meta(collection, field);
  adjust_rows(change_, fields_table, {{"group", nullptr}}, {{"collection", collection}, {"group", field}});
  if (const auto* row = field_row(catalog, collection, field)) {
    const auto id = as_integer(row->at("id")).value_or(0);
    change_.rows().erase(std::string(fields_table), {{"id", id}});
    change_.record("delete", fields_table, std::to_string(id));
  }
  leave_permissions(collection, field);
  change_.model_changed();
  change_.action("fields.delete", {{"payload", names}, {"keys", names}, {"collection", collection}});
}

void Removal::erase_field_rows(const std::string& collection) {
  for (const auto& row : schema_->catalog().field_meta) {
    if (text_of(row, "collection") != collection) continue;
    if (removed_fields_.contains({collection, text_of(row, "field")})) continue;
    const auto id = as_integer(row.at("id")).value_or(0);
    change_.rows().erase(std::string(fields_table), {{"id", id}});
    change_.record("delete", fields_table, std::to_string(id));
  }
}

// What was recorded and allowed of a collection.
void Removal::erase_traces(const std::string& collection) {
  auto& rows = change_.rows();
  const Columns of_it = {{"collection", collection}};
  rows.erase("directus_presets", of_it);
  database::SqlText sql(change_.dialect());
  (sql << "UPDATE ").name("directus_revisions") << " SET ";
  sql.name("parent") << " = NULL WHERE ";
  // MySQL reads no table that it updates, but the result of a query of it.
  (sql.name("parent") << " IN (SELECT ").name("id") << " FROM (SELECT ";
  (sql.name("id") << " FROM ").name("directus_revisions") << " WHERE ";
  (sql.name("collection") << " = ").bind(collection) << ") AS doomed)";
  rows.run(sql);
  rows.erase_for_good("directus_revisions", of_it);
  rows.erase_for_good("directus_activity", of_it);
  rows.erase("directus_permissions", of_it);
  change_.permissions_changed();
  rows.erase(std::string(relations_table), {{"many_collection", collection}});
}

void Removal::remove_linked_fields(const std::string& name) {
  for (const auto& relation : schema_->relations()) {
    const auto related = relation.related_collection.value_or("");
    if (relation.collection == name && related != name && !related.empty() && relation.one_field) {
      field(related, *relation.one_field);
    } else if (related == name && relation.collection != name) {
      field(relation.collection, relation.field);
    }
  }
}

void Removal::leave_allowed_collections(const std::string& name) {
  for (const auto& row : schema_->catalog().relation_meta) {
    const auto* value = row.if_contains("one_allowed_collections");
    const auto* allowed = value ? value->if_array() : nullptr;
    if (allowed == nullptr || text_of(row, "many_collection") == name) continue;
    json::array kept;
    for (const auto& other : *allowed) {
      const auto text = std::string(as_text(other).value_or(""));
      if (text != name && !removed_collections_.contains(text)) kept.push_back(other);
    }
    if (kept.size() == allowed->size()) continue;
    adjust_rows(change_, relations_table, {{"one_allowed_collections", kept}},
                {{"id", as_integer(row.at("id")).value_or(0)}});
  }
}

void Removal::collection(const std::string& name) {
  if (schema::is_system_collection(name)) throw ApiError::forbidden();
  const auto& catalog = schema_->catalog();
  const auto* table = catalog.table(name);
  const auto* meta = collection_row(catalog, name);
  if ((table == nullptr || table->is_view) && meta == nullptr) throw ApiError::forbidden();
  json::value names = json::array{json::value(name)};
  change_.filter("collections.delete", names, {{"collection", collections_table}});
  removed_collections_.insert(name);

  adjust_rows(change_, collections_table, {{"group", nullptr}}, {{"group", name}});
  if (meta != nullptr) {
    change_.rows().erase(std::string(collections_table), {{"collection", name}});
    change_.record("delete", collections_table, name);
  }
  if (table != nullptr && !table->is_view) {
    erase_field_rows(name);
    erase_traces(name);
    remove_linked_fields(name);
    leave_allowed_collections(name);
    leave_duplication_fields(name, {});
    change_.drop_table(name);
  }
  change_.model_changed();
  change_.action("collections.delete", {{"payload", names}, {"keys", names}, {"collection", collections_table}});
}

}  // namespace ashlar::system
