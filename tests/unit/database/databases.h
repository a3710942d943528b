// The three databases that every test of this folder runs on.
#pragma once
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "database/database.h"
#include "support/servers.h"

namespace ashlar::database {

inline config::DatabaseSettings fresh_settings(Vendor vendor) {
  switch (vendor) {
    case Vendor::postgres:
      return test::PostgresServer::shared().fresh_database();
    case Vendor::mysql:
      return test::MariadbServer::shared().fresh_database();
    case Vendor::sqlite:
      break;
  }
  return test::fresh_sqlite_database();
}

inline std::string vendor_test_name(const testing::TestParamInfo<Vendor>& info) {
  switch (info.param) {
    case Vendor::postgres:
      return "PostgreSQL";
    case Vendor::mysql:
      return "MariaDB";
    case Vendor::sqlite:
      break;
  }
  return "SQLite";
}

// A test with an empty database of its own.
class OnDatabase : public testing::TestWithParam<Vendor> {
 protected:
  bool is(Vendor vendor) const { return GetParam() == vendor; }
  bool is_sqlite() const { return is(Vendor::sqlite); }
  bool is_postgres() const { return is(Vendor::postgres); }
  bool is_mysql() const { return is(Vendor::mysql); }

  // The text for the database at hand.
  std::string by_vendor(std::string sqlite, std::string postgres, std::string mysql) const {
    return is_sqlite() ? sqlite : is_postgres() ? postgres : mysql;
  }

  const Dialect& dialect() const { return database.dialect(); }
  std::string quoted(std::string_view name) const { return dialect().quoted(name); }

  void run(const std::string& sql) { database.writer()->run(sql); }

  // Runs a piece of SQL made with the dialect as the only column of a query, and gives its text; "null" for null.
  std::string evaluate(const SqlText& piece, std::string_view from = "") {
    const auto connection = database.reader();
    return first_cell(*connection, "SELECT " + piece.text + std::string(from), piece.parameters);
  }

  static std::string first_cell(Connection& connection, std::string_view sql, std::span<const Value> parameters = {}) {
    const auto rows = connection.query(sql, parameters);
    if (!rows->next()) return "no row";
    return rows->cell(0).is_null() ? "null" : rows->cell(0).to_string();
  }

  std::string first_cell(std::string_view sql, std::span<const Value> parameters = {}) {
    return first_cell(*database.reader(), sql, parameters);
  }

  // The text with ? as the database spells its placeholders.
  std::string numbered(std::string_view sql) const {
    std::string out;
    int number = 0;
    for (const char c : sql) {
      if (c == '?') {
        dialect().placeholder(out, ++number);
      } else {
        out += c;
      }
    }
    return out;
  }

  config::DatabaseSettings settings = fresh_settings(GetParam());
  Database database{settings};
};

inline const auto all_vendors = {Vendor::sqlite, Vendor::postgres, Vendor::mysql};
inline const auto server_vendors = {Vendor::postgres, Vendor::mysql};

// For tests of what not every database has: ASHLAR_ON_DATABASES(Suite, Vendor::sqlite, Vendor::postgres).
#define ASHLAR_ON_DATABASES(suite, ...) \
  INSTANTIATE_TEST_SUITE_P(Some, suite, testing::Values(__VA_ARGS__), ashlar::database::vendor_test_name)

#define ASHLAR_ON_ALL_DATABASES(suite)                                                   \
  INSTANTIATE_TEST_SUITE_P(All, suite, testing::ValuesIn(ashlar::database::all_vendors), \
                           ashlar::database::vendor_test_name)

}  // namespace ashlar::database
