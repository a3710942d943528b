#include "schema/install.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json_writer.h"
#include "base/random.h"
#include "base/text.h"
#include "database/ddl.h"
#include "database/row_statements.h"
#include "schema/system_tables.h"

namespace ashlar::schema {
namespace {

using database::Connection;
using database::Ddl;
using database::Dialect;
using database::SqlText;
using database::Value;
using database::Vendor;

constexpr std::string_view public_policy_id = "abf8a154-5b1c-4a46-ac9c-7300570f4f17";

// Made at install by the reference's migrations, so they are no defaults of the columns.
constexpr std::string_view openai_models = R"(["gpt-5-nano","gpt-5-mini","gpt-5"])";
constexpr std::string_view anthropic_models = R"(["claude-haiku-4-5","claude-sonnet-4-5"])";
constexpr std::string_view google_models =
    R"(["gemini-3-pro-preview","gemini-3-flash-preview","gemini-2.5-pro","gemini-2.5-flash"])";

// One installation at a time: an arbitrary number that all processes agree on.
constexpr std::int64_t install_lock = 7'310'579'212'024'001;

// ---- tables

database::TableSpec table_spec(const SystemCollection& collection, Vendor vendor) {
  database::TableSpec table;
  table.name = collection.name;
  for (const auto& field : collection.fields) {
    if (!field.column) continue;
    const auto& column = *field.column;
    auto spec = column.spec;
    if (vendor == Vendor::sqlite && column.is_nullable_on_sqlite) spec.is_nullable = true;
    table.columns.push_back(spec);
    if (column.is_unique) table.indexes.push_back({.columns = {spec.name}, .is_unique = true});
    // MySQL has an index for each foreign key, which the reference leaves it at.
    const bool has_index_by_key = vendor == Vendor::mysql && column.references;
    if (column.is_indexed && !has_index_by_key) table.indexes.push_back({.columns = {spec.name}, .is_unique = false});
    if (column.references) {
      table.foreign_keys.push_back({.table = table.name,
                                    .column = spec.name,
                                    .referenced_table = column.references->table,
                                    .referenced_column = column.references->column,
                                    .on_delete = column.references->on_delete,
                                    .on_update = {}});
    }
  }
  for (const auto& columns : collection.unique_together) {
    table.indexes.push_back({.columns = columns, .is_unique = true});
  }
  return table;
}

void append_with_needed(const SystemCollection& collection, std::set<std::string>& seen,
                        std::vector<const SystemCollection*>& ordered) {
  if (!seen.insert(collection.name).second) return;
  for (const auto& field : collection.fields) {
    if (field.column && field.column->references) {
      append_with_needed(*system_collection(field.column->references->table), seen, ordered);
    }
  }
  ordered.push_back(&collection);
}

// The tables so that each comes behind those that it refers to.
std::vector<const SystemCollection*> in_order_of_need() {
  std::set<std::string> seen;
  std::vector<const SystemCollection*> ordered;
  for (const auto& collection : system_collections()) append_with_needed(collection, seen, ordered);
  return ordered;
}

void create_tables(Connection& connection, const Dialect& dialect) {
  Ddl ddl(connection, dialect);
  for (const auto* collection : in_order_of_need()) {
    if (ddl.has_table(collection->name)) {
      // Of an attempt that was interrupted. Elsewhere there is none, since the transaction took all back.
      if (dialect.vendor() == Vendor::mysql) continue;
      throw InstallError(
          fmt::format("The database is not installed, but has a table \"{}\". Remove it, or use another database.",
                      collection->name));
    }
    ddl.create_table(table_spec(*collection, dialect.vendor()));
    if (dialect.vendor() != Vendor::mysql) continue;
    for (const auto& field : collection->fields) {
      if (!field.column || !field.column->is_indexed_on_mysql) continue;
      connection.run(fmt::format("CREATE INDEX {} ON {} ({})",
                                 dialect.quoted(ddl.constraint_name(collection->name, field.name, "foreign")),
                                 dialect.quoted(collection->name), dialect.quoted(field.name)));
    }
  }
}

// ---- rows

struct NamedValue {
  std::string_view column;
  Value value;
};

void insert(Connection& connection, const Dialect& dialect, std::string_view table,
            const std::vector<NamedValue>& values) {
  const auto sql = database::insert_text(dialect, table, values);
  connection.execute(sql.text, sql.parameters);
}

Value text(std::string_view value) { return std::string(value); }

Value text_or_null(const std::optional<std::string>& value) { return value ? Value(*value) : Value(std::monostate{}); }

void insert_settings(Connection& connection, const Dialect& dialect, const InstallOptions& options) {
  std::vector<NamedValue> values = {{"project_id", time_ordered_uuid(options.clock())},
                                    {"ai_openai_allowed_models", text(openai_models)},
                                    {"ai_anthropic_allowed_models", text(anthropic_models)},
                                    {"ai_google_allowed_models", text(google_models)}};
  if (options.project_name) values.push_back({"project_name", *options.project_name});
  if (options.project_owner) values.push_back({"project_owner", *options.project_owner});
  insert(connection, dialect, "directus_settings", values);
}

void insert_public_policy(Connection& connection, const Dialect& dialect) {
  insert(connection, dialect, "directus_policies",
         {{"id", text(public_policy_id)},
          {"name", text("$t:public_label")},
          {"icon", text("public")},
          {"description", text("$t:public_description")}});
  insert(connection, dialect, "directus_access",
         {{"id", random_uuid()}, {"policy", text(public_policy_id)}, {"sort", std::int64_t{1}}});
}

void insert_administration(Connection& connection, const Dialect& dialect, const InstallOptions& options) {
  const auto role = random_uuid();
  const auto policy = random_uuid();
  insert(connection, dialect, "directus_roles",
         {{"id", role},
          {"name", text("Administrator")},
          {"icon", text("verified")},
          {"description", text("$t:admin_description")}});
  insert(connection, dialect, "directus_policies",
         {{"id", policy},
          {"name", text("Administrator")},
          {"icon", text("verified")},
          {"description", text("$t:admin_description")},
          {"admin_access", true},
          {"app_access", true}});
  insert(connection, dialect, "directus_access", {{"id", random_uuid()}, {"role", role}, {"policy", policy}});
  if (!options.administrator) return;
  insert(connection, dialect, "directus_users",
         {{"id", random_uuid()},
          {"first_name", text("Admin")},
          {"last_name", text("User")},
          {"email", options.administrator->email},
          {"password", options.administrator->password_hash},
          {"role", role},
          {"token", text_or_null(options.administrator->token)}});
}

void insert_migrations(Connection& connection, const Dialect& dialect) {
  SqlText sql(dialect);
  sql << "INSERT INTO ";
  sql.name("directus_migrations") << " (";
  sql.name("version") << ", ";
  sql.name("name") << ") VALUES ";
  std::string_view separator;
  for (const auto& migration : system_migrations()) {
    sql << separator << "(";
    sql.bind_all({migration.version, migration.name}) << ")";
    separator = ", ";
  }
  connection.execute(sql.text, sql.parameters);
}

void insert_rows(Connection& connection, const Dialect& dialect, const InstallOptions& options) {
  insert_settings(connection, dialect, options);
  insert_public_policy(connection, dialect);
  if (options.with_admin_role) insert_administration(connection, dialect, options);
  insert_migrations(connection, dialect);
}

// ---- the two ways

// True where there is nothing to do.
bool is_done(Connection& connection, const Dialect& dialect, const InstallOptions& options) {
  const auto state = inspect_installation(connection, dialect, options.own_migrations);
  if (state.kind == InstallState::Kind::not_installed) return false;
  if (state.kind != InstallState::Kind::complete) throw InstallError(state.explanation());
  return true;
}

void install_in_transaction(Connection& connection, const Dialect& dialect, const InstallOptions& options) {
  if (dialect.vendor() == Vendor::postgres) {
    connection.execute("SELECT pg_advisory_xact_lock($1)", std::vector<Value>{install_lock});
  }
  if (is_done(connection, dialect, options)) return;
  create_tables(connection, dialect);
  insert_rows(connection, dialect, options);
}

// MySQL commits with each table, so a lock keeps other processes out instead.
void install_step_by_step(Connection& connection, const Dialect& dialect, const InstallOptions& options) {
  const auto lock = fmt::format("ashlar_install_{}", install_lock);
  connection.execute("SELECT GET_LOCK(?, 600)", std::vector<Value>{lock});
  auto unlock = [&] { connection.execute("SELECT RELEASE_LOCK(?)", std::vector<Value>{lock}); };
  try {
    if (!is_done(connection, dialect, options)) {
      create_tables(connection, dialect);
      database::Transaction transaction(connection);
      insert_rows(connection, dialect, options);
      transaction.commit();
    }
  } catch (...) {
    if (connection.usable()) unlock();
    throw;
  }
  unlock();
}

// Whether a version looks like the reference's own: the date and a letter.
bool is_release_version(std::string_view version) {
  return version.size() == 9 && version[8] >= 'A' && version[8] <= 'Z' &&
         std::ranges::all_of(version.substr(0, 8), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string InstallState::explanation() const {
  switch (kind) {
    case Kind::not_installed:
      return "The database is not installed. Run `ashlar bootstrap`.";
    case Kind::outdated:
      return fmt::format(
          "The database was made by an older release: the migrations {} are missing. Update it with Directus 11.17.4 "
          "first.",
          join(missing, ", "));
    case Kind::newer:
      return fmt::format(
          "The database was made by a newer release: the migrations {} are unknown. Restore a copy from before, or use "
          "another database.",
          join(unknown, ", "));
    case Kind::complete:
      break;
  }
  return {};
}

InstallState inspect_installation(Connection& connection, const Dialect& dialect,
                                  const std::vector<std::string>& own_migrations) {
  InstallState state;
  if (!Ddl(connection, dialect).has_table("directus_migrations")) return state;
  std::set<std::string, std::less<>> recorded;
  {
    const auto rows = connection.query(
        fmt::format("SELECT {} FROM {}", dialect.quoted("version"), dialect.quoted("directus_migrations")));
    while (rows->next()) recorded.insert(rows->cell(0).to_string());
  }
  if (recorded.empty()) return state;

  const auto& known = system_migrations();
  for (const auto& migration : known) {
    if (!recorded.contains(migration.version)) state.missing.push_back(migration.version);
  }
  for (const auto& version : recorded) {
    const bool is_own = std::ranges::find(own_migrations, version) != own_migrations.end();
    if (!is_own && is_release_version(version) && version > known.back().version) state.unknown.push_back(version);
  }
  state.kind = !state.unknown.empty()   ? InstallState::Kind::newer
               : !state.missing.empty() ? InstallState::Kind::outdated
                                        : InstallState::Kind::complete;
  return state;
}

InstallState inspect_installation(database::Database& database, const std::vector<std::string>& own_migrations) {
  return inspect_installation(*database.reader(), database.dialect(), own_migrations);
}

void install(database::Database& database, const InstallOptions& options) {
  if (database.dialect().vendor() == Vendor::mysql) {
    install_step_by_step(*database.writer(), database.dialect(), options);
  } else {
    database.transact([&](Connection& connection) { install_in_transaction(connection, database.dialect(), options); });
  }
}

}  // namespace ashlar::schema
