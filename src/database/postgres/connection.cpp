#include "database/postgres/connection.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "database/postgres/error.h"
#include "database/postgres/results.h"

namespace ashlar::database::postgres {
namespace {

using Kind = DatabaseError::Kind;

constexpr std::size_t statements_given_up_at_once = 16;

bool is_error(const PGresult* result) {
  switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
      return false;
    default:
      return true;
  }
}

// Whether the error may come from a statement that was prepared before its tables changed, maybe by another server.
enum class Staleness { none, possible, sure };

Staleness staleness_of(const PGresult* result) {
  const auto state = sql_state(result);
  // The server does not know the statement (any more).
  if (state == "26000") return Staleness::sure;
  if (state == "0A000") {
    const bool is_plan = std::string_view(PQresultErrorMessage(result)).find("cached plan") != std::string_view::npos;
    return is_plan ? Staleness::sure : Staleness::none;
  }
  // Types that do not go together: no value causes that.
  if (state == "42804" || state == "42883") return Staleness::sure;
  // A value that does not fit the parameter's type, which may be the one that the column had.
  if (state == "22P02" || state == "22007" || state == "22003") return Staleness::possible;
  return Staleness::none;
}

// The server says goodbye with such an error.
bool is_fatal(const PGresult* result) {
  const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  return severity != nullptr && (std::string_view(severity) == "FATAL" || std::string_view(severity) == "PANIC");
}

// Whether running it twice does no harm. A writing statement may have been done before the connection broke.
bool is_repeatable(std::string_view sql) {
  const auto word = trim(sql).substr(0, 6);
  return equals_ignoring_case(word, "select") || equals_ignoring_case(word.substr(0, 5), "begin");
}

class BufferedCursor : public Cursor {
 public:
  explicit BufferedCursor(Result result) : result_(std::move(result)), rows_(PQntuples(result_.get())) {}

  bool next() override {
    if (row_ + 1 >= rows_) return false;
    ++row_;
    return true;
  }
  int column_count() const override { return PQnfields(result_.get()); }
  Cell cell(int column) const override { return reader_.cell(result_.get(), row_, column); }

 private:
  Result result_;
  int rows_;
  int row_ = -1;
  RowReader reader_;
};

}  // namespace

// A cursor of the server, read in pieces, so that other statements may run in between. It lives in a transaction: in
// the open one, else in one of its own that only reads.
class StreamingCursor : public Cursor {
 public:
  StreamingCursor(PostgresConnection& connection, std::string_view sql, std::span<const Value> parameters)
      : connection_(connection), name_(fmt::format("stream_{}", ++connection.cursor_number_)) {
    if (connection.transaction_depth == 0) transaction_.emplace(connection, false);
    connection.run_once(fmt::format("DECLARE {} NO SCROLL CURSOR FOR {}", name_, sql), parameters);
    fetch();
  }

  ~StreamingCursor() override {
    try {
      close();
    } catch (const DatabaseError& error) {
      log::debug("a cursor could not be closed: {}", error.what());
    }
  }

  bool next() override {
    if (++row_ < PQntuples(result_.get())) return true;
    if (PQntuples(result_.get()) < rows_at_once) {
      close();
      return false;
    }
    fetch();
    row_ = 0;
    return PQntuples(result_.get()) > 0;
  }

  int column_count() const override { return PQnfields(result_.get()); }
  Cell cell(int column) const override { return reader_.cell(result_.get(), row_, column); }

 private:
  static constexpr int rows_at_once = 1000;

  void fetch() { result_ = connection_.run_simple(fmt::format("FETCH {} FROM {}", rows_at_once, name_)); }

  void close() {
    if (std::exchange(is_closed_, true)) return;
    if (transaction_) {
      transaction_->rollback();  // the cursor ends with it
    } else {
      connection_.run("CLOSE " + name_);
    }
  }

  PostgresConnection& connection_;
  std::string name_;
  std::optional<Transaction> transaction_;
  Result result_;
  int row_ = -1;
  bool is_closed_ = false;
  RowReader reader_;
};

