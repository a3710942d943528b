// The pieces of SQL that the dialects print, run for real.
#include "database/dialect.h"

#include "databases.h"

namespace ashlar::database {
namespace {

class Dialects : public OnDatabase {
 protected:
  // The ids of the rows of `table` for which the condition holds.
  std::string ids(const std::string& table, const SqlText& condition) {
    const auto connection = database.reader();
    const auto rows = connection->query("SELECT id FROM " + table + " WHERE " + condition.text + " ORDER BY id",
                                        condition.parameters);
    std::string out;
    while (rows->next()) out += rows->cell(0).to_string();
    return out;
  }

  void make(const std::string& type, const std::vector<Value>& values) {
    run("CREATE TABLE t (id integer PRIMARY KEY, v " + type + ")");
    const auto connection = database.writer();
    std::int64_t id = 0;
    for (const auto& value : values) {
      connection->execute(numbered("INSERT INTO t (id, v) VALUES (?, ?)"), std::vector<Value>{++id, value});
    }
  }

  std::string matches(TextMatch match, std::string_view value) {
    SqlText sql(dialect());
    dialect().text_match(sql, quoted("v"), match, value);
    return ids("t", sql);
  }
  std::string in(Type type, const std::vector<Value>& values) {
    SqlText sql(dialect());
    dialect().in_list(sql, quoted("v"), type, values);
    return ids("t", sql);
  }
  std::string part(DatePart date_part, Type type, std::string_view condition = "id = 1") {
    SqlText sql(dialect());
    dialect().date_part(sql, date_part, type, quoted("v"));
    auto text = evaluate(sql, " FROM t WHERE " + std::string(condition));
    return text.substr(0, text.find(".000000"));
  }
  std::string column_type(Type type) {
    ColumnSpec spec;
    spec.type = type;
    return dialect().column_type(spec);
  }
};
ASHLAR_ON_ALL_DATABASES(Dialects);

using Where = TextMatch::Where;

TEST_P(Dialects, RefusesNamesWithNul) { EXPECT_THROW(quoted(std::string_view("a\0b", 3)), DatabaseError); }

TEST_P(Dialects, MatchesTexts) {
  make(column_type(Type::string), {"Apple pie", "pineapple", "Äpfel", std::monostate{}, "100%"});
  const bool ignores_case = !is_postgres();
  EXPECT_EQ(matches({Where::contains}, "apple"), ignores_case ? "12" : "2");
  EXPECT_EQ(matches({Where::contains, true}, "APPLE"), "12");
  EXPECT_EQ(matches({Where::starts}, "Apple"), "1");
  EXPECT_EQ(matches({Where::ends}, "apple"), "2");
  EXPECT_EQ(matches({Where::ends, true}, "APPLE"), "2");
  EXPECT_EQ(matches({Where::contains, true, true}, "APPLE"), "35");  // null is neither
  EXPECT_EQ(matches({Where::starts, true}, "äp"), is_sqlite() ? "" : is_mysql() ? "13" : "3");
  EXPECT_EQ(matches({Where::starts}, "a%p"), ignores_case ? (is_mysql() ? "13" : "1") : "");  // % is a wildcard
}

TEST_P(Dialects, MatchesTextsOfOtherTypes) {
  make("integer", {std::int64_t{123}, std::int64_t{456}});
  EXPECT_EQ(matches({Where::contains}, "2"), "1");
}

TEST_P(Dialects, FindsTextsInLists) {
  make(column_type(Type::string), {"a", "b,{}", "c\"d\\e", std::monostate{}, ""});
  EXPECT_EQ(in(Type::string, {"b,{}", "c\"d\\e", "nowhere"}), "23");
  EXPECT_EQ(in(Type::string, {"a", std::monostate{}}), "1");
  EXPECT_EQ(in(Type::string, {""}), "5");
  EXPECT_EQ(in(Type::string, {"a", "a", "a", "", ""}), "15");
  EXPECT_EQ(in(Type::string, {}), "");
}

TEST_P(Dialects, FindsNumbersInLists) {
  make("bigint", {std::int64_t{1}, std::int64_t{9'007'199'254'740'993}, std::int64_t{-3}});
  EXPECT_EQ(in(Type::big_integer, {std::int64_t{9'007'199'254'740'993}, std::int64_t{-3}}), "23");
  EXPECT_EQ(in(Type::big_integer, {"1"}), "1");
}

TEST_P(Dialects, TheTextOfAListDependsLittleOnItsLength) {
  const auto text = [&](int count) {
    SqlText sql(dialect());
    dialect().in_list(sql, "v", Type::integer,
                      std::vector<Value>(static_cast<std::size_t>(count), Value{std::int64_t{1}}));
    return sql.text;
  };
  EXPECT_EQ(text(5), text(8));
  if (!is_mysql()) {
    EXPECT_EQ(text(1), text(1000));
  }
}

TEST_P(Dialects, CountsListsInJson) {
  make(column_type(Type::json), {"[1,2,3]", "{\"a\":1}", std::monostate{}, "[]", "7"});
  const auto length = [&](int id) {
    SqlText sql(dialect());
    dialect().json_length(sql, quoted("v"));
    return evaluate(sql, " FROM t WHERE id = " + std::to_string(id));
  };
  EXPECT_EQ(length(1), "3");
  EXPECT_EQ(length(2), "0");
  EXPECT_EQ(length(3), "null");
  EXPECT_EQ(length(4), "0");
  EXPECT_EQ(length(5), "0");
}

TEST_P(Dialects, TakesPartsOfJson) {
  make(column_type(Type::json), {R"({"a":{"b c":[10,{"x":"y"}]},"t":"text","n":null})"});
  const auto extract = [&](const std::vector<std::string>& path) {
    SqlText sql(dialect());
    dialect().json_extract(sql, quoted("v"), path);
    return evaluate(sql, " FROM t");
  };
  EXPECT_EQ(extract({"a", "b c", "0"}), "10");
  EXPECT_EQ(extract({"a", "b c", "1", "x"}), "\"y\"");
  EXPECT_EQ(extract({"t"}), "\"text\"");
  EXPECT_EQ(extract({"a", "b c", "1"}), is_mysql() ? R"({"x": "y"})" : R"({"x":"y"})");
  EXPECT_EQ(extract({"missing"}), "null");
  EXPECT_EQ(extract({"n"}), "null");
}

TEST_P(Dialects, TakesPartsOfDates) {
  // 3 March 2024 is a Sunday.
  const auto moment = parse_iso("2024-03-03T04:05:06Z")->moment();
  for (const auto type : {Type::date_time, Type::timestamp}) {
    make(column_type(type), {dialect().time_value(type, moment), std::monostate{}});
    EXPECT_EQ(part(DatePart::year, type), "2024");
    EXPECT_EQ(part(DatePart::month, type), "3");
    EXPECT_EQ(part(DatePart::day, type), "3");
    EXPECT_EQ(part(DatePart::week, type), "9");
    EXPECT_EQ(part(DatePart::weekday, type), is_mysql() ? "1" : "0");
    EXPECT_EQ(part(DatePart::hour, type), "4");
    EXPECT_EQ(part(DatePart::minute, type), "5");
    EXPECT_EQ(part(DatePart::second, type), "6");
    EXPECT_EQ(part(DatePart::year, type, "id = 2"), "null");
    run("DROP TABLE t");
  }
}

TEST_P(Dialects, TakesPartsOfPlainDatesAndTimes) {
  make(column_type(Type::date), {dialect().time_value(Type::date, parse_iso("1960-02-29")->moment())});
  EXPECT_EQ(part(DatePart::year, Type::date), "1960");
  EXPECT_EQ(part(DatePart::day, Type::date), "29");
  run("DROP TABLE t");
  make(column_type(Type::time), {"07:05:09"});
  EXPECT_EQ(part(DatePart::hour, Type::time), "7");
  EXPECT_EQ(part(DatePart::minute, Type::time), "5");
  EXPECT_EQ(part(DatePart::second, Type::time), "9");
}

TEST_P(Dialects, TimesAreReadBackAsTheyWereStored) {
  const auto moment = parse_iso("2024-03-03T04:05:06Z")->moment();
  const auto stored = [&](Type type) {
    make(column_type(type), {dialect().time_value(type, moment)});
    auto text = first_cell("SELECT v FROM t");
    run("DROP TABLE t");
    return text;
  };
  EXPECT_EQ(stored(Type::date_time), by_vendor("1709438706000", "2024-03-03 04:05:06", "2024-03-03 04:05:06"));
  EXPECT_EQ(stored(Type::timestamp), by_vendor("1709438706000", "2024-03-03 04:05:06+00", "2024-03-03 04:05:06"));
  EXPECT_EQ(stored(Type::date), by_vendor("1709438706000", "2024-03-03", "2024-03-03"));
  EXPECT_EQ(stored(Type::time), "04:05:06");
}

class SqliteDialect : public Dialects {};
ASHLAR_ON_DATABASES(SqliteDialect, Vendor::sqlite);

TEST_P(SqliteDialect, ReadsTimesThatAreTexts) {
  make("datetime", {"2024-03-03 04:05:06"});
  EXPECT_EQ(part(DatePart::year, Type::timestamp), "2024");
  EXPECT_EQ(part(DatePart::hour, Type::timestamp), "4");
  EXPECT_EQ(part(DatePart::weekday, Type::date_time), "0");
}

TEST_P(Dialects, KnowsWhereNullsSort) {
  make("integer", {std::int64_t{1}, std::monostate{}});
  EXPECT_EQ(first_cell("SELECT id FROM t ORDER BY v"), dialect().sorts_nulls_first() ? "2" : "1");
}

class DialectsThatReturn : public Dialects {};
ASHLAR_ON_DATABASES(DialectsThatReturn, Vendor::sqlite, Vendor::postgres);

TEST_P(DialectsThatReturn, GivesBackInsertedRows) {
  make("integer", {});
  ASSERT_TRUE(dialect().has_returning());
  EXPECT_EQ(first_cell(*database.writer(), "INSERT INTO t (id, v) VALUES (5, 1) RETURNING id"), "5");
  EXPECT_EQ(first_cell("SELECT count(*) FROM t"), "1");
}

// PostgreSQL needs PostGIS for them.
class DialectsWithGeometries : public Dialects {};
ASHLAR_ON_DATABASES(DialectsWithGeometries, Vendor::sqlite, Vendor::mysql);

TEST_P(DialectsWithGeometries, KeepsGeometries) {
  make(column_type(Type::geometry_point), {});
  SqlText insert(dialect());
  insert << "INSERT INTO t (id, v) VALUES (1, ";
  dialect().geometry_value(insert, R"({"type":"Point","coordinates":[8.5,47.25]})");
  insert << ")";
  database.writer()->execute(insert.text, insert.parameters);
  SqlText read(dialect());
  dialect().geometry_as_json(read, quoted("v"));
  const auto text = evaluate(read, " FROM t");
  EXPECT_NE(text.find("Point"), std::string::npos) << text;
  EXPECT_NE(text.find("47.25"), std::string::npos) << text;
}

TEST_P(Dialects, FieldsWithoutAColumnHaveNoType) { EXPECT_THROW(column_type(Type::alias), DatabaseError); }

}  // namespace
}  // namespace ashlar::database
