#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <compare>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "rows.h"
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

  // To the first row, the next one, ...; false behind the last.
  bool next() { return ++row_ < count_; }
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
  void add_integer(std::string& out, int column) const { out += is_null(column) ? "null" : text(column); }
  void add_double(std::string& out, int column) const { add_integer(out, column); }
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
  int row_ = -1;
};

// The rows of a list of several parents, by parent and then by key. Sorting numbers here takes less time than the
// database needs to sort the rows.
class Lists {
 public:
  Lists(Rows rows, int parent_column) : rows_(std::move(rows)) {
    while (rows_.next()) order_.push_back({rows_.integer(parent_column), rows_.integer(0), rows_.position()});
    std::sort(order_.begin(), order_.end());
  }

  template <class Write>
  void write(std::string& out, std::int64_t parent, Write write_row) {
    auto place = std::lower_bound(order_.begin(), order_.end(), Place{parent, 0, 0});
    out += '[';
    for (int count = 0; count < list_limit && place != order_.end() && place->parent == parent; ++place, ++count) {
      if (count > 0) out += ',';
      rows_.move_to(place->position);
      write_row(rows_);
    }
    out += ']';
  }

  // The row whose key is the parent itself.
  template <class Write>
  void write_one(std::int64_t key, Write write_row) {
    const auto place = std::lower_bound(order_.begin(), order_.end(), Place{key, 0, 0});
    if (place == order_.end() || place->parent != key) return;
    rows_.move_to(place->position);
    write_row(rows_);
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
    prepare("filtered", "select " + std::string(article_columns) + filtered_articles);
    prepare("related", "select " + std::string(article_columns) + commented_articles);
    prepare("authors", "select " + std::string(author_columns) + " from authors order by id limit 100");
    prepare("articles", "select " + std::string(article_columns) + " from articles where author = any ($1)");
    prepare("comments", "select " + std::string(comment_columns) + " from comments where article = any ($1)");
    prepare("tags",
            "select a.id, a.article, t.id, t.name from article_tags a left join tags t on t.id = a.tag "
            "where a.article = any ($1)");
    prepare("pages", "select id, title from pages order by id limit 100");
    prepare("blocks", "select id, page, collection, item from page_blocks where page = any ($1)");
    prepare("heroes", "select " + std::string(hero_columns) + " from heroes where id = any ($1)");
    prepare("paragraphs", "select " + std::string(paragraph_columns) + " from paragraphs where id = any ($1)");
    prepare("grouped", "select status, count(id), sum(views) from articles group by status order by status");
    prepare("count", "select count(*) from articles");
  }

  void row(std::string& out, std::int64_t key) override {
    char digits[24] = {};
    std::to_chars(digits, digits + sizeof digits - 1, key);
    auto rows = run("row", digits);
    out += "{\"data\":";
    if (rows.next()) {
      add_article(out, rows);
      out += '}';
    }
    out += '}';
  }

  void rows(std::string& out) override { add_articles(out, "rows"); }
  void filtered(std::string& out) override { add_articles(out, "filtered"); }
  void related(std::string& out) override { add_articles(out, "related"); }

  // The database is far away compared with SQLite: one statement per level, matched here.
  void nested(std::string& out) override {
    auto authors = run("authors");
    Lists articles(run("articles", keys(authors).c_str()), 10);
    Lists comments(run("comments", articles.keys().c_str()), 1);
    add_list(out, authors, [&](const Rows& author) {
      add_author(out, author);
      out += ",\"articles\":";
      articles.write(out, author.integer(0), [&](const Rows& article) {
        add_article(out, article);
        out += ",\"comments\":";
        comments.write(out, article.integer(0), [&](const Rows& comment) { add_comment(out, comment); });
        out += '}';
      });
      out += '}';
    });
  }

  void tagged(std::string& out) override {
    auto articles = run("rows");
    Lists tags(run("tags", keys(articles).c_str()), 1);
    add_list(out, articles, [&](const Rows& article) {
      add_article(out, article);
      out += ",\"tags\":";
      tags.write(out, article.integer(0), [&](const Rows& tag) { add_tag(out, tag, 2); });
      out += '}';
    });
  }

  void pages(std::string& out) override {
    auto pages = run("pages");
    auto rows = run("blocks", keys(pages).c_str());
    std::string keys_of[2] = {"{", "{"};
    while (rows.next()) {
      std::string& list = keys_of[rows.text(2) == "heroes"];
      if (list.size() > 1) list += ',';
      list += rows.text(3);
    }
    Lists paragraphs(run("paragraphs", (keys_of[0] + '}').c_str()), 0);
    Lists heroes(run("heroes", (keys_of[1] + '}').c_str()), 0);
    rows.move_to(-1);
    Lists blocks(std::move(rows), 1);
    add_list(out, pages, [&](const Rows& page) {
      out += "{\"id\":";
      page.add_integer(out, 0);
      out += ",\"title\":";
      page.add_text(out, 1);
      out += ",\"blocks\":";
      blocks.write(out, page.integer(0), [&](const Rows& block) {
        out += "{\"collection\":";
        block.add_text(out, 2);
        out += ",\"item\":";
        const bool is_hero = block.text(2) == "heroes";
        (is_hero ? heroes : paragraphs).write_one(block.integer(3), [&](const Rows& item) {
          is_hero ? add_hero(out, item) : add_paragraph(out, item);
        });
        out += '}';
      });
      out += '}';
    });
  }

  void grouped(std::string& out) override {
    auto groups = run("grouped");
    add_list(out, groups, [&](const Rows& group) {
      out += "{\"status\":";
      group.add_text(out, 0);
      out += ",\"count\":{\"id\":";
      group.add_text(out, 1);
      out += "},\"sum\":{\"views\":";
      group.add_text(out, 2);
      out += "}}";
    });
  }

  void count(std::string& out) override {
    auto counts = run("count");
    add_list(out, counts, [&](const Rows& count) {
      out += "{\"count\":";
      count.add_text(out, 0);
      out += '}';
    });
  }

 private:
  void add_articles(std::string& out, const char* statement) {
    auto articles = run(statement);
    add_list(out, articles, [&](const Rows& article) {
      add_article(out, article);
      out += '}';
    });
  }

  // {1,2,3}, as a parameter, of the rows' first column; then before the first row again.
  static std::string keys(Rows& rows) {
    std::string list = "{";
    while (rows.next()) {
      if (list.size() > 1) list += ',';
      list += rows.text(0);
    }
    rows.move_to(-1);
    return list + '}';
  }

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
