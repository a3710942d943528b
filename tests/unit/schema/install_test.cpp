#include "schema/install.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "base/text.h"
#include "database/databases.h"
#include "database/ddl.h"
#include "schema/system_tables.h"

namespace ashlar::schema {
namespace {

using Kind = InstallState::Kind;
using database::all_vendors;
using database::vendor_test_name;

class Install : public database::OnDatabase {
 protected:
  InstallOptions options() {
    InstallOptions made;
    made.administrator = Administrator{.email = "admin@example.com", .password_hash = "$argon2id$x", .token = "secret"};
    return made;
  }
  Kind state() { return inspect_installation(database).kind; }
  std::string count(const std::string& from) { return first_cell("SELECT count(*) FROM " + from); }
};
ASHLAR_ON_ALL_DATABASES(Install);

TEST_P(Install, MakesEveryTableAsDescribed) {
  EXPECT_EQ(state(), Kind::not_installed);
  install(database, options());
  EXPECT_EQ(state(), Kind::complete);
  const auto tables = dialect().introspect(*database.reader());
  ASSERT_EQ(tables.size(), system_collections().size());
  for (const auto& collection : system_collections()) {
    const auto& table = *std::ranges::find(tables, collection.name, &database::Table::name);
    std::size_t columns = 0, keys = 0;
    for (const auto& field : collection.fields) {
      if (!field.column) continue;
      const auto* column = table.column(field.name);
      ASSERT_NE(column, nullptr) << collection.name << "." << field.name;
      EXPECT_EQ(table.columns[columns++].name, field.name) << collection.name;
      const bool is_nullable = field.column->spec.is_nullable || (is_sqlite() && field.column->is_nullable_on_sqlite);
      EXPECT_EQ(column->is_nullable, is_nullable) << collection.name << "." << field.name;
      EXPECT_EQ(column->is_primary_key, field.column->spec.is_primary_key);
      EXPECT_EQ(column->has_auto_increment, field.column->spec.has_auto_increment);
      EXPECT_TRUE(column->is_unique || !field.column->is_unique) << collection.name << "." << field.name;
      EXPECT_TRUE(column->is_indexed || !field.column->is_indexed) << collection.name << "." << field.name;
      keys += field.column->references ? 1 : 0;
    }
    EXPECT_EQ(table.columns.size(), columns) << collection.name;
    EXPECT_EQ(table.foreign_keys.size(), keys) << collection.name;
  }
}

TEST_P(Install, IndexesEveryForeignKey) {
  install(database, options());
  for (const auto& table : dialect().introspect(*database.reader())) {
    for (const auto& key : table.foreign_keys) {
      EXPECT_TRUE(std::ranges::any_of(table.indexes,
                                      [&](const database::Index& index) {
                                        return !index.columns.empty() && index.columns.front() == key.columns.front();
                                      }))
          << table.name << "." << key.columns.front();
    }
  }
}

TEST_P(Install, WritesTheRowsOfAFreshInstallation) {
  auto with_names = options();
  with_names.project_name = "Quarry";
  with_names.clock = [] { return Moment{0x0123456789ab}; };
  install(database, with_names);
  EXPECT_EQ(first_cell("SELECT project_name FROM directus_settings WHERE id = 1"), "Quarry");
  EXPECT_EQ(first_cell("SELECT project_id FROM directus_settings").substr(0, 15), "01234567-89ab-7");
  EXPECT_EQ(first_cell("SELECT project_color FROM directus_settings"), "#6644FF");
  EXPECT_EQ(first_cell("SELECT ai_openai_allowed_models FROM directus_settings"),
            R"(["gpt-5-nano","gpt-5-mini","gpt-5"])");
  EXPECT_EQ(first_cell("SELECT icon FROM directus_policies WHERE id = 'abf8a154-5b1c-4a46-ac9c-7300570f4f17'"),
            "public");
  EXPECT_EQ(count("directus_policies"), "2");
  EXPECT_EQ(count("directus_roles"), "1");
  EXPECT_EQ(first_cell("SELECT u.email FROM directus_users u JOIN directus_access a ON a.role = u.role "
                       "JOIN directus_policies p ON p.id = a.policy WHERE p.admin_access AND p.app_access AND "
                       "u.status = 'active' AND u.provider = 'default' AND u.email_notifications"),
            "admin@example.com");
  EXPECT_EQ(count("directus_access WHERE role IS NULL AND sort = 1"), "1");
  EXPECT_EQ(count("directus_migrations"), "101");
  EXPECT_EQ(count("directus_permissions"), "0");
}

TEST_P(Install, LeavesOutWhatIsNotWanted) {
  InstallOptions bare;
  bare.with_admin_role = false;
  install(database, bare);
  EXPECT_EQ(count("directus_roles"), "0");
  EXPECT_EQ(count("directus_users"), "0");
  EXPECT_EQ(count("directus_policies"), "1");
}

TEST_P(Install, DoesNothingTheSecondTime) {
  install(database, options());
  run("UPDATE directus_settings SET project_name = 'Mine'");
  install(database, options());
  EXPECT_EQ(first_cell("SELECT project_name FROM directus_settings"), "Mine");
  EXPECT_EQ(count("directus_users"), "1");
}

TEST_P(Install, WorksOnceWhereSeveralProcessesDoIt) {
  std::vector<std::thread> processes;
  for (int i = 0; i < 3; ++i) {
    processes.emplace_back([&] {
      database::Database own(settings);
      install(own, options());
    });
  }
  for (auto& process : processes) process.join();
  EXPECT_EQ(state(), Kind::complete);
  EXPECT_EQ(count("directus_users"), "1");
  EXPECT_EQ(count("directus_settings"), "1");
}

TEST_P(Install, RefusesDatabasesOfOtherReleases) {
  install(database, options());
  run("DELETE FROM directus_migrations WHERE version = '20260211A'");
  EXPECT_EQ(state(), Kind::outdated);
  EXPECT_EQ(inspect_installation(database).missing, std::vector<std::string>{"20260211A"});
  EXPECT_THROW(install(database, options()), InstallError);
  run("INSERT INTO directus_migrations (version, name) VALUES ('20260211A', 'x'), ('20301231A', 'Future')");
  EXPECT_EQ(state(), Kind::newer);
  try {
    install(database, options());
    FAIL();
  } catch (const InstallError& error) {
    EXPECT_NE(std::string(error.what()).find("20301231A"), std::string::npos);
  }
  EXPECT_EQ(inspect_installation(database, {"20301231A"}).kind, Kind::complete);
}

TEST_P(Install, AcceptsMigrationsOfTheUsersOwn) {
  install(database, options());
  run("INSERT INTO directus_migrations (version, name) VALUES ('20240101Z', 'Mine'), ('mine', 'Mine')");
  EXPECT_EQ(state(), Kind::complete);
}

TEST_P(Install, CompletesWhatWasInterruptedAndTouchesNothingForeign) {
  if (is_mysql()) {
    install(database, options());
    run("DELETE FROM directus_access");
    run("DELETE FROM directus_users");
    run("DELETE FROM directus_policies");
    run("DELETE FROM directus_settings");
    run("DELETE FROM directus_migrations");
    run("DROP TABLE directus_deployment_runs");
    EXPECT_EQ(state(), Kind::not_installed);
    install(database, options());
    EXPECT_EQ(state(), Kind::complete);
    EXPECT_EQ(count("directus_deployment_runs"), "0");
    return;
  }
  run("CREATE TABLE directus_users (id integer PRIMARY KEY)");
  EXPECT_THROW(install(database, options()), InstallError);
  EXPECT_EQ(dialect().introspect(*database.reader()).size(), 1u);
}

}  // namespace
}  // namespace ashlar::schema
