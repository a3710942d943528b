#include "database/mysql/session.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <mutex>
#include <optional>
#include <string>

#include "base/text.h"
#include "database/memory_file.h"
#include "database/mysql/error.h"

namespace ashlar::database::mysql {
namespace {

constexpr unsigned connect_timeout_seconds = 10;

[[noreturn]] void throw_unavailable(MYSQL* session) {
  throw DatabaseError(DatabaseError::Kind::unavailable,
                      fmt::format("no connection to MySQL: {}", session ? mysql_error(session) : "out of memory"));
}

class Ssl {
 public:
  explicit Ssl(const config::DatabaseSettings& settings) : rejects_unauthorized_(settings.ssl_reject_unauthorized) {
    if (!settings.ssl_ca.empty()) ca_.emplace(settings.ssl_ca);
    if (!settings.ssl_cert.empty()) cert_.emplace(settings.ssl_cert);
    if (!settings.ssl_key.empty()) key_.emplace(settings.ssl_key);
  }

  void apply(MYSQL* session) const {
    my_bool yes = 1;
    my_bool verify = rejects_unauthorized_ ? 1 : 0;
    mysql_optionsv(session, MYSQL_OPT_SSL_ENFORCE, &yes);
    mysql_optionsv(session, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    const auto set = [&](mysql_option option, const std::string& path) {
      mysql_optionsv(session, option, path.c_str());
    };
    if (ca_) {
      set(MYSQL_OPT_SSL_CA, ca_->path());
    } else if (rejects_unauthorized_) {
      set(MYSQL_OPT_SSL_CA, system_certificates);
    }
    if (cert_) set(MYSQL_OPT_SSL_CERT, cert_->path());
    if (key_) set(MYSQL_OPT_SSL_KEY, key_->path());
  }

 private:
  bool rejects_unauthorized_;
  std::optional<MemoryFile> ca_, cert_, key_;
};

void execute(MYSQL* session, const std::string& sql) {
  if (mysql_real_query(session, sql.data(), sql.size()) != 0) throw_unavailable(session);
}

// Servers that pass on statements rather than rows to their replicas refuse to write in READ COMMITTED.
bool replicates_statements(MYSQL* session) {
  execute(session, "SELECT @@log_bin = 1 AND @@binlog_format = 'STATEMENT'");
  MYSQL_RES* rows = mysql_store_result(session);
  if (rows == nullptr) throw_unavailable(session);
  const auto* row = mysql_fetch_row(rows);
  const bool is_so = row != nullptr && row[0] != nullptr && *row[0] == '1';
  mysql_free_result(rows);
  return is_so;
}

void set_up(MYSQL* session, const config::DatabaseSettings& settings) {
  execute(session,
          "SET SESSION time_zone = '+00:00',"
          " sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'");
  // As PostgreSQL's: locks on rows rather than on the gaps between them, so that few transactions get into each other's
  // way, and what is read before a write is what is there.
  if (!replicates_statements(session)) execute(session, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
  const auto timeout = settings.statement_timeout_milliseconds;
  if (timeout <= 0) return;
  if (mariadb_connection(session)) {
    execute(session, fmt::format("SET SESSION max_statement_time = {}", static_cast<double>(timeout) / 1000));
  } else {
    execute(session, fmt::format("SET SESSION max_execution_time = {}", timeout));
  }
}

}  // namespace

Session open_session(const config::DatabaseSettings& settings) {
  static std::once_flag once;
  std::call_once(once, [] { mysql_library_init(0, nullptr, nullptr); });

  Session session(mysql_init(nullptr));
  if (session == nullptr) throw_unavailable(nullptr);
  mysql_optionsv(session.get(), MYSQL_OPT_CONNECT_TIMEOUT, &connect_timeout_seconds);
  mysql_optionsv(session.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  std::optional<Ssl> ssl;
  if (settings.ssl) ssl.emplace(settings).apply(session.get());

  const bool by_socket = !settings.socket_path.empty();
  // Else the library takes the socket of its own choice for "localhost".
  const unsigned protocol = by_socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
  mysql_optionsv(session.get(), MYSQL_OPT_PROTOCOL, &protocol);
  const auto port = static_cast<unsigned>(parse_integer(settings.port).value_or(3306));
  if (mysql_real_connect(session.get(), by_socket ? nullptr : settings.host.c_str(), settings.user.c_str(),
                         settings.password.c_str(), settings.name.c_str(), port,
                         by_socket ? settings.socket_path.c_str() : nullptr, CLIENT_FOUND_ROWS) == nullptr) {
    throw_unavailable(session.get());
  }
  set_up(session.get(), settings);
  return session;
}

bool was_closed(MYSQL* session) {
  char byte = 0;
  const auto received = recv(mysql_get_socket(session), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (received < 0) return errno != EAGAIN && errno != EWOULDBLOCK;
  if (received == 0) return true;
  // Something is to be read: the server's farewell, or something of TLS.
  return mysql_ping(session) != 0;
}

}  // namespace ashlar::database::mysql
