#include "schema/system_tables.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace ashlar::schema {
namespace {

const SystemField& field(std::string_view collection, std::string_view name) {
  return *system_collection(collection)->field(name);
}

TEST(SystemTables, DescribeEveryTableOfTheReference) {
  EXPECT_EQ(system_collections().size(), 29u);
  std::size_t fields = 0, columns = 0;
  for (const auto& collection : system_collections()) {
    fields += collection.fields.size();
    columns += static_cast<std::size_t>(
        std::ranges::count_if(collection.fields, [](const auto& candidate) { return candidate.column.has_value(); }));
  }
  EXPECT_EQ(fields, 404u);
  EXPECT_EQ(columns, 354u);
  EXPECT_TRUE(std::ranges::is_sorted(system_collections(), {}, &SystemCollection::name));
  EXPECT_EQ(system_collection("directus_nothing"), nullptr);
}

TEST(SystemTables, GiveEachTableOnePrimaryKeyAndReferencesThatExist) {
  for (const auto& collection : system_collections()) {
    int keys = 0;
    for (const auto& candidate : collection.fields) {
      if (!candidate.column) continue;
      if (candidate.column->spec.is_primary_key) ++keys;
      if (candidate.column->references) {
        const auto& reference = *candidate.column->references;
        ASSERT_NE(system_collection(reference.table), nullptr) << collection.name << "." << candidate.name;
        EXPECT_EQ(field(reference.table, reference.column).column->spec.type, candidate.column->spec.type);
      }
    }
    EXPECT_EQ(keys, 1) << collection.name;
  }
}

TEST(SystemTables, TellTypeLengthNullabilityAndDefaultOfColumns) {
  const auto& collapse = field("directus_collections", "collapse").column->spec;
  EXPECT_EQ(collapse.type, database::Type::string);
  EXPECT_FALSE(collapse.is_nullable);
  EXPECT_EQ(collapse.default_value.text, "open");
  EXPECT_EQ(field("directus_fields", "special").type, database::Type::csv);
  EXPECT_EQ(field("directus_fields", "special").column->spec.type, database::Type::string);
  EXPECT_EQ(field("directus_fields", "special").column->spec.length, 64);
  EXPECT_EQ(field("directus_settings", "public_registration").column->spec.default_value.text, "false");
  EXPECT_FALSE(field("directus_settings", "public_registration").column->spec.default_value.is_text);
  EXPECT_EQ(field("directus_activity", "timestamp").column->spec.default_value.kind,
            database::ColumnDefault::Kind::current_timestamp);
  EXPECT_TRUE(field("directus_activity", "timestamp").column->is_indexed);
  EXPECT_TRUE(field("directus_users", "email").column->is_unique);
  EXPECT_FALSE(field("directus_users", "policies").column.has_value());
}

TEST(SystemTables, ServeAllKeysOfFieldMeta) {
  const std::set<std::string, std::less<>> keys = {
      "system",          "collection", "field",    "special",   "interface", "options", "display",
      "display_options", "readonly",   "hidden",   "sort",      "width",     "group",   "note",
      "translations",    "conditions", "required", "searchable"};
  for (const auto& collection : system_collections()) {
    for (const auto& candidate : collection.fields) {
      if (!candidate.has_meta) continue;
      std::set<std::string, std::less<>> found;
      for (const auto& member : candidate.meta) found.insert(member.key());
      EXPECT_EQ(found, keys) << collection.name << "." << candidate.name;
    }
  }
  EXPECT_FALSE(field("directus_deployments", "webhook_secret").has_meta);
  EXPECT_EQ(field("directus_users", "role").meta.at("special"), (json::array{"m2o"}));
  EXPECT_EQ(field("directus_users", "role").meta.at("width"), "half");
}

TEST(SystemTables, ServeCollectionMetaWithJustItsKeys) {
  EXPECT_EQ(system_collection("directus_access")->meta.at("sort_field"), "sort");
  EXPECT_FALSE(system_collection("directus_activity")->meta.contains("sort_field"));
  EXPECT_TRUE(system_collection("directus_activity")->meta.at("accountability").is_null());
  EXPECT_EQ(system_collection("directus_settings")->meta.at("singleton"), true);
}

TEST(SystemTables, RelateOnlyFieldsThatExist) {
  EXPECT_EQ(system_relations().size(), 54u);
  for (const auto& relation : system_relations()) {
    EXPECT_NE(system_collection(relation.many_collection)->field(relation.many_field), nullptr);
    // The reference names an alias there that it does not have.
    if (relation.many_collection == "directus_fields" && relation.many_field == "collection") continue;
    if (relation.one_field) {
      EXPECT_NE(system_collection(relation.one_collection)->field(*relation.one_field), nullptr);
    }
  }
  EXPECT_TRUE(system_relations().front().meta().at("one_allowed_collections").is_null());
}

TEST(SystemTables, GrantAppAccessAndKnowTheMigrations) {
  EXPECT_EQ(app_access_permissions().size(), 20u);
  EXPECT_EQ(system_migrations().size(), 101u);
  EXPECT_TRUE(std::ranges::is_sorted(system_migrations(), {}, &Migration::version));
  EXPECT_EQ(system_migrations().back().version, "20260211A");
}

}  // namespace
}  // namespace ashlar::schema
