// A connection that tells somebody of each statement; see Database.
#pragma once
#include <chrono>
#include <memory>
#include <type_traits>
#include <utility>

#include "database/connection.h"
#include "database/database.h"

namespace ashlar::database {

class WatchedConnection : public Connection {
 public:
  WatchedConnection(std::unique_ptr<Connection> connection, StatementWatch watch)
      : connection_(std::move(connection)), watch_(std::move(watch)) {}

  std::unique_ptr<Cursor> query(std::string_view sql, std::span<const Value> parameters) override {
    return watched(sql, [&] { return connection_->query(sql, parameters); });
  }
  std::unique_ptr<Cursor> stream(std::string_view sql, std::span<const Value> parameters) override {
    return watched(sql, [&] { return connection_->stream(sql, parameters); });
  }
  Executed execute(std::string_view sql, std::span<const Value> parameters) override {
    return watched(sql, [&] { return connection_->execute(sql, parameters); });
  }
  void run(std::string_view sql) override {
    watched(sql, [&] { return connection_->run(sql), 0; });
  }
  void run_script(std::string_view sql) override {
    watched(sql, [&] { return connection_->run_script(sql), 0; });
  }
  void cancel() override { connection_->cancel(); }
  bool usable() const override { return connection_->usable(); }
  void begin(bool writing) override {
    watched("BEGIN", [&] { return connection_->begin(writing), 0; });
  }
  void start_lease() override { connection_->start_lease(); }

 private:
  template <class Work>
  std::invoke_result_t<const Work&> watched(std::string_view sql, const Work& work) {
    if (watch_.before) watch_.before(sql);
    // Transactions are counted at this connection; the cursors of the other one look at its own count.
    connection_->transaction_depth += transaction_depth - std::exchange(depth_told_, transaction_depth);
    const auto start = std::chrono::steady_clock::now();
    auto result = work();
    if (watch_.after) {
      watch_.after(std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start));
    }
    return result;
  }

  std::unique_ptr<Connection> connection_;
  int depth_told_ = 0;
  const StatementWatch watch_;
};

}  // namespace ashlar::database
