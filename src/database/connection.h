// One connection to a database. Drivers: sqlite/, postgres/, mysql/. Used by one thread at a time; got from Database as
// a Lease, which gives it back.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "database/error.h"
#include "database/value.h"

namespace ashlar::database {

// The rows of a running query, one after the other. At most one cursor of a connection may be open at a time on
// PostgreSQL and MySQL, so read it to the end, or destroy it, before the next statement.
class Cursor {
 public:
  virtual ~Cursor() = default;
  // Moves to the next row; false after the last one. Throws DatabaseError.
  virtual bool next() = 0;
  virtual int column_count() const = 0;
  // A column of the current row, from 0.
  virtual Cell cell(int column) const = 0;
};

struct Executed {
  std::int64_t rows = 0;            // inserted, changed or deleted
  std::int64_t last_insert_id = 0;  // SQLite and MySQL: the auto-increment key of the last insert
};

class Connection {
 public:
  virtual ~Connection() = default;

  // Runs a statement that gives rows. Statements are prepared once and kept by their text. The parameters are bound
  // to the placeholders in order. Throws DatabaseError.
  virtual std::unique_ptr<Cursor> query(std::string_view sql, std::span<const Value> parameters = {}) = 0;

  // Runs a statement to its end and leaves out its rows.
  virtual Executed execute(std::string_view sql, std::span<const Value> parameters = {}) = 0;

  // Runs one statement without preparing it: DDL, BEGIN, SET ...
  virtual void run(std::string_view sql) = 0;

  // Stops the running statement, from any thread: it ends with DatabaseError::Kind::timeout.
  virtual void cancel() = 0;

  // False after the connection was lost: the pool then makes another one.
  virtual bool usable() const = 0;

  // How many transactions are open: 0 none, above 1 savepoints. Kept by Transaction.
  int transaction_depth = 0;
};

// A transaction, or a savepoint where one is open already. Rolls back when it is destroyed without commit().
class Transaction {
 public:
  // `writing` false opens a transaction that only reads a consistent state.
  explicit Transaction(Connection& connection, bool writing = true);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();
  void rollback();

 private:
  Connection& connection_;
  int depth_;
  bool open_ = true;
};

}  // namespace ashlar::database
