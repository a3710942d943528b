#include "database/sqlite/connection.h"

#include <fmt/format.h>

#include <mutex>
#include <thread>

#include "base/text.h"
#include "database/sqlite/error.h"

namespace ashlar::database::sqlite {
namespace {

constexpr int busy_timeout_milliseconds = 30'000;
constexpr int clock_interval = 10'000;  // instructions of SQLite's machine between two looks at the clock

std::unique_ptr<sqlite3, Close> open(const std::string& filename) {
  // Counting memory takes a global lock at every allocation; nobody reads the counters.
  static std::once_flag once;
  std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });

  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int result = sqlite3_open_v2(filename.c_str(), &opened, flags, nullptr);
  std::unique_ptr<sqlite3, Close> database(opened);
  if (result != SQLITE_OK) {
    throw DatabaseError(DatabaseError::Kind::unavailable,
                        fmt::format("the SQLite file {} can't be opened: {}", filename,
                                    opened ? sqlite3_errmsg(opened) : sqlite3_errstr(result)));
  }
  return database;
}

struct Binder {
  sqlite3_stmt* statement;
  int index;
  sqlite3_destructor_type ownership;

  int operator()(std::monostate) const { return sqlite3_bind_null(statement, index); }
  int operator()(bool value) const { return sqlite3_bind_int(statement, index, value ? 1 : 0); }
  int operator()(std::int64_t value) const { return sqlite3_bind_int64(statement, index, value); }
  int operator()(double value) const { return sqlite3_bind_double(statement, index, value); }
  int operator()(const std::string& value) const {
    return sqlite3_bind_text64(statement, index, value.data(), value.size(), ownership, SQLITE_UTF8);
  }
  int operator()(const Blob& value) const {
    return sqlite3_bind_blob64(statement, index, value.bytes.data(), value.bytes.size(), ownership);
  }
};

void bind(sqlite3* database, sqlite3_stmt* statement, std::span<const Value> parameters,
          sqlite3_destructor_type ownership) {
  if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)) != parameters.size()) {
    throw DatabaseError(DatabaseError::Kind::other,
                        fmt::format("{} parameters given, {} expected: {}", parameters.size(),
                                    sqlite3_bind_parameter_count(statement), sqlite3_sql(statement)));
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Binder binder{statement, static_cast<int>(i) + 1, ownership};
    if (std::visit(binder, parameters[i]) != SQLITE_OK) throw_last(database);
  }
}

}  // namespace

// A statement in use; afterwards it holds no lock and no value any more.
class Running {
 public:
  Running(SqliteConnection& connection, std::string_view sql)
      : loan_(connection.statements_, sql, [&](bool kept) { return connection.prepare(sql, kept); }),
        statement_(loan_.statement().get()) {}

  ~Running() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  sqlite3_stmt* statement() const { return statement_; }

 private:
  StatementLoan<Statement> loan_;
  sqlite3_stmt* statement_;
};

class SqliteCursor : public Cursor {
 public:
  SqliteCursor(SqliteConnection& connection, std::string_view sql, std::span<const Value> parameters, bool streams)
      : connection_(connection), running_(connection, sql), streams_(streams) {
    bind(connection.database_.get(), running_.statement(), parameters, SQLITE_TRANSIENT);
    connection.start_clock();
  }

  bool next() override {
    if (done_) return false;
    if (streams_) connection_.start_clock();
    const int result = sqlite3_step(running_.statement());
    if (result == SQLITE_ROW) return true;
    done_ = true;
    if (result != SQLITE_DONE) throw_last(connection_.database_.get());
    // Gives up the read lock at once, also where the cursor lives on.
    sqlite3_reset(running_.statement());
    return false;
  }

  int column_count() const override { return sqlite3_column_count(running_.statement()); }

