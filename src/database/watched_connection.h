// A connection that tells somebody of each statement before it is run; see Database.
#pragma once
#include <memory>
#include <utility>

#include "database/connection.h"
#include "database/database.h"

namespace ashlar::database {

class WatchedConnection : public Connection {
 public:
  WatchedConnection(std::unique_ptr<Connection> connection, StatementWatch watch)
      : connection_(std::move(connection)), watch_(std::move(watch)) {}

  std::unique_ptr<Cursor> query(std::string_view sql, std::span<const Value> parameters) override {
    watch_(sql);
    return inner().query(sql, parameters);
  }
  std::unique_ptr<Cursor> stream(std::string_view sql, std::span<const Value> parameters) override {
    watch_(sql);
    return inner().stream(sql, parameters);
  }
  Executed execute(std::string_view sql, std::span<const Value> parameters) override {
    watch_(sql);
    return inner().execute(sql, parameters);
  }
  void run(std::string_view sql) override {
    watch_(sql);
    inner().run(sql);
  }
  void run_script(std::string_view sql) override {
    watch_(sql);
    inner().run_script(sql);
  }
  void cancel() override { connection_->cancel(); }
  bool usable() const override { return connection_->usable(); }
  void begin(bool writing) override {
    watch_("BEGIN");
    inner().begin(writing);
  }
  void start_lease() override { connection_->start_lease(); }

 private:
  // Transactions are counted at this connection; the cursors of the other one look at its own count.
  Connection& inner() {
    connection_->transaction_depth += transaction_depth - std::exchange(depth_told_, transaction_depth);
    return *connection_;
  }

  std::unique_ptr<Connection> connection_;
  int depth_told_ = 0;
  const StatementWatch watch_;
};

}  // namespace ashlar::database
