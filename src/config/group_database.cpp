#include <fmt/format.h>

#include "base/text.h"
#include "config/error.h"
#include "config/groups.h"

namespace ashlar::config {
namespace {

void require(const Reader& reader, std::string_view client, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    if (reader.is_given(name) && (!reader.text(name).empty() || name == "DB_PASSWORD")) continue;
    throw ConfigError(fmt::format("{} is not set: the database client {} needs it", name, client));
  }
}

std::string read_client(const Reader& reader) {
  if (!reader.is_given("DB_CLIENT")) {
    throw ConfigError("DB_CLIENT is not set: it says which kind of database to use (sqlite3, pg or mysql)");
  }
  // Read as text first, so that the answer to a wrong one names only what works here.
  const auto client = reader.text("DB_CLIENT");
  for (const std::string_view supported : {"sqlite3", "pg", "mysql"}) {
    if (client == supported) return client;
  }
  for (const std::string_view known : {"cockroachdb", "mssql", "oracledb"}) {
    if (client == known) {
      throw ConfigError(fmt::format("DB_CLIENT: {} is not supported; expected sqlite3, pg or mysql", client));
    }
  }
  reader.refuse("DB_CLIENT", "sqlite3, pg or mysql");
}

void require_connection(const Reader& reader, const std::string& client) {
  if (client == "sqlite3") {
    require(reader, client, {"DB_FILENAME"});
  } else if (client == "pg") {
    if (!reader.text("DB_CONNECTION_STRING").empty()) return;
    require(reader, client, {"DB_HOST", "DB_PORT", "DB_DATABASE", "DB_USER"});
  } else {
    if (reader.text("DB_SOCKET_PATH").empty()) require(reader, client, {"DB_HOST", "DB_PORT"});
    require(reader, client, {"DB_DATABASE", "DB_USER", "DB_PASSWORD"});
  }
}

void read_tls(const Reader& reader, const Environment& environment, DatabaseSettings& database) {
  database.ssl_ca = reader.text("DB_SSL__CA");
  database.ssl_cert = reader.text("DB_SSL__CERT");
  database.ssl_key = reader.text("DB_SSL__KEY");
  database.ssl_reject_unauthorized = reader.boolean("DB_SSL__REJECT_UNAUTHORIZED");
  const auto value = reader.value("DB_SSL");
  if (const auto* options = value.if_object()) {
    const auto text = [&](std::string_view name) { return std::string(text_member(value, name).value_or("")); };
    if (const auto ca = text("ca"); !ca.empty()) database.ssl_ca = ca;
    if (const auto cert = text("cert"); !cert.empty()) database.ssl_cert = cert;
    if (const auto key = text("key"); !key.empty()) database.ssl_key = key;
    if (const auto* reject = options->if_contains("rejectUnauthorized"); reject && reject->is_bool()) {
      database.ssl_reject_unauthorized = reject->get_bool();
    }
    database.ssl = true;
  } else if (reader.is_given("DB_SSL")) {
    database.ssl = reader.boolean("DB_SSL");
  } else {
    database.ssl = !environment.nested("DB_SSL__").empty();
  }
}

}  // namespace

DatabaseSettings read_database(const Reader& reader, const Environment& environment) {
  DatabaseSettings database;
  database.client = read_client(reader);
  require_connection(reader, database.client);
  database.filename = reader.text("DB_FILENAME");
  database.host = reader.text("DB_HOST");
  if (const auto port = reader.optional_integer("DB_PORT")) {
    if (*port > 65'535) reader.refuse("DB_PORT", "a port number from 1 to 65535");
    database.port = std::to_string(*port);
  }
  database.user = reader.text("DB_USER");
  database.password = reader.text("DB_PASSWORD");
  database.name = reader.text("DB_DATABASE");
  database.connection_string = reader.text("DB_CONNECTION_STRING");
  database.socket_path = reader.text("DB_SOCKET_PATH");
  database.search_path = reader.list("DB_SEARCH_PATH");
  database.excluded_tables = reader.list("DB_EXCLUDE_TABLES");
  database.charset = reader.text("DB_CHARSET");
  database.timezone = reader.text("DB_TIMEZONE");
  read_tls(reader, environment, database);
  database.pool_min = static_cast<int>(reader.integer("DB_POOL__MIN"));
  database.pool_max = static_cast<int>(reader.integer("DB_POOL__MAX"));
  if (database.pool_min > database.pool_max) {
    throw ConfigError(fmt::format("DB_POOL__MIN: expected no more than DB_POOL__MAX ({}), found {}", database.pool_max,
                                  database.pool_min));
  }
  database.acquire_timeout_milliseconds = reader.milliseconds("DB_POOL__ACQUIRE_TIMEOUT_MILLIS");
  database.statement_timeout_milliseconds = reader.milliseconds("ASHLAR_DB_STATEMENT_TIMEOUT");
  database.healthcheck_threshold_milliseconds = reader.milliseconds("DB_HEALTHCHECK_THRESHOLD");
  return database;
}

}  // namespace ashlar::config