PostgresConnection::PostgresConnection(const config::DatabaseSettings& settings, TableChanges changes)
    : settings_(settings), changes_(std::move(changes)), changes_seen_(*changes_) {
  connect();
}

void PostgresConnection::start_lease() {
  is_first_statement_ = true;
  const auto changes = changes_->load(std::memory_order_acquire);
  if (std::exchange(changes_seen_, changes) != changes) statements_.clear();
}

// Statements that change tables are told by the tags that the server answers with.
void PostgresConnection::note_change(std::string_view sql, const PGresult* result) {
  if (PQresultStatus(result) != PGRES_COMMAND_OK) return;
  const std::string_view tag = PQcmdStatus(const_cast<PGresult*>(result));
  const bool is_change = tag.starts_with("ALTER") || tag.starts_with("CREATE") || tag.starts_with("DROP");
  if (is_change || sql.find(';') != std::string_view::npos) {
    has_changed_tables_ = true;
    statements_.clear();
  }
  if (has_changed_tables_ && !in_transaction()) report_changes();
}

// Others see the change once it is committed; to report one that was rolled back only costs them some work.
void PostgresConnection::report_changes() {
  has_changed_tables_ = false;
  changes_->fetch_add(1, std::memory_order_release);
}

void PostgresConnection::connect() {
  forget_statements();
  auto session = open_session(settings_);
  const std::lock_guard lock(cancel_mutex_);
  cancel_.reset(PQgetCancel(session.get()));
  session_ = std::move(session);
  is_lost_ = false;
}

void PostgresConnection::forget_statements() {
  statements_.clear();
  given_up_.clear();
}

template <class Attempt>
Result PostgresConnection::attempt(std::string_view sql, Attempt attempt) {
  const bool is_first = std::exchange(is_first_statement_, false) && transaction_depth == 0;
  if (is_first && was_closed(session_.get())) connect();
  for (bool again = true;; again = false) {
    const auto number_before = statement_number_;
    Result result = attempt();
    if (!is_error(result.get())) {
      note_change(sql, result.get());
      return result;
    }
    // A statement that was prepared just now can't be outdated.
    const auto staleness = number_before == statement_number_ ? staleness_of(result.get()) : Staleness::none;
    if (staleness != Staleness::none) {
      if (!in_transaction()) {
        statements_.drop(sql);
        if (again) continue;
      } else if (staleness == Staleness::sure) {
        // The transaction is spoilt. With new statements it will succeed.
        statements_.clear();
        throw DatabaseError(Kind::busy,
                            fmt::format("a table has changed: {}", trim(PQresultErrorMessage(result.get()))));
      } else {
        statements_.drop(sql);
      }
    }
    const auto error = translate(session_.get(), result.get());
    is_lost_ = is_fatal(result.get()) || PQstatus(session_.get()) != CONNECTION_OK;
    if (is_lost_ && is_first && again && is_repeatable(sql)) {
      log::debug("PostgreSQL closed an idle connection: {}", error.what());
      connect();
      continue;
    }
    throw error;
  }
}

void PostgresConnection::bind(std::span<const Value> parameters) {
  const auto count = parameters.size();
  bound_.values.assign(count, nullptr);
  bound_.lengths.assign(count, 0);
  bound_.formats.assign(count, 0);
  if (bound_.numbers.size() < count) bound_.numbers.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto& number = bound_.numbers[i];
    const auto print = [&](auto value) {
      *std::to_chars(number.data(), number.data() + number.size() - 1, value).ptr = '\0';
      bound_.values[i] = number.data();
    };
    if (const auto* boolean = std::get_if<bool>(&parameters[i])) {
      bound_.values[i] = *boolean ? "t" : "f";
    } else if (const auto* integer = std::get_if<std::int64_t>(&parameters[i])) {
      print(*integer);
    } else if (const auto* real = std::get_if<double>(&parameters[i])) {
      print(*real);
    } else if (const auto* text = std::get_if<std::string>(&parameters[i])) {
      if (text->find('\0') != std::string::npos) {
        throw DatabaseError(Kind::invalid_value, "PostgreSQL can't store texts with a NUL character");
      }
      bound_.values[i] = text->c_str();
    } else if (const auto* blob = std::get_if<Blob>(&parameters[i])) {
      bound_.values[i] = blob->bytes.data();
      bound_.lengths[i] = static_cast<int>(blob->bytes.size());
      bound_.formats[i] = 1;
    }
  }
}

