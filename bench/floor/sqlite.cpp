#include <sqlite3.h>

#include <stdexcept>

#include "json.h"
#include "source.h"

namespace ashlar::bench {
namespace {

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

class Statement {
 public:
  Statement(sqlite3* database, const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(database, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(database));
    }
    statement_.reset(statement);
  }

  void bind(std::int64_t value) { sqlite3_bind_int64(statement_.get(), 1, value); }
  bool next() { return sqlite3_step(statement_.get()) == SQLITE_ROW; }
  void reset() { sqlite3_reset(statement_.get()); }

  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  bool is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

  void add_integer(std::string& out, int column) const {
    is_null(column) ? void(out += "null") : bench::add_integer(out, integer(column));
  }
  void add_double(std::string& out, int column) const {
    is_null(column) ? void(out += "null") : bench::add_double(out, sqlite3_column_double(statement_.get(), column));
  }
  void add_boolean(std::string& out, int column) const {
    is_null(column) ? void(out += "null") : bench::add_boolean(out, integer(column) != 0);
  }
  void add_date(std::string& out, int column) const {
    is_null(column) ? void(out += "null") : bench::add_date(out, integer(column));
  }
  void add_timestamp(std::string& out, int column) const {
    is_null(column) ? void(out += "null") : bench::add_timestamp(out, integer(column));
  }
  void add_text(std::string& out, int column) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    if (text == nullptr) {
      out += "null";
    } else {
      bench::add_text(out, {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))});
    }
  }

 private:
  std::unique_ptr<sqlite3_stmt, Close> statement_;
};

std::unique_ptr<sqlite3, Close> open(const std::string& filename) {
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(configured);
  sqlite3* database = nullptr;
  const int result = sqlite3_open_v2(filename.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<sqlite3, Close> opened(database);
  if (result != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(database));
  sqlite3_exec(database, "PRAGMA query_only = ON; PRAGMA cache_size = -2000", nullptr, nullptr, nullptr);
  return opened;
}

void add_author(std::string& out, const Statement& row) {
  out += "{\"id\":";
  row.add_integer(out, 0);
  out += ",\"name\":";
  row.add_text(out, 1);
  out += ",\"email\":";
  row.add_text(out, 2);
  out += ",\"biography\":";
  row.add_text(out, 3);
  out += ",\"born\":";
  row.add_date(out, 4);
  out += ",\"active\":";
  row.add_boolean(out, 5);
}

void add_article(std::string& out, const Statement& row) {
  out += "{\"id\":";
  row.add_integer(out, 0);
  out += ",\"title\":";
  row.add_text(out, 1);
  out += ",\"slug\":";
  row.add_text(out, 2);
  out += ",\"status\":";
  row.add_text(out, 3);
  out += ",\"body\":";
  row.add_text(out, 4);
  out += ",\"views\":";
  row.add_integer(out, 5);
  out += ",\"rating\":";
  row.add_double(out, 6);
  out += ",\"featured\":";
  row.add_boolean(out, 7);
  out += ",\"published_on\":";
  row.add_date(out, 8);
  out += ",\"created_at\":";
  row.add_timestamp(out, 9);
  out += ",\"author\":";
  row.add_integer(out, 10);
}

void add_comment(std::string& out, const Statement& row) {
  out += "{\"id\":";
  row.add_integer(out, 0);
  out += ",\"article\":";
  row.add_integer(out, 1);
  out += ",\"name\":";
  row.add_text(out, 2);
  out += ",\"body\":";
  row.add_text(out, 3);
  out += ",\"approved\":";
  row.add_boolean(out, 4);
  out += ",\"created_at\":";
  row.add_timestamp(out, 5);
  out += '}';
}

std::string select(const char* columns, const char* rest) { return "select " + std::string(columns) + rest; }

class SqliteSource : public Source {
 public:
  explicit SqliteSource(const std::string& filename) : database_(open(filename)) {}

  void row(std::string& out, std::int64_t key) override {
    out += "{\"data\":";
    by_key_.bind(key);
    if (by_key_.next()) {
      add_article(out, by_key_);
      out += '}';
    }
    by_key_.reset();
    out += '}';
  }

  void rows(std::string& out) override {
    out += "{\"data\":[";
    while (first_rows_.next()) {
      if (out.back() == '}') out += ',';
      add_article(out, first_rows_);
      out += '}';
    }
    first_rows_.reset();
    out += "]}";
  }

  // SQLite is a function call away: a statement per parent, straight into the answer, is the quickest here. One
  // statement per level with the rows matched in memory takes longer, and so does a join.
  void nested(std::string& out) override {
    out += "{\"data\":[";
    while (authors_.next()) {
      if (out.back() == '}') out += ',';
      add_author(out, authors_);
      out += ",\"articles\":[";
      articles_.bind(authors_.integer(0));
      while (articles_.next()) {
        if (out.back() == '}') out += ',';
        add_article(out, articles_);
        out += ",\"comments\":[";
        comments_.bind(articles_.integer(0));
        while (comments_.next()) {
          if (out.back() == '}') out += ',';
          add_comment(out, comments_);
        }
        comments_.reset();
        out += "]}";
      }
      articles_.reset();
      out += "]}";
    }
    authors_.reset();
    out += "]}";
  }

 private:
  std::unique_ptr<sqlite3, Close> database_;
  Statement by_key_{database_.get(), select(article_columns, " from articles where id = ?")};
  Statement first_rows_{database_.get(), select(article_columns, " from articles order by id limit 100")};
  Statement authors_{database_.get(), select(author_columns, " from authors order by id limit 100")};
  Statement articles_{database_.get(),
                      select(article_columns, " from articles where author = ? order by id limit 100")};
  Statement comments_{database_.get(),
                      select(comment_columns, " from comments where article = ? order by id limit 100")};
};

}  // namespace

std::unique_ptr<Source> open_sqlite(const std::string& filename) { return std::make_unique<SqliteSource>(filename); }

}  // namespace ashlar::bench
