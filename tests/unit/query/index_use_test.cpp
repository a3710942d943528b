// What the read path asks is answered by indexes wherever there are some: no statement walks through a whole table to
// find rows that an index leads to. Looked up in the plans of the databases themselves, on tables large enough that a
// planner would not prefer walking.
#include <gtest/gtest.h>

#include "base/text.h"
#include "database/databases.h"
#include "query/parse.h"
#include "query/plan.h"
#include "query/sql.h"
#include "world/data_set.h"

namespace ashlar::query::test {
namespace {

using database::SqlText;
using database::Value;

class IndexUse : public database::OnDatabase {
 protected:
  IndexUse() {
    reader.resolve_own = reader.resolve_rule = [](const json::value& value) { return value; };
    std::mt19937 random(1);
    const auto data = make_data(random, 3);
    reader.schema = data.schema;
    store(data, database);
    fill("people", "name, boss", "'p' || i, i % 400 + 1");
    fill("books", "title, author", "'b' || i, i % 3000 + 1");
    fill("genres", "label, place", "'g' || i, i");
    fill("books_genres", "book, genre", "i, (i * 7) % 3000 + 1");
    fill("pages", "title", "'t' || i");
    fill("pages_blocks", "page, item, collection, place", "i % 3000 + 1, i || '', 'people', i");
    run(by_vendor("ANALYZE", "ANALYZE", "ANALYZE TABLE people, books, genres, books_genres, pages, pages_blocks"));
  }

  // 20 000 rows with ids from 1 001.
  void fill(const std::string& table, const std::string& columns, std::string values) {
    if (is_mysql()) {
      // || is no concatenation there.
      for (const auto* mark : {"'p' || i", "'b' || i", "'g' || i", "'t' || i", "i || ''"}) {
        const auto at = values.find(mark);
        if (at == std::string::npos) continue;
        const std::string text(mark);
        const auto bar = text.find(" || ");
        values.replace(at, text.size(), "concat(" + text.substr(0, bar) + ", " + text.substr(bar + 4) + ")");
      }
    }
    run("INSERT INTO " + table + " (id, " + columns + ") SELECT i, " + values + " FROM " +
        by_vendor(
            "(WITH RECURSIVE n(i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n WHERE i < 21000) SELECT i FROM n)",
            "generate_series(1001, 21000) AS i", "(SELECT seq AS i FROM seq_1001_to_21000) AS n"));
  }

  // The lines of the database's plan: what is done, for MariaDB the table, the kind of access, the index and the rest.
  std::vector<std::string> explained(const SqlText& statement) {
    auto sql = by_vendor("EXPLAIN QUERY PLAN ", "EXPLAIN ", "EXPLAIN ") + statement.text;
    auto parameters = statement.parameters;
    if (is_postgres()) {
      sql = "EXPLAIN " + with_values(statement);
      parameters.clear();
    }
    const auto connection = database.reader();
    const auto rows = connection->query(sql, parameters);
    std::vector<std::string> lines;
    while (rows->next()) {
      if (is_mysql()) {
        lines.push_back(rows->cell(2).to_string() + " " + rows->cell(3).to_string() + " " + rows->cell(5).to_string() +
                        " " + rows->cell(rows->column_count() - 1).to_string());
      } else {
        lines.push_back(rows->cell(is_sqlite() ? 3 : 0).to_string());
      }
    }
    return lines;
  }

  // The plan with the statement, if one of its lines holds one of the texts; else nothing.
  std::string offending(const SqlText& statement, const std::vector<std::string>& texts) {
    std::string whole = statement.text;
    bool offends = false;
    for (const auto& line : explained(statement)) {
      whole += "\n" + line;
      for (const auto& text : texts) offends |= line.find(text) != std::string::npos;
    }
    return offends ? whole : std::string();
  }

  // Tables are t0, t1 ... in all statements.
  std::string walked(const SqlText& statement) {
    if (is_sqlite()) return offending(statement, {"SCAN t"});
    if (is_postgres()) return offending(statement, {"Seq Scan on "});
    std::vector<std::string> texts;
    for (int table = 0; table < 10; ++table) {
      for (const auto* access : {" ALL ", " index "}) texts.push_back("t" + std::to_string(table) + access);
    }
    return offending(statement, texts);
  }

  // PostgreSQL explains no statement with parameters.
  static std::string with_values(const SqlText& statement) {
    auto text = statement.text;
    for (auto number = statement.parameters.size(); number > 0; --number) {
      const auto& value = statement.parameters[number - 1];
      std::string literal = "NULL";
      if (const auto* whole = std::get_if<std::int64_t>(&value)) literal = std::to_string(*whole);
      if (const auto* words = std::get_if<std::string>(&value)) literal = "'" + replace_all(*words, "'", "''") + "'";
      text = replace_all(std::move(text), "$" + std::to_string(number), literal);
    }
    return text;
  }

