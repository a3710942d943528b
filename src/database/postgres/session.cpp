#include "database/postgres/session.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "database/dialect_parts.h"
#include "database/error.h"
#include "database/memory_file.h"

namespace ashlar::database::postgres {
namespace {

class ConnectionParameters {
 public:
  explicit ConnectionParameters(const config::DatabaseSettings& settings) {
    if (!settings.connection_string.empty()) {
      add("dbname", settings.connection_string);
    } else {
      add("host", settings.host);
      add("port", settings.port);
      add("user", settings.user);
      add("password", settings.password);
      add("dbname", settings.name);
      if (!settings.ssl) add("sslmode", "disable");
    }
    if (settings.ssl) add_ssl(settings);
    add("client_encoding", "UTF8");
    add("application_name", "ashlar");
    add("connect_timeout", "10");
    add("gssencmode", "disable");
    // A peer that vanished is noticed within about a minute, also while waiting for its answer.
    add("keepalives_idle", "30");
    add("keepalives_interval", "10");
    add("keepalives_count", "3");
    add("tcp_user_timeout", "60000");
  }

  Session connect() const {
    std::vector<const char*> keys, values;
    for (const auto& [key, value] : parameters_) {
      keys.push_back(key);
      values.push_back(value.c_str());
    }
    keys.push_back(nullptr);
    values.push_back(nullptr);
    return Session(PQconnectdbParams(keys.data(), values.data(), 1));
  }

 private:
  void add(const char* key, const std::string& value) {
    if (!value.empty()) parameters_.emplace_back(key, value);
  }

  void add_file(const char* key, const std::string& text) {
    if (text.empty()) return;
    files_.push_back(std::make_unique<MemoryFile>(text));
    add(key, files_.back()->path());
  }

  void add_ssl(const config::DatabaseSettings& settings) {
    add("sslmode", settings.ssl_reject_unauthorized ? "verify-full" : "require");
    if (settings.ssl_reject_unauthorized) {
      if (settings.ssl_ca.empty()) add("sslrootcert", system_certificates);
      add_file("sslrootcert", settings.ssl_ca);
    }
    add_file("sslcert", settings.ssl_cert);
    add_file("sslkey", settings.ssl_key);
  }

  std::vector<std::pair<const char*, std::string>> parameters_;
  std::vector<std::unique_ptr<MemoryFile>> files_;
};

void log_notice(void*, const char* message) { log::debug("postgres: {}", trim(message)); }

std::string set_up(const config::DatabaseSettings& settings) {
  // Cursors are read to their end: planned for all of their rows rather than for the first ones.
  std::string sql =
      "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET standard_conforming_strings = on;"
      "SET bytea_output = hex; SET cursor_tuple_fraction = 1";
  if (!settings.search_path.empty()) {
    sql += "; SET search_path = ";
    for (std::size_t i = 0; i < settings.search_path.size(); ++i) {
      if (i > 0) sql += ", ";
      quote_with(sql, settings.search_path[i], '"');
    }
  }
  if (settings.statement_timeout_milliseconds > 0) {
    sql += fmt::format("; SET statement_timeout = {}", settings.statement_timeout_milliseconds);
  }
  return sql;
}

[[noreturn]] void throw_unavailable(const PGconn* connection) {
  const auto message = connection == nullptr ? "out of memory" : PQerrorMessage(connection);
  throw DatabaseError(DatabaseError::Kind::unavailable, fmt::format("no connection to PostgreSQL: {}", trim(message)));
}

}  // namespace

Session open_session(const config::DatabaseSettings& settings) {
  Session session = ConnectionParameters(settings).connect();
  if (session == nullptr || PQstatus(session.get()) != CONNECTION_OK) throw_unavailable(session.get());
  PQsetNoticeProcessor(session.get(), log_notice, nullptr);
  const Result result(PQexec(session.get(), set_up(settings).c_str()));
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) throw_unavailable(session.get());
  return session;
}

bool was_closed(PGconn* connection) {
  if (PQstatus(connection) != CONNECTION_OK) return true;
  // Nothing is to be read from an idle connection but notices, changed parameters, and the server's farewell.
  for (int reads = 0; reads < 4; ++reads) {
    char byte = 0;
    const auto received = recv(PQsocket(connection), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (received < 0) return errno != EAGAIN && errno != EWOULDBLOCK;
    if (PQconsumeInput(connection) == 0 || PQstatus(connection) != CONNECTION_OK) return true;
    while (PGnotify* notification = PQnotifies(connection)) PQfreemem(notification);
  }
  return false;
}

}  // namespace ashlar::database::postgres