// The name of the prepared statement; null, with the error in `failure`, where it can't be prepared.
const char* PostgresConnection::prepared(std::string_view sql, Result& failure) {
  if (const auto* entry = statements_.find(sql)) return entry->statement.name().c_str();
  give_up_statements();
  auto name = fmt::format("a{}", ++statement_number_);
  Result result(PQprepare(session_.get(), name.c_str(), std::string(sql).c_str(), 0, nullptr));
  if (is_error(result.get())) {
    failure = std::move(result);
    return nullptr;
  }
  return statements_.add(sql, Prepared(std::move(name), given_up_))->statement.name().c_str();
}

void PostgresConnection::give_up_statements() {
  // In a transaction that failed the server would refuse it.
  const auto status = PQtransactionStatus(session_.get());
  if (given_up_.size() < statements_given_up_at_once || (status != PQTRANS_IDLE && status != PQTRANS_INTRANS)) return;
  std::string sql;
  for (const auto& name : given_up_) sql += "DEALLOCATE " + name + ";";
  given_up_.clear();
  const Result result(PQexec(session_.get(), sql.c_str()));
  if (is_error(result.get())) throw translate(session_.get(), result.get());
}

Result PostgresConnection::run_prepared(std::string_view sql, std::span<const Value> parameters) {
  bind(parameters);
  return attempt(sql, [&]() -> Result {
    Result failure;
    const char* name = prepared(sql, failure);
    if (name == nullptr) return failure;
    return Result(PQexecPrepared(session_.get(), name, static_cast<int>(parameters.size()), bound_.values.data(),
                                 bound_.lengths.data(), bound_.formats.data(), 0));
  });
}

Result PostgresConnection::run_simple(std::string_view sql) {
  const std::string text(sql);
  return attempt(sql, [&] { return Result(PQexec(session_.get(), text.c_str())); });
}

std::unique_ptr<Cursor> PostgresConnection::query(std::string_view sql, std::span<const Value> parameters) {
  return std::make_unique<BufferedCursor>(run_prepared(sql, parameters));
}

std::unique_ptr<Cursor> PostgresConnection::stream(std::string_view sql, std::span<const Value> parameters) {
  return std::make_unique<StreamingCursor>(*this, sql, parameters);
}

// Without keeping the statement.
Result PostgresConnection::run_once(const std::string& sql, std::span<const Value> parameters) {
  bind(parameters);
  return attempt(sql, [&] {
    return Result(PQexecParams(session_.get(), sql.c_str(), static_cast<int>(parameters.size()), nullptr,
                               bound_.values.data(), bound_.lengths.data(), bound_.formats.data(), 0));
  });
}

Executed PostgresConnection::execute(std::string_view sql, std::span<const Value> parameters) {
  const auto result = run_prepared(sql, parameters);
  // Queries count their rows as well; only changes are asked for here.
  if (std::string_view(PQcmdStatus(result.get())).starts_with("SELECT")) return {};
  return {.rows = parse_integer(PQcmdTuples(result.get())).value_or(0), .last_insert_id = 0};
}

void PostgresConnection::run(std::string_view sql) {
  const auto result = run_simple(sql);
  // A transaction in which a statement failed can't be committed, and says so only here.
  if (equals_ignoring_case(trim(sql), "commit") && std::string_view(PQcmdStatus(result.get())) == "ROLLBACK") {
    throw DatabaseError(Kind::other, "the transaction was rolled back since one of its statements had failed");
  }
}

void PostgresConnection::cancel() {
  const std::lock_guard lock(cancel_mutex_);
  std::array<char, 256> message;
  if (cancel_ != nullptr && PQcancel(cancel_.get(), message.data(), static_cast<int>(message.size())) == 0) {
    log::debug("PostgreSQL did not take the cancellation: {}", message.data());
  }
}

void PostgresConnection::begin(bool writing) {
  run(writing ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

}  // namespace ashlar::database::postgres
