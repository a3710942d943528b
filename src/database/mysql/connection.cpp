#include "database/mysql/connection.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "database/mysql/error.h"
#include "database/mysql/results.h"

namespace ashlar::database::mysql {
namespace {

using Kind = DatabaseError::Kind;

constexpr unsigned long rows_at_once = 1000;  // of a cursor

constexpr unsigned no_such_savepoint = 1305;     // ER_SP_DOES_NOT_EXIST
constexpr unsigned unknown_statement = 1243;     // ER_UNKNOWN_STMT_HANDLER
constexpr unsigned must_be_prepared = 1615;      // ER_NEED_REPREPARE
constexpr unsigned other_result_columns = 2057;  // CR_NEW_STMT_METADATA

bool is_stale(unsigned error) {
  return error == unknown_statement || error == must_be_prepared || error == other_result_columns;
}

bool is_repeatable(std::string_view sql) {
  const auto word = trim(sql).substr(0, 6);
  return equals_ignoring_case(word, "select") || equals_ignoring_case(word, "start ");
}

struct Binder {
  MYSQL_BIND& bound;

  void operator()(std::monostate) const { bound.buffer_type = MYSQL_TYPE_NULL; }
  void operator()(const bool& value) const { set(MYSQL_TYPE_TINY, &value, sizeof value); }
  void operator()(const std::int64_t& value) const { set(MYSQL_TYPE_LONGLONG, &value, sizeof value); }
  void operator()(const double& value) const { set(MYSQL_TYPE_DOUBLE, &value, sizeof value); }
  void operator()(const std::string& value) const { set(MYSQL_TYPE_STRING, value.data(), value.size()); }
  void operator()(const Blob& value) const { set(MYSQL_TYPE_BLOB, value.bytes.data(), value.bytes.size()); }

  void set(enum_field_types type, const void* data, std::size_t size) const {
    bound.buffer_type = type;
    bound.buffer = const_cast<void*>(data);
    bound.buffer_length = size;
  }
};

}  // namespace

class MysqlCursor : public Cursor {
 public:
  MysqlCursor(MysqlConnection& connection, std::unique_ptr<MysqlConnection::Loan> loan)
      : connection_(connection), loan_(std::move(loan)), statement_(loan_->statement().get()), reader_(statement_) {}

  ~MysqlCursor() override { finish(); }

  bool next() override {
    if (done_) return false;
    bool failed = false;
    if (reader_.next(statement_, failed)) return true;
    if (failed) {
      done_ = true;
      const auto error = translate(mysql_stmt_errno(statement_), mysql_stmt_error(statement_));
      connection_.is_lost_ = connection_.is_lost_ || is_lost(mysql_stmt_errno(statement_));
      throw error;
    }
    done_ = true;
    finish();
    return false;
  }

  int column_count() const override { return reader_.column_count(); }
  Cell cell(int column) const override { return reader_.cell(column); }

 private:
  void finish() {
    if (loan_ == nullptr) return;
    mysql_stmt_free_result(statement_);
    loan_.reset();
  }

