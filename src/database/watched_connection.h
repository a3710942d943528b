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
    return connection_->query(sql, parameters);
  }
  std::unique_ptr<Cursor> stream(std::string_view sql, std::span<const Value> parameters) override {
    watch_(sql);
    return connection_->stream(sql, parameters);
  }
  Executed execute(std::string_view sql, std::span<const Value> parameters) override {
    watch_(sql);
    return connection_->execute(sql, parameters);
  }
  void run(std::string_view sql) override {
    watch_(sql);
    connection_->run(sql);
  }
  void run_script(std::string_view sql) override {
    watch_(sql);
    connection_->run_script(sql);
  }
  void cancel() override { connection_->cancel(); }
  bool usable() const override { return connection_->usable(); }
  void begin(bool writing) override {
    watch_("BEGIN");
    connection_->begin(writing);
  }
  void start_lease() override { connection_->start_lease(); }

 private:
  std::unique_ptr<Connection> connection_;
  const StatementWatch watch_;
};

}  // namespace ashlar::database
