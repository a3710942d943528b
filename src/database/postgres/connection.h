// A connection to PostgreSQL (libpq). Parameters and results travel as text, parameter types are the server's choice.
#pragma once
#include <libpq-fe.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "database/connection.h"
#include "database/postgres/session.h"
#include "database/statement_cache.h"

namespace ashlar::database::postgres {

// A prepared statement on the server. When it is destroyed, its name goes to the list of those to be given up.
class Prepared {
 public:
  Prepared(std::string name, std::vector<std::string>& given_up) : name_(std::move(name)), given_up_(&given_up) {}
  ~Prepared() {
    if (!name_.empty()) given_up_->push_back(std::move(name_));
  }
  Prepared(Prepared&& other) noexcept : name_(std::exchange(other.name_, {})), given_up_(other.given_up_) {}
  Prepared& operator=(Prepared&&) = delete;

  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::vector<std::string>* given_up_;
};

// How often tables were changed through the connections of one pool. Prepared statements of before may be wrong: their
// parameters keep the types that the columns had.
using TableChanges = std::shared_ptr<std::atomic<std::uint64_t>>;

class PostgresConnection : public Connection {
 public:
  // Connects. Throws DatabaseError (unavailable).
  PostgresConnection(const config::DatabaseSettings& settings, TableChanges changes);

  std::unique_ptr<Cursor> query(std::string_view sql, std::span<const Value> parameters) override;
  std::unique_ptr<Cursor> stream(std::string_view sql, std::span<const Value> parameters) override;
  Executed execute(std::string_view sql, std::span<const Value> parameters) override;
  void run(std::string_view sql) override;
  void cancel() override;
  bool usable() const override { return !is_lost_ && PQstatus(session_.get()) == CONNECTION_OK; }
  void begin(bool writing) override;
  void start_lease() override;

 private:
  friend class StreamingCursor;

  struct FreeCancel {
    void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }
  };
  // What libpq wants to know of the parameters; kept, so that no statement allocates it anew.
  struct Bound {
    std::vector<const char*> values;
    std::vector<int> lengths, formats;
    std::vector<std::array<char, 32>> numbers;
  };

  void connect();
  void bind(std::span<const Value> parameters);
  // Runs `attempt` (which sends a statement and gives its result), again where that is safe: when the server had closed
  // the connection before the loan's first statement, and when a plan went stale. Throws where the result is an error.
  template <class Attempt>
  Result attempt(std::string_view sql, Attempt attempt);
  Result run_prepared(std::string_view sql, std::span<const Value> parameters);
  Result run_simple(std::string_view sql);
  Result run_once(const std::string& sql, std::span<const Value> parameters);
  const char* prepared(std::string_view sql, Result& failure);
  void give_up_statements();
  void forget_statements();
  void note_change(std::string_view sql, const PGresult* result);
  void report_changes();
  bool in_transaction() const { return PQtransactionStatus(session_.get()) != PQTRANS_IDLE; }

  const config::DatabaseSettings settings_;
  std::mutex cancel_mutex_;
  std::unique_ptr<PGcancel, FreeCancel> cancel_;
  std::vector<std::string> given_up_;
  StatementCache<Prepared> statements_{256};
  std::uint64_t statement_number_ = 0;
  std::uint64_t cursor_number_ = 0;
  Bound bound_;
  const TableChanges changes_;
  std::uint64_t changes_seen_;
  bool has_changed_tables_ = false;  // in the open transaction
  bool is_first_statement_ = false;
  bool is_lost_ = false;
  Session session_;
};

}  // namespace ashlar::database::postgres