  MysqlConnection& connection_;
  std::unique_ptr<MysqlConnection::Loan> loan_;
  MYSQL_STMT* statement_;
  bool done_ = false;
  RowReader reader_;
};

MysqlConnection::MysqlConnection(const config::DatabaseSettings& settings) : settings_(settings) { connect(); }

void MysqlConnection::connect() {
  statements_.clear();
  session_ = open_session(settings_);
  session_number_ = mysql_thread_id(session_.get());
  is_lost_ = false;
}

void MysqlConnection::throw_error() {
  last_error_ = mysql_errno(session_.get());
  is_lost_ = is_lost_ || is_lost(last_error_);
  throw translate(last_error_, mysql_error(session_.get()));
}

void MysqlConnection::throw_error(MYSQL_STMT* statement) {
  last_error_ = mysql_stmt_errno(statement);
  is_lost_ = is_lost_ || is_lost(last_error_);
  const auto error = translate(last_error_, mysql_stmt_error(statement));
  mysql_stmt_free_result(statement);
  throw error;
}

template <class Attempt>
auto MysqlConnection::attempt(std::string_view sql, Attempt attempt) {
  const bool is_first = std::exchange(is_first_statement_, false) && transaction_depth == 0;
  if (is_first && was_closed(session_.get())) connect();
  last_error_ = 0;
  try {
    return attempt();
  } catch (const DatabaseError& error) {
    if (std::exchange(is_spoilt_, false)) statements_.drop(sql);
    const bool may_reconnect = is_first && is_lost_ && is_repeatable(sql);
    if (!may_reconnect && !is_stale(last_error_)) throw;
    log::debug("MySQL statement is run again: {}", error.what());
    if (may_reconnect) {
      connect();
    } else {
      statements_.drop(sql);
    }
  }
  return attempt();
}

Statement MysqlConnection::prepare(std::string_view sql) {
  Statement statement(mysql_stmt_init(session_.get()));
  if (statement == nullptr) throw DatabaseError(Kind::other, "out of memory");
  if (mysql_stmt_prepare(statement.get(), sql.data(), sql.size()) != 0) throw_error(statement.get());
  return statement;
}

// An error in the midst of a result, as a deadlock is for rows that are read to be locked: the library would wait for
// the rest of it when the statement is run again.
void MysqlConnection::store_result(MYSQL_STMT* statement) {
  if (mysql_stmt_field_count(statement) == 0 || mysql_stmt_store_result(statement) == 0) return;
  is_spoilt_ = true;
  throw_error(statement);
}

// Sends the statement. Its result is still to be read, with `as_cursor` in pieces from a cursor of the server.
std::unique_ptr<MysqlConnection::Loan> MysqlConnection::run_prepared(std::string_view sql,
                                                                     std::span<const Value> parameters,
                                                                     bool as_cursor) {
  auto loan = std::make_unique<Loan>(statements_, sql, [&](bool) { return prepare(sql); });
  auto* statement = loan->statement().get();
  if (mysql_stmt_param_count(statement) != parameters.size()) {
    throw DatabaseError(Kind::other, fmt::format("{} parameters given, {} expected: {}", parameters.size(),
                                                 mysql_stmt_param_count(statement), sql));
  }
  std::vector<MYSQL_BIND> binds(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) std::visit(Binder{binds[i]}, parameters[i]);
  if (!binds.empty()) mysql_stmt_bind_param(statement, binds.data());
  const unsigned long cursor = as_cursor ? CURSOR_TYPE_READ_ONLY : CURSOR_TYPE_NO_CURSOR;
  mysql_stmt_attr_set(statement, STMT_ATTR_CURSOR_TYPE, &cursor);
  if (as_cursor) mysql_stmt_attr_set(statement, STMT_ATTR_PREFETCH_ROWS, &rows_at_once);
  if (mysql_stmt_execute(statement) != 0) throw_error(statement);
  return loan;
}

std::unique_ptr<Cursor> MysqlConnection::query(std::string_view sql, std::span<const Value> parameters) {
  auto loan = attempt(sql, [&] {
    auto executed = run_prepared(sql, parameters, false);
    store_result(executed->statement().get());
    return executed;
  });
  return std::make_unique<MysqlCursor>(*this, std::move(loan));
}

std::unique_ptr<Cursor> MysqlConnection::stream(std::string_view sql, std::span<const Value> parameters) {
  return std::make_unique<MysqlCursor>(*this, attempt(sql, [&] { return run_prepared(sql, parameters, true); }));
}

Executed MysqlConnection::execute(std::string_view sql, std::span<const Value> parameters) {
  return attempt(sql, [&]() -> Executed {
    const auto loan = run_prepared(sql, parameters, false);
    auto* statement = loan->statement().get();
    if (mysql_stmt_field_count(statement) > 0) {
      store_result(statement);
      mysql_stmt_free_result(statement);
      return {};
    }
    return {.rows = static_cast<std::int64_t>(mysql_stmt_affected_rows(statement)),
            .last_insert_id = static_cast<std::int64_t>(mysql_stmt_insert_id(statement))};
  });
}

void MysqlConnection::run(std::string_view sql) {
  attempt(sql, [&] {
    if (mysql_real_query(session_.get(), sql.data(), sql.size()) != 0) {
      // DDL commits by itself, and the savepoints are gone with the transaction.
      const bool is_savepoint = sql.starts_with("RELEASE SAVEPOINT") || sql.starts_with("ROLLBACK TO SAVEPOINT");
      if (is_savepoint && mysql_errno(session_.get()) == no_such_savepoint) return;
      throw_error();
    }
    MYSQL_RES* rows = mysql_store_result(session_.get());
    if (rows != nullptr) {
      mysql_free_result(rows);
    } else if (mysql_errno(session_.get()) != 0) {
      throw_error();
    }
  });
}

void MysqlConnection::run_script(std::string_view sql) {
  attempt(sql, [&] {
    auto* session = session_.get();
    if (mysql_set_server_option(session, MYSQL_OPTION_MULTI_STATEMENTS_ON) != 0) throw_error();
    bool has_failed = mysql_real_query(session, sql.data(), sql.size()) != 0;
    while (!has_failed) {
      mysql_free_result(mysql_store_result(session));  // null where there are no rows, which is fine
      const int next = mysql_next_result(session);
      if (next < 0) break;
      has_failed = next > 0;
    }
    if (has_failed) {
      try {
        throw_error();
      } catch (...) {
        mysql_set_server_option(session, MYSQL_OPTION_MULTI_STATEMENTS_OFF);
        throw;
      }
    }
    mysql_set_server_option(session, MYSQL_OPTION_MULTI_STATEMENTS_OFF);
  });
}

void MysqlConnection::cancel() {
  try {
    const auto other = open_session(settings_);
    const auto sql = fmt::format("KILL QUERY {}", session_number_.load());
    mysql_real_query(other.get(), sql.data(), sql.size());
  } catch (const DatabaseError& error) {
    log::debug("a statement could not be cancelled: {}", error.what());
  }
}

void MysqlConnection::begin(bool writing) {
  if (!writing) run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  run(writing ? "START TRANSACTION" : "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
}

}  // namespace ashlar::database::mysql
