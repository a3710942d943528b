// A connection to a SQLite file: write-ahead log, foreign keys checked, waiting up to 30 s for other processes.
#pragma once
#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <string>

#include "database/connection.h"
#include "database/statement_cache.h"

namespace ashlar::database::sqlite {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};

class SqliteConnection : public Connection {
 public:
  // Creates the file if it is missing. A connection that is not `writable` refuses to change anything.
  // `statement_timeout` 0: none.
  SqliteConnection(const std::string& filename, bool writable, std::chrono::milliseconds statement_timeout);

  std::unique_ptr<Cursor> query(std::string_view sql, std::span<const Value> parameters) override;
  // The time limit then holds for each row, since whoever takes them may be slow.
  std::unique_ptr<Cursor> stream(std::string_view sql, std::span<const Value> parameters) override;
  Executed execute(std::string_view sql, std::span<const Value> parameters) override;
  void run(std::string_view sql) override;
  void cancel() override;
  bool usable() const override { return true; }
  void begin(bool writing) override;

 private:
  friend class SqliteCursor;
  friend class Running;

  void switch_to_wal();
  Statement prepare(std::string_view sql, bool to_be_kept);
  void start_clock();
  static int check_clock(void* self);

  std::unique_ptr<sqlite3, Close> database_;
  StatementCache<Statement> statements_{256};
  std::chrono::milliseconds statement_timeout_;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace ashlar::database::sqlite
