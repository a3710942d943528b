#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <compare>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "json.h"
#include "source.h"

namespace ashlar::bench {
namespace {

struct Close {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
};

// The rows of a statement, and which of them is the next.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result), count_(PQntuples(result)) {}

  bool at_end() const { return row_ == count_; }
  void advance() { ++row_; }
  int position() const { return row_; }
  void move_to(int position) { row_ = position; }

  std::int64_t integer(int column) const {
    std::int64_t number = 0;
    const auto digits = text(column);
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
  }

  bool is_null(int column) const { return PQgetisnull(result_.get(), row_, column) != 0; }
  std::string_view text(int column) const {
    return {PQgetvalue(result_.get(), row_, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row_, column))};
  }

  // Numbers stand as PostgreSQL gives them.
  void add_number(std::string& out, int column) const { out += is_null(column) ? "null" : text(column); }
  void add_boolean(std::string& out, int column) const {
    is_null(column) ? void(out += "null") : bench::add_boolean(out, text(column).front() == 't');
  }
  void add_text(std::string& out, int column) const {
    is_null(column) ? void(out += "null") : bench::add_text(out, text(column));
  }
  void add_date(std::string& out, int column) const {
    if (is_null(column)) {
      out += "null";
    } else {
      out += '"';
      out += text(column);
      out += '"';
    }
  }
  // "2024-05-17 08:30:00+00" or "2024-05-17 08:30:00.25+00", since the time zone of the session is UTC
  void add_timestamp(std::string& out, int column) const {
    if (is_null(column)) {
      out += "null";
      return;
    }
    const auto all = text(column);
    out += '"';
    out += all.substr(0, 10);
    out += 'T';
    out += all.substr(11, 8);
    const auto fraction = all.substr(19, all.size() - 22);
    const auto digits = fraction.empty() ? fraction : fraction.substr(1, 3);
    out += '.';
    out += digits;
    out.append(3 - digits.size(), '0');
    out += "Z\"";
  }

 private:
  std::unique_ptr<PGresult, Close> result_;
  int count_;
  int row_ = 0;
};

void add_author(std::string& out, const Rows& row) {
  out += "{\"id\":";
  row.add_number(out, 0);
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

void add_article(std::string& out, const Rows& row) {
  out += "{\"id\":";
  row.add_number(out, 0);
  out += ",\"title\":";
  row.add_text(out, 1);
  out += ",\"slug\":";
  row.add_text(out, 2);
  out += ",\"status\":";
  row.add_text(out, 3);
  out += ",\"body\":";
  row.add_text(out, 4);
  out += ",\"views\":";
  row.add_number(out, 5);
  out += ",\"rating\":";
  row.add_number(out, 6);
  out += ",\"featured\":";
  row.add_boolean(out, 7);
  out += ",\"published_on\":";
  row.add_date(out, 8);
  out += ",\"created_at\":";
  row.add_timestamp(out, 9);
  out += ",\"author\":";
  row.add_number(out, 10);
}

void add_comment(std::string& out, const Rows& row) {
  out += "{\"id\":";
  row.add_number(out, 0);
  out += ",\"article\":";
  row.add_number(out, 1);
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

// The rows of a list of several parents, by parent and then by key. Sorting numbers here takes less time than the
// database needs to sort the rows.
class Lists {
 public:
  Lists(Rows rows, int parent_column) : rows_(std::move(rows)) {
    for (; !rows_.at_end(); rows_.advance())
      order_.push_back({rows_.integer(parent_column), rows_.integer(0), rows_.position()});
    std::sort(order_.begin(), order_.end());
  }

  template <class Write>
  void write(std::int64_t parent, Write write_row) {
    auto place = std::lower_bound(order_.begin(), order_.end(), Place{parent, 0, 0});
    for (int count = 0; count < list_limit && place != order_.end() && place->parent == parent; ++place, ++count) {
      rows_.move_to(place->position);
      write_row(rows_);
    }
  }

  // {1,2,3}: all keys, as a parameter
  std::string keys() const {
    std::string list = "{";
    for (const auto& place : order_) {
      if (list.size() > 1) list += ',';
      bench::add_integer(list, place.key);
    }
    return list + '}';
  }

 private:
  struct Place {
    std::int64_t parent, key;
    int position;
    auto operator<=>(const Place&) const = default;
  };
  Rows rows_;
  std::vector<Place> order_;
};

class PostgresSource : public Source {
 public:
  explicit PostgresSource(const std::string& connection_string) : connection_(PQconnectdb(connection_string.c_str())) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
    const std::unique_ptr<PGresult, Close> set(PQexec(connection_.get(), "SET TimeZone = 'UTC'"));
    prepare("row", "select " + std::string(article_columns) + " from articles where id = $1");
    prepare("rows", "select " + std::string(article_columns) + " from articles order by id limit 100");
    prepare("authors", "select " + std::string(author_columns) + " from authors order by id limit 100");
    prepare("articles", "select " + std::string(article_columns) + " from articles where author = any ($1)");
    prepare("comments", "select " + std::string(comment_columns) + " from comments where article = any ($1)");
  }

  void row(std::string& out, std::int64_t key) override {
    char digits[24] = {};
    std::to_chars(digits, digits + sizeof digits - 1, key);
    const auto rows = run("row", digits);
    out += "{\"data\":";
    if (!rows.at_end()) {
      add_article(out, rows);
      out += '}';
    }
    out += '}';
  }

  void rows(std::string& out) override {
    out += "{\"data\":[";
    for (auto rows = run("rows"); !rows.at_end(); rows.advance()) {
      if (out.back() == '}') out += ',';
      add_article(out, rows);
      out += '}';
    }
    out += "]}";
  }

  // The database is far away compared with SQLite: one statement per level, matched here.
  void nested(std::string& out) override {
    auto authors = run("authors");
    std::string keys = "{";
    for (; !authors.at_end(); authors.advance()) {
      if (keys.size() > 1) keys += ',';
      keys += authors.text(0);
    }
    Lists articles(run("articles", (keys + '}').c_str()), 10);
    Lists comments(run("comments", articles.keys().c_str()), 1);
    out += "{\"data\":[";
    for (authors.move_to(0); !authors.at_end(); authors.advance()) {
      if (authors.position() > 0) out += ',';
      add_author(out, authors);
      out += ",\"articles\":[";
      articles.write(authors.integer(0), [&](const Rows& article) {
        if (out.back() == '}') out += ',';
        add_article(out, article);
        out += ",\"comments\":[";
        comments.write(article.integer(0), [&](const Rows& comment) {
          if (out.back() == '}') out += ',';
          add_comment(out, comment);
        });
        out += "]}";
      });
      out += "]}";
    }
    out += "]}";
  }

 private:
  void prepare(const char* name, const std::string& sql) {
    const std::unique_ptr<PGresult, Close> result(PQprepare(connection_.get(), name, sql.c_str(), 0, nullptr));
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
  }

  Rows run(const char* name, const char* parameter = nullptr) {
    auto* result =
        PQexecPrepared(connection_.get(), name, parameter != nullptr ? 1 : 0, &parameter, nullptr, nullptr, 0);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
    return Rows(result);
  }

  std::unique_ptr<PGconn, Close> connection_;
};

}  // namespace

std::unique_ptr<Source> open_postgres(const std::string& connection_string) {
  return std::make_unique<PostgresSource>(connection_string);
}

}  // namespace ashlar::bench
