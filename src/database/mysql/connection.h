// A connection to MySQL or MariaDB (MariaDB Connector/C, prepared statements).
#pragma once
#include <mysql.h>

#include <atomic>
#include <memory>
#include <string>

#include "config/settings.h"
#include "database/connection.h"
#include "database/mysql/session.h"
#include "database/statement_cache.h"

namespace ashlar::database::mysql {

struct CloseStatement {
  void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
};
using Statement = std::unique_ptr<MYSQL_STMT, CloseStatement>;

class MysqlConnection : public Connection {
 public:
  // Connects. Throws DatabaseError (unavailable).
  explicit MysqlConnection(const config::DatabaseSettings& settings);

  std::unique_ptr<Cursor> query(std::string_view sql, std::span<const Value> parameters) override;
  std::unique_ptr<Cursor> stream(std::string_view sql, std::span<const Value> parameters) override;
  Executed execute(std::string_view sql, std::span<const Value> parameters) override;
  void run(std::string_view sql) override;
  void run_script(std::string_view sql) override;
  void cancel() override;
  bool usable() const override { return !is_lost_; }
  void begin(bool writing) override;
  void start_lease() override { is_first_statement_ = true; }

 private:
  friend class MysqlCursor;
  using Loan = StatementLoan<Statement>;

  void connect();
  Statement prepare(std::string_view sql);
  // Runs `attempt`, again where that is safe; see PostgresConnection::attempt.
  template <class Attempt>
  auto attempt(std::string_view sql, Attempt attempt);
  void store_result(MYSQL_STMT* statement);
  std::unique_ptr<Loan> run_prepared(std::string_view sql, std::span<const Value> parameters, bool as_cursor);
  [[noreturn]] void throw_error();
  [[noreturn]] void throw_error(MYSQL_STMT* statement);

  const config::DatabaseSettings settings_;
  std::atomic<unsigned long> session_number_ = 0;
  bool is_first_statement_ = false;
  bool is_lost_ = false;
  bool is_spoilt_ = false;  // the statement that failed must not be run again
  unsigned last_error_ = 0;
  Session session_;
  StatementCache<Statement> statements_{256};  // closed before the session
};

}  // namespace ashlar::database::mysql