  Level planned(const std::string& collection, std::string_view parameters) {
    const auto query = parse_query(json::parse(parameters).as_object(), limits);
    plans.push_back(
        std::make_unique<Plan>(plan(query, *reader.schema->collection(collection), reader, {limits, {}, {}})));
    return std::move(plans.back()->root);
  }

  // Of the root's statement.
  std::string walks(const std::string& collection, std::string_view parameters) {
    return walked(root_statement(planned(collection, parameters), std::nullopt, dialect()));
  }
  std::string sorted(const std::string& collection, std::string_view parameters) {
    return offending(root_statement(planned(collection, parameters), std::nullopt, dialect()),
                     {"TEMP B-TREE", "Sort", "filesort"});
  }
  // Of the statements below it, for some parents and for one.
  std::string child_walks(const std::string& collection, std::string_view parameters) {
    const auto level = planned(collection, parameters);
    const auto& below = *level.children.front().levels.front();
    const std::vector<Value> keys{std::int64_t{1500}, std::int64_t{1600}, std::int64_t{1700}};
    const std::span<const Value> one(keys.data(), 1);
    std::string result = walked(child_statement(below, keys, Cut::by_database, dialect()));
    if (may_be_cut_by_reader(below, keys.size(), dialect())) {
      result += walked(child_statement(below, keys, Cut::by_reader, dialect()));
    }
    return result + walked(child_statement(below, one, Cut::by_database, dialect()));
  }

  Reader reader;
  QueryLimits limits;
  std::vector<std::unique_ptr<Plan>> plans;
};

TEST_P(IndexUse, FindsRowsByColumns) {
  EXPECT_EQ(walks("people", R"({"filter":{"id":{"_eq":1500}}})"), "");
  EXPECT_EQ(walks("people", R"({"filter":{"id":{"_in":[1500,1600,1700]}}})"), "");
  EXPECT_EQ(walks("people", R"({"filter":{"name":{"_eq":"p1500"}}})"), "");
  EXPECT_EQ(walks("books", R"({"filter":{"author":{"_eq":1500}}})"), "");
  EXPECT_EQ(walks("books", R"({"filter":{"author":1500,"pages":{"_null":true}}})"), "");
}

TEST_P(IndexUse, FindsRowsThroughOneRelatedRow) {
  EXPECT_EQ(walks("books", R"({"filter":{"author":{"name":{"_eq":"p1500"}}}})"), "");
  EXPECT_EQ(walks("books_genres", R"({"filter":{"book":{"title":{"_eq":"b1500"}}}})"), "");
  EXPECT_EQ(walks("books_genres", R"({"filter":{"book":{"author":{"name":{"_eq":"p1500"}}}}})"), "");
}

TEST_P(IndexUse, FindsRowsThroughLists) {
  EXPECT_EQ(walks("people", R"({"filter":{"books":{"title":{"_eq":"b1500"}}}})"), "");
  EXPECT_EQ(walks("people", R"({"filter":{"books":{"_some":{"title":{"_eq":"b1500"}}}}})"), "");
  EXPECT_EQ(walks("books", R"({"filter":{"genres":{"genre":{"_eq":1500}}}})"), "");
  EXPECT_EQ(walks("people", R"({"filter":{"books":{"_none":{"title":{"_eq":"b1500"}}},"name":{"_eq":"p1500"}}})"), "");
}

TEST_P(IndexUse, ReadsAPageInTheOrderOfAnIndex) {
  EXPECT_EQ(sorted("people", R"({"sort":"id","limit":5})"), "");
  EXPECT_EQ(sorted("people", R"({"sort":"-id","limit":5})"), "");
  EXPECT_EQ(sorted("people", R"({"sort":"name","limit":5})"), "");
}

TEST_P(IndexUse, ReadsWhatLiesBelowSomeRows) {
  EXPECT_EQ(child_walks("books", R"({"fields":["author.name"]})"), "");
  EXPECT_EQ(child_walks("people", R"({"fields":["books.title"]})"), "");
  EXPECT_EQ(child_walks("people", R"({"fields":["books.title"],"deep":{"books":{"_limit":-1}}})"), "");
  EXPECT_EQ(child_walks("people", R"({"fields":["books.title"],"deep":{"books":{"_limit":1,"_sort":["-title"]}}})"),
            "");
  EXPECT_EQ(child_walks("books", R"({"fields":["genres.id"]})"), "");
  EXPECT_EQ(child_walks("books", R"({"fields":["genres.genre.label"]})"), "");
  EXPECT_EQ(child_walks("pages", R"({"fields":["blocks.item"]})"), "");
}

TEST_P(IndexUse, CountsListsByTheirIndex) {
  EXPECT_EQ(walks("people", R"q({"fields":["count(books)"],"filter":{"id":{"_eq":1500}}})q"), "");
}

INSTANTIATE_TEST_SUITE_P(All, IndexUse, testing::ValuesIn(database::all_vendors), database::vendor_test_name);

}  // namespace
}  // namespace ashlar::query::test
