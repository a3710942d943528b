// Rows of directus_collections, directus_fields and directus_relations: from the `meta` of a body to what the columns
// hold, with the activity and revisions that follow from it (contract schema 10).
#pragma once
#include <string>
#include <string_view>

#include "base/json.h"
#include "system/change_set.h"

namespace ashlar::system {

inline constexpr std::string_view collections_table = "directus_collections";
inline constexpr std::string_view fields_table = "directus_fields";
inline constexpr std::string_view relations_table = "directus_relations";

// Those members that are columns of the table; the auto-increment key is not among them.
json::object known_members(const schema::Collection& table, const json::object& meta);

// The values of the members as their columns store them.
Columns encode_members(const schema::Collection& table, const json::object& members, const database::Dialect& dialect);

// Make and change a row. Members that are no columns are dropped; what names the row (collection, field ...) is set to
// what the arguments say. Throw ApiError for what the database refuses. Relations leave no activity.

void create_collection_row(ChangeSet& change, const std::string& collection, const json::object& meta);
// `row` is what is there.
void update_collection_row(ChangeSet& change, const json::object& row, const json::object& meta);

std::int64_t create_field_row(ChangeSet& change, const std::string& collection, const std::string& field,
                              const json::object& meta);
// `row` is what is there.
void update_field_row(ChangeSet& change, const json::object& row, const json::object& meta);

void create_relation_row(ChangeSet& change, const std::string& collection, const std::string& field,
                         const json::value& related, const json::object& meta);
void update_relation_row(ChangeSet& change, const json::object& row, const json::object& meta);

// Sets single columns of rows without leaving activity: what follows from a change of something else.
void adjust_rows(ChangeSet& change, std::string_view table, const json::object& members, const Columns& where);

}  // namespace ashlar::system
