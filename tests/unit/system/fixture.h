// A fresh installation on each database, and the functions that change its data model.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "access/store.h"
#include "base/error.h"
#include "base/json_writer.h"
#include "database/databases.h"
#include "events/events.h"
#include "items/services.h"
#include "schema/install.h"
#include "schema/store.h"
#include "support/system_database.h"
#include "system/collections.h"
#include "system/fields.h"
#include "system/relations.h"

namespace ashlar::system {

class WithModel : public testing::TestWithParam<database::Vendor> {
 protected:
  WithModel() {
    schema::install(database, {.with_admin_role = false});
    admin.user = "00000000-0000-4000-8000-0000000000aa";
    admin.admin = true;
    admin.ip = "127.0.0.1";
  }

  bool is(database::Vendor vendor) const { return GetParam() == vendor; }
  static json::value parsed(std::string_view text) { return json::parse(text); }
  static std::string printed(const json::value& value) {
    std::string out;
    write_json(out, value);
    return out;
  }

  json::value create(std::string_view body) { return create_collections(services, &admin, parsed(body), false); }
  json::object add_field(std::string_view collection, std::string_view body) {
    return create_field(services, &admin, collection, parsed(body), false);
  }
  json::object change_field(std::string_view collection, std::string_view field, std::string_view body) {
    return update_field(services, &admin, collection, field, parsed(body), false);
  }
  json::object relate(std::string_view body) { return create_relation(services, &admin, parsed(body)); }

  // A table with a key that fills itself and these further fields.
  void table(const std::string& name, const std::string& fields = {}) {
    create(R"({"collection": ")" + name +
           R"(", "schema": {}, "meta": {}, "fields": [{"field": "id", "type": "integer", "meta": {},
           "schema": {"is_primary_key": true, "has_auto_increment": true}})" +
           (fields.empty() ? "" : ", " + fields) + "]}");
  }

  std::vector<std::string> field_names(std::string_view collection) {
    std::vector<std::string> names;
    for (const auto& field : read_fields(services, &admin, collection)) names.push_back(to_text(field.at("field")));
    return names;
  }
  json::value field(std::string_view collection, std::string_view name) {
    return read_field(services, &admin, collection, name);
  }
  bool has_collection(std::string_view name) { return services.schemas.current()->catalog().table(name) != nullptr; }

  void add(std::string_view table, std::initializer_list<std::pair<std::string_view, database::Value>> values) {
    test::add_row(database, table, values);
  }

  // The columns of all rows, separated by commas; one line a row, in the order of the first.
  std::string rows(std::string_view table, const std::vector<std::string>& columns, std::string_view where = {}) {
    const auto& dialect = database.dialect();
    std::string sql = "SELECT ";
    for (std::size_t i = 0; i < columns.size(); ++i) sql += (i > 0 ? ", " : "") + dialect.quoted(columns[i]);
    sql += " FROM " + dialect.quoted(table) + std::string(where.empty() ? "" : " WHERE ") + std::string(where) +
           " ORDER BY " + dialect.quoted(columns.front());
    const auto connection = database.reader();
    const auto cursor = connection->query(sql);
    std::string out;
    while (cursor->next()) {
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto cell = cursor->cell(static_cast<int>(i));
        out += (i > 0 ? "," : "") + (cell.is_null() ? "null" : cell.to_string());
      }
      out += '\n';
    }
    return out;
  }

  // What was recorded, in order: "create directus_fields 1".
  std::string activity() {
    const auto connection = database.reader();
    const auto& dialect = database.dialect();
    const auto cursor = connection->query("SELECT " + dialect.quoted("action") + ", " + dialect.quoted("collection") +
                                          ", " + dialect.quoted("item") + " FROM " +
                                          dialect.quoted("directus_activity") + " ORDER BY " + dialect.quoted("id"));
    std::string out;
    while (cursor->next()) {
      out += cursor->cell(0).to_string() + ' ' + cursor->cell(1).to_string() + ' ' + cursor->cell(2).to_string() + '\n';
    }
    return out;
  }

  // The error's code, or "none".
  template <typename Work>
  static std::string code_of(const Work& work) {
    try {
      work();
      return "none";
    } catch (const ApiError& error) {
      return error.details().front().code;
    }
  }

  config::DatabaseSettings settings = database::fresh_settings(GetParam());
  std::function<void(std::string_view sql)> statement_watch;  // before each statement; may throw
  database::Database database{settings,
                              {.before =
                                   [this](std::string_view sql) {
                                     if (statement_watch) statement_watch(sql);
                                   },
                               .after = {}}};
  schema::SchemaStore schemas{database, {"excluded"}};
  access::AccessStore access{database};
  events::Emitter events;
  items::Services services{.database = database, .schemas = schemas, .access = access, .events = events, .limits = {}};
  access::Accountability admin;
};

}  // namespace ashlar::system
