#include "write.h"

#include <libpq-fe.h>
#include <sqlite3.h>

#include <boost/json.hpp>
#include <mutex>
#include <stdexcept>
#include <unordered_map>
#include <vector>

namespace ashlar::bench {
namespace {

namespace json = boost::json;

// Of each statement, the first columns of its rows.
using Results = std::vector<std::vector<std::int64_t>>;

struct Request {
  explicit Request(std::string_view text) : document(json::parse(text)) {}

  const json::array& statements() const { return document.get_array(); }
  static std::string_view sql(const json::value& statement) { return statement.get_object().at("sql").get_string(); }
  static const json::array& values(const json::value& statement) {
    return statement.get_object().at("values").get_array();
  }
  // The number that a value stands for, null where it stands for itself.
  static const std::int64_t* result(const json::value& value, const Results& results) {
    const auto* place = value.if_object();
    if (place == nullptr) return nullptr;
    const auto index = [&](std::string_view name) {
      return static_cast<std::size_t>(place->at(name).to_number<int>());
    };
    return &results[index("of")][index("at")];
  }

  json::value document;
};

void write_answer(std::string& out, const Results& results) {
  out += "{\"data\":[";
  for (const auto number : results.back()) {
    if (out.back() != '[') out += ',';
    out += std::to_string(number);
  }
  out += "]}";
}

class SqliteWriter final : public Writer {
 public:
  explicit SqliteWriter(const std::string& filename) {
    if (sqlite3_open_v2(filename.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) !=
        SQLITE_OK) {
      fail();
    }
    sqlite3_busy_timeout(database_, 60'000);
    // As Ashlar's connection that writes.
    execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  }
  ~SqliteWriter() override {
    for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close(database_);
  }

  void run(std::string& out, std::string_view text) override {
    const Request request(text);
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    Results results;
    execute("BEGIN IMMEDIATE");
    for (const auto& statement : request.statements()) {
      run_one(prepared(Request::sql(statement)), Request::values(statement), results);
    }
    execute("COMMIT");
    write_answer(out, results);
  }

 private:
  [[noreturn]] void fail() const { throw std::runtime_error(sqlite3_errmsg(database_)); }
  void execute(const char* sql) {
    if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
  }

  sqlite3_stmt* prepared(std::string_view sql) {
    auto& statement = statements_[std::string(sql)];
    if (statement == nullptr && sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()),
                                                   SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
      fail();
    }
    return statement;
  }

  void run_one(sqlite3_stmt* statement, const json::array& values, Results& results) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const int at = static_cast<int>(i) + 1;
      const auto& value = values[i];
      if (const auto* number = Request::result(value, results)) {
        sqlite3_bind_int64(statement, at, *number);
      } else if (const auto* whole = value.if_int64()) {
        sqlite3_bind_int64(statement, at, *whole);
      } else if (const auto* real = value.if_double()) {
        sqlite3_bind_double(statement, at, *real);
      } else if (const auto* told = value.if_bool()) {
        sqlite3_bind_int(statement, at, *told ? 1 : 0);
      } else if (const auto* text = value.if_string()) {
        sqlite3_bind_text(statement, at, text->data(), static_cast<int>(text->size()), SQLITE_STATIC);
      } else {
        sqlite3_bind_null(statement, at);
      }
    }
    auto& numbers = results.emplace_back();
    int step = 0;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) numbers.push_back(sqlite3_column_int64(statement, 0));
    if (step != SQLITE_DONE) fail();
    sqlite3_reset(statement);
  }

  sqlite3* database_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
};

class PostgresWriter final : public Writer {
 public:
  explicit PostgresWriter(const std::string& connection_string) : connection_(PQconnectdb(connection_string.c_str())) {
    if (PQstatus(connection_) != CONNECTION_OK) fail();
  }
  ~PostgresWriter() override { PQfinish(connection_); }

  void run(std::string& out, std::string_view text) override {
    const Request request(text);
    Results results;
    check(PQexec(connection_, "BEGIN"));
    for (const auto& statement : request.statements()) {
      run_one(prepared(Request::sql(statement)), Request::values(statement), results);
    }
    check(PQexec(connection_, "COMMIT"));
    write_answer(out, results);
  }

 private:
  [[noreturn]] void fail() const { throw std::runtime_error(PQerrorMessage(connection_)); }
  void check(PGresult* result) const {
    const auto status = PQresultStatus(result);
    PQclear(result);
    if (status != PGRES_COMMAND_OK) fail();
  }

  const std::string& prepared(std::string_view sql) {
    auto& name = names_[std::string(sql)];
    if (name.empty()) {
      name = "s" + std::to_string(names_.size());
      check(PQprepare(connection_, name.c_str(), std::string(sql).c_str(), 0, nullptr));
    }
    return name;
  }

  void run_one(const std::string& name, const json::array& values, Results& results) {
    std::vector<std::string> texts(values.size());
    std::vector<const char*> pointers;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto& value = values[i];
      if (const auto* number = Request::result(value, results)) {
        texts[i] = std::to_string(*number);
      } else if (const auto* text = value.if_string()) {
        texts[i].assign(text->data(), text->size());
      } else if (!value.is_null()) {
        texts[i] = json::serialize(value);
      }
      pointers.push_back(value.is_null() ? nullptr : texts[i].c_str());
    }
    auto* result = PQexecPrepared(connection_, name.c_str(), static_cast<int>(pointers.size()), pointers.data(),
                                  nullptr, nullptr, 0);
    const auto status = PQresultStatus(result);
    auto& numbers = results.emplace_back();
    for (int row = 0; status == PGRES_TUPLES_OK && row < PQntuples(result); ++row) {
      numbers.push_back(std::atoll(PQgetvalue(result, row, 0)));
    }
    PQclear(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) fail();
  }

  PGconn* connection_;
  std::unordered_map<std::string, std::string> names_;
};

}  // namespace

std::unique_ptr<Writer> open_sqlite_writer(const std::string& filename) {
  return std::make_unique<SqliteWriter>(filename);
}
std::unique_ptr<Writer> open_postgres_writer(const std::string& connection_string) {
  return std::make_unique<PostgresWriter>(connection_string);
}

}  // namespace ashlar::bench