  Cell cell(int column) const override {
    auto* statement = running_.statement();
    Cell cell;
    switch (sqlite3_column_type(statement, column)) {
      case SQLITE_INTEGER:
        cell.kind = Cell::Kind::integer;
        cell.integer = sqlite3_column_int64(statement, column);
        break;
      case SQLITE_FLOAT:
        cell.kind = Cell::Kind::real;
        cell.real = sqlite3_column_double(statement, column);
        break;
      case SQLITE_TEXT: {
        cell.kind = Cell::Kind::text;
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
        cell.text = {text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
        break;
      }
      case SQLITE_BLOB: {
        cell.kind = Cell::Kind::blob;
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
        cell.text = {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
        break;
      }
      default:
        break;
    }
    return cell;
  }

 private:
  SqliteConnection& connection_;
  Running running_;
  bool streams_;
  bool done_ = false;
};

SqliteConnection::SqliteConnection(const std::string& filename, bool writable,
                                   std::chrono::milliseconds statement_timeout)
    : database_(open(filename)), statement_timeout_(statement_timeout) {
  auto* database = database_.get();
  sqlite3_extended_result_codes(database, 1);
  sqlite3_busy_timeout(database, busy_timeout_milliseconds);
  // A quoted name that does not exist is an error, not a text.
  sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  if (statement_timeout_.count() > 0) sqlite3_progress_handler(database, clock_interval, check_clock, this);

  if (writable) {
    // FULL: an answered write survives a power failure as well, at the price of one fsync per transaction.
    switch_to_wal();
    run("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864");
  } else {
    run("PRAGMA query_only = ON");
  }
  // No mmap: its pages would count into the process's memory once per connection.
  run("PRAGMA cache_size = -2000");
}

// Where several processes open a new file at once, SQLite does not wait its busy timeout for this change.
void SqliteConnection::switch_to_wal() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(busy_timeout_milliseconds);
  for (;;) {
    try {
      run("PRAGMA journal_mode = WAL");
      return;
    } catch (const DatabaseError& error) {
      if (error.kind != DatabaseError::Kind::busy || std::chrono::steady_clock::now() > deadline) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
}

Statement SqliteConnection::prepare(std::string_view sql, bool to_be_kept) {
  sqlite3_stmt* prepared = nullptr;
  const char* rest = nullptr;
  const unsigned flags = to_be_kept ? SQLITE_PREPARE_PERSISTENT : 0;
  if (sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()), flags, &prepared, &rest) !=
      SQLITE_OK) {
    throw_last(database_.get());
  }
  Statement statement(prepared);
  const auto left = trim(sql.substr(static_cast<std::size_t>(rest - sql.data())));
  if (prepared == nullptr || !left.empty()) {
    throw DatabaseError(DatabaseError::Kind::other, fmt::format("not exactly one statement: {}", sql));
  }
  return statement;
}

std::unique_ptr<Cursor> SqliteConnection::query(std::string_view sql, std::span<const Value> parameters) {
  return std::make_unique<SqliteCursor>(*this, sql, parameters, false);
}

std::unique_ptr<Cursor> SqliteConnection::stream(std::string_view sql, std::span<const Value> parameters) {
  return std::make_unique<SqliteCursor>(*this, sql, parameters, true);
}

Executed SqliteConnection::execute(std::string_view sql, std::span<const Value> parameters) {
  const Running running(*this, sql);
  bind(database_.get(), running.statement(), parameters, SQLITE_STATIC);
  start_clock();
  int result = SQLITE_ROW;
  while (result == SQLITE_ROW) result = sqlite3_step(running.statement());
  if (result != SQLITE_DONE) throw_last(database_.get());
  if (sqlite3_stmt_readonly(running.statement()) != 0) return {};
  return {.rows = sqlite3_changes64(database_.get()), .last_insert_id = sqlite3_last_insert_rowid(database_.get())};
}

void SqliteConnection::run(std::string_view sql) {
  start_clock();
  if (sqlite3_exec(database_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw_last(database_.get());
  }
}

void SqliteConnection::cancel() { sqlite3_interrupt(database_.get()); }

void SqliteConnection::begin(bool writing) {
  // Taking the write lock at the start: a transaction that reads first and writes later could not wait for it.
  execute(writing ? "BEGIN IMMEDIATE" : "BEGIN", {});
}

void SqliteConnection::start_clock() {
  if (statement_timeout_.count() > 0) deadline_ = std::chrono::steady_clock::now() + statement_timeout_;
}

int SqliteConnection::check_clock(void* self) {
  return std::chrono::steady_clock::now() > static_cast<SqliteConnection*>(self)->deadline_ ? 1 : 0;
}

}  // namespace ashlar::database::sqlite
