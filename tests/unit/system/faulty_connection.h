// A connection that breaks at one statement, to see what is left of a write that fails there.
#pragma once
#include "database/connection.h"
#include "database/error.h"

namespace ashlar::system::model {

class FaultyConnection final : public database::Connection {
 public:
  // The statement with this number, from 1, fails as if the database had said so, without being run; none does for 0.
  FaultyConnection(database::Connection& inner, int at, database::DatabaseError::Kind kind)
      : inner_(inner), left_(at), kind_(kind) {
    transaction_depth = inner.transaction_depth;
  }

  bool has_failed() const { return has_failed_; }

  std::unique_ptr<database::Cursor> query(std::string_view sql, std::span<const database::Value> parameters) override {
    count();
    return inner_.query(sql, parameters);
  }
  std::unique_ptr<database::Cursor> stream(std::string_view sql, std::span<const database::Value> parameters) override {
    count();
    return inner_.stream(sql, parameters);
  }
  database::Executed execute(std::string_view sql, std::span<const database::Value> parameters) override {
    count();
    return inner_.execute(sql, parameters);
  }
  void run(std::string_view sql) override {
    count();
    inner_.run(sql);
  }
  void cancel() override { inner_.cancel(); }
  bool usable() const override { return inner_.usable(); }
  void begin(bool writing) override { inner_.begin(writing); }

 private:
  void count() {
    if (--left_ != 0) return;
    has_failed_ = true;
    throw database::DatabaseError(kind_, "a fault of the test");
  }

  database::Connection& inner_;
  int left_;
  bool has_failed_ = false;
  database::DatabaseError::Kind kind_;
};

}  // namespace ashlar::system::model
