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

// The rows of a query, one after the other. Destroy it, or read it to its end, before the transaction that it belongs
// to ends. Other statements may run on the connection while it is read.
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
  // to the placeholders in order. Throws DatabaseError, here or from the cursor. PostgreSQL and MySQL hold the whole
  // result in memory.
  virtual std::unique_ptr<Cursor> query(std::string_view sql, std::span<const Value> parameters = {}) = 0;

  // As query(), for results of any size: memory stays flat, at the price of some more round trips. Where no transaction
  // is open, PostgreSQL opens one that only reads, for as long as the cursor lives.
  virtual std::unique_ptr<Cursor> stream(std::string_view sql, std::span<const Value> parameters = {}) {
    return query(sql, parameters);
  }

  // Runs a statement to its end and leaves out its rows.
  virtual Executed execute(std::string_view sql, std::span<const Value> parameters = {}) = 0;

  // Runs one statement without preparing it: DDL, BEGIN, SET ...
  virtual void run(std::string_view sql) = 0;

  // Runs any number of statements, separated by semicolons, as a file holds them. Stops at the first error.
  virtual void run_script(std::string_view sql) { run(sql); }

  // Stops the running statement, from any thread: it ends with DatabaseError::Kind::timeout.
  virtual void cancel() = 0;

  // False after the connection was lost: the pool then makes another one.
  virtual bool usable() const = 0;

  // Opens a transaction (see Transaction, which is what callers use).
  virtual void begin(bool writing) = 0;

  // The pool says so before each loan. The first statement of a loan finds out whether the server closed the connection
  // in the meantime, and then connects anew.
  virtual void start_lease() {}

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
