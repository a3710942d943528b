#include <sqlite3.h>

#include <stdexcept>

#include "rows.h"
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

  void rows(std::string& out) override { add_articles(out, first_rows_); }
  void filtered(std::string& out) override { add_articles(out, filtered_); }
  void related(std::string& out) override { add_articles(out, related_); }

  // SQLite is a function call away: a statement per parent, straight into the answer, is the quickest here. One
  // statement per level with the rows matched in memory takes longer, and so does a join.
  void nested(std::string& out) override {
    add_list(out, authors_, [&](const Statement& author) {
      add_author(out, author);
      out += ",\"articles\":";
      add_children(out, articles_, author.integer(0), [&](const Statement& article) {
        add_article(out, article);
        out += ",\"comments\":";
        add_children(out, comments_, article.integer(0), [&](const Statement& comment) { add_comment(out, comment); });
        out += '}';
      });
      out += '}';
    });
    authors_.reset();
  }

  void tagged(std::string& out) override {
    add_list(out, first_rows_, [&](const Statement& article) {
      add_article(out, article);
      out += ",\"tags\":";
      add_children(out, tags_, article.integer(0), [&](const Statement& tag) { add_tag(out, tag, 0); });
      out += '}';
    });
    first_rows_.reset();
  }

  void pages(std::string& out) override {
    add_list(out, pages_, [&](const Statement& page) {
      out += "{\"id\":";
      page.add_integer(out, 0);
      out += ",\"title\":";
      page.add_text(out, 1);
      out += ",\"blocks\":";
      add_children(out, blocks_, page.integer(0), [&](const Statement& block) {
        out += "{\"collection\":";
        block.add_text(out, 0);
        out += ",\"item\":";
        const bool is_hero = block.integer(2) != 0;
        Statement& item = is_hero ? hero_ : paragraph_;
        item.bind(block.integer(1));
        if (item.next()) is_hero ? add_hero(out, item) : add_paragraph(out, item);
        item.reset();
        out += '}';
      });
      out += '}';
    });
    pages_.reset();
  }

  void grouped(std::string& out) override {
    add_list(out, grouped_, [&](const Statement& group) {
      out += "{\"status\":";
      group.add_text(out, 0);
      out += ",\"count\":{\"id\":";
      group.add_integer(out, 1);
      out += "},\"sum\":{\"views\":";
      group.add_integer(out, 2);
      out += "}}";
    });
    grouped_.reset();
  }

  void count(std::string& out) override {
    add_list(out, count_, [&](const Statement& count) {
      out += "{\"count\":";
      count.add_integer(out, 0);
      out += '}';
    });
    count_.reset();
  }

 private:
  static void add_articles(std::string& out, Statement& statement) {
    add_list(out, statement, [&](const Statement& article) {
      add_article(out, article);
      out += '}';
    });
    statement.reset();
  }

  template <class Write>
  static void add_children(std::string& out, Statement& statement, std::int64_t parent, Write write) {
    statement.bind(parent);
    out += '[';
    for (bool first = true; statement.next(); first = false) {
      if (!first) out += ',';
      write(statement);
    }
    out += ']';
    statement.reset();
  }

  Statement prepare(const char* columns, const char* rest) { return {database_.get(), select(columns, rest)}; }

  std::unique_ptr<sqlite3, Close> database_;
  Statement by_key_ = prepare(article_columns, " from articles where id = ?");
  Statement first_rows_ = prepare(article_columns, " from articles order by id limit 100");
  Statement filtered_ = prepare(article_columns, filtered_articles);
  Statement related_ = prepare(article_columns, commented_articles);
  Statement authors_ = prepare(author_columns, " from authors order by id limit 100");
  Statement articles_ = prepare(article_columns, " from articles where author = ? order by id limit 100");
  Statement comments_ = prepare(comment_columns, " from comments where article = ? order by id limit 100");
  Statement tags_ = prepare("t.id, t.name",
                            " from article_tags a left join tags t on t.id = a.tag where a.article = ? order by a.id");
  Statement pages_ = prepare("id, title", " from pages order by id limit 100");
  Statement blocks_ =
      prepare("collection, item, collection = 'heroes'", " from page_blocks where page = ? order by id");
  Statement hero_ = prepare(hero_columns, " from heroes where id = ?");
  Statement paragraph_ = prepare(paragraph_columns, " from paragraphs where id = ?");
  Statement grouped_ = prepare("status, count(id), sum(views)", " from articles group by status order by status");
  Statement count_ = prepare("count(*)", " from articles");
};

}  // namespace

std::unique_ptr<Source> open_sqlite(const std::string& filename) { return std::make_unique<SqliteSource>(filename); }

}  // namespace ashlar::bench
