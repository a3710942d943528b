// A database with tables of a test's own, and everything that reads and writes their items.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "access/store.h"
#include "base/error.h"
#include "database/databases.h"
#include "database/ddl.h"
#include "items/read.h"
#include "items/write.h"
#include "support/system_database.h"

namespace ashlar::items {

inline const std::string admin_id = "00000000-0000-4000-8000-0000000000aa";
inline const std::string user_id = "00000000-0000-4000-8000-0000000000bb";
inline const std::string policy_id = "00000000-0000-4000-8000-000000000011";

using database::ColumnSpec;
using database::Type;

inline ColumnSpec auto_key(std::string name = "id") {
  return {.name = std::move(name),
          .type = Type::integer,
          .is_nullable = false,
          .is_primary_key = true,
          .has_auto_increment = true};
}
inline ColumnSpec own_key(std::string name, Type type) {
  return {.name = std::move(name), .type = type, .is_nullable = false, .is_primary_key = true};
}
inline ColumnSpec column(std::string name, Type type = Type::string) { return {.name = std::move(name), .type = type}; }
inline ColumnSpec required(std::string name, Type type = Type::string) {
  return {.name = std::move(name), .type = type, .is_nullable = false};
}
inline ColumnSpec reference(std::string name) {
  return {.name = std::move(name), .type = Type::integer, .refers_to_auto_increment = true};
}

class WithItems : public testing::TestWithParam<database::Vendor> {
 protected:
  WithItems() {
    test::make_system_tables(
        database,
        {"directus_collections", "directus_fields", "directus_relations", "directus_roles", "directus_policies",
         "directus_access", "directus_permissions", "directus_users", "directus_activity", "directus_revisions"});
    test::add_row(database, "directus_users", {{"id", admin_id}, {"email", std::string("admin@example.com")}});
    test::add_row(database, "directus_users", {{"id", user_id}, {"email", std::string("user@example.com")}});
    test::add_row(database, "directus_policies", {{"id", policy_id}, {"name", std::string("p")}});
    admin.user = admin_id;
    admin.admin = true;
    admin.ip = "127.0.0.1";
    user.user = user_id;
    user.policies = {policy_id};
  }

  bool is(database::Vendor vendor) const { return GetParam() == vendor; }

  // ---- the data model
  void table(std::string name, std::vector<ColumnSpec> columns) {
    database.transact([&](database::Connection& connection) {
      database::Ddl(connection, database.dialect()).create_table({name, columns, {}});
    });
  }
  void foreign_key(std::string collection, std::string field, std::string target) {
    database.transact([&](database::Connection& connection) {
      database::Ddl(connection, database.dialect()).add_foreign_key({collection, field, target, "id", "SET NULL", {}});
    });
  }
  void unique(std::string_view collection, std::string_view field) {
    database.transact([&](database::Connection& connection) {
      database::Ddl(connection, database.dialect()).add_index(collection, field, true);
    });
  }
  void field(const std::string& collection, const std::string& name, const std::string& special,
             const std::string& validation = {}) {
    test::add_row(database, "directus_fields",
                  {{"collection", collection},
                   {"field", name},
                   {"special", special.empty() ? database::Value() : database::Value(special)},
                   {"validation", validation.empty() ? database::Value() : database::Value(validation)}});
  }
  struct RelationMeta {
    std::string one_field, junction_field, sort_field, deselect;
  };
  void relation(const std::string& many, const std::string& many_field, const std::string& one,
                const RelationMeta& meta = {}) {
    const auto text = [](const std::string& value) {
      return value.empty() ? database::Value() : database::Value(value);
    };
    test::add_row(database, "directus_relations",
                  {{"many_collection", many},
                   {"many_field", many_field},
                   {"one_collection", one},
                   {"one_field", text(meta.one_field)},
                   {"junction_field", text(meta.junction_field)},
                   {"sort_field", text(meta.sort_field)},
                   {"one_deselect_action", text(meta.deselect.empty() ? "nullify" : meta.deselect)}});
    if (!meta.one_field.empty()) field(one, meta.one_field, "o2m");
  }
  void permission(const std::string& collection, const std::string& action, const std::string& fields = "*",
                  const std::string& rule = {}, const std::string& validation = {}, const std::string& presets = {}) {
    const auto text = [](const std::string& value) {
      return value.empty() ? database::Value() : database::Value(value);
    };
    test::add_row(database, "directus_permissions",
                  {{"policy", policy_id},
                   {"collection", collection},
                   {"action", action},
                   {"fields", fields},
                   {"permissions", text(rule)},
                   {"validation", text(validation)},
                   {"presets", text(presets)}});
    access.invalidate();
  }

  // ---- writing and reading, in JSON text
  static json::value parsed(std::string_view text) { return json::parse(text); }
  json::value create(std::string_view collection, std::string_view payload) {
    return create(&admin, collection, payload);
  }
  json::value create(const access::Accountability* who, std::string_view collection, std::string_view payload) {
    return create_item(services, who, collection, parsed(payload).as_object());
  }
  Keys update(std::string_view collection, const Keys& keys, std::string_view data) {
    return update(&admin, collection, keys, data);
  }
  Keys update(const access::Accountability* who, std::string_view collection, const Keys& keys, std::string_view data) {
    return update_items(services, who, collection, keys, parsed(data).as_object());
  }
  // The rows of a collection as JSON text, with full rights.
  std::string rows(std::string_view collection, std::vector<std::string> fields = {"*"}, std::string_view filter = {}) {
    query::Query query;
    query.fields = std::move(fields);
    query.sort = {{"id", false}};
    query.limit = -1;
    if (!filter.empty()) query.filter = parsed(filter);
    return json::serialize(read_value(services, nullptr, collection, query, {}));
  }
  std::string row(std::string_view collection, const json::value& key, std::vector<std::string> fields = {"*"}) {
    query::Query query;
    query.fields = std::move(fields);
    return json::serialize(read_value(services, nullptr, collection, query, {key, std::nullopt}));
  }
  // The extensions of the errors of a write: "CODE field=name type=required path=[author]; ...".
  template <typename Work>
  static std::string error_of(const Work& work) {
    try {
      work();
      return "no error";
    } catch (const ApiError& error) {
      std::string text;
      for (const auto& detail : error.details()) {
        if (!text.empty()) text += "; ";
        text += detail.code;
        for (const auto& member : detail.extensions) {
          if (member.key() == "reason") continue;
          text.append(" ").append(member.key()).append("=").append(json::serialize(member.value()));
        }
      }
      return text;
    }
  }

  config::DatabaseSettings settings = database::fresh_settings(GetParam());
  std::vector<std::string> statements;  // all that were run
  database::Database database{settings,
                              {.before = [this](std::string_view sql) { statements.emplace_back(sql); }, .after = {}}};
  schema::SchemaStore schemas{database, {}};
  access::AccessStore access{database};
  events::Emitter events;
  Services services{.database = database, .schemas = schemas, .access = access, .events = events, .limits = {}};
  access::Accountability admin, user;
};

#define ASHLAR_ITEMS_ON_ALL_DATABASES(suite) \
  INSTANTIATE_TEST_SUITE_P(All, suite, testing::ValuesIn(database::all_vendors), database::vendor_test_name)

}  // namespace ashlar::items
