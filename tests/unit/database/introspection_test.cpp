// What introspection tells of tables, keys and indexes.
#include <algorithm>

#include "databases.h"

namespace ashlar::database {
namespace {

class Introspection : public OnDatabase {
 protected:
  void read() {
    tables = dialect().introspect(*database.reader());
    for (const auto& table : tables) names.push_back(table.name);
  }
  const Table& table(std::string_view name) {
    const auto found = std::find_if(tables.begin(), tables.end(), [&](const Table& t) { return t.name == name; });
    if (found == tables.end()) throw std::runtime_error("no table " + std::string(name));
    return *found;
  }
  const Column& column(std::string_view of, std::string_view name) {
    const auto* found = table(of).column(name);
    if (found == nullptr) throw std::runtime_error("no column " + std::string(name));
    return *found;
  }
  std::string type(Type of) {
    ColumnSpec spec;
    spec.type = of;
    return dialect().column_type(spec);
  }

  std::vector<Table> tables;
  std::vector<std::string> names;
};
ASHLAR_ON_ALL_DATABASES(Introspection);

TEST_P(Introspection, ListsTablesAndViewsByName) {
  run("CREATE TABLE b (id integer PRIMARY KEY)");
  run("CREATE TABLE a (id integer PRIMARY KEY)");
  run("CREATE VIEW c AS SELECT id AS number FROM a");
  read();
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_FALSE(table("a").is_view);
  EXPECT_TRUE(table("c").is_view);
  EXPECT_EQ(column("c", "number").name, "number");
  if (is_postgres()) {
    EXPECT_EQ(table("a").schema, "public");
  }
  if (is_mysql()) {
    EXPECT_EQ(table("a").schema, settings.name);
    EXPECT_EQ(table("a").engine, "InnoDB");
    EXPECT_TRUE(table("a").collation->starts_with("utf8mb4"));
  }
  if (is_sqlite()) {
    EXPECT_EQ(table("a").sql, "CREATE TABLE a (id integer PRIMARY KEY)");
  }
}

TEST_P(Introspection, SurvivesAViewWithoutItsTable) {
  run("CREATE TABLE a (id integer PRIMARY KEY)");
  run("CREATE VIEW v AS SELECT id FROM a");
  run(is_postgres() ? "DROP TABLE a CASCADE" : "DROP TABLE a");
  run("CREATE TABLE b (id integer PRIMARY KEY)");
  read();
  EXPECT_EQ(column("b", "id").is_primary_key, true);
}

// The column types of contract schema 4.1, as the goldens show them.
TEST_P(Introspection, NamesTypesAndTheirLimits) {
  run("CREATE TABLE t (" +
      by_vendor("id integer PRIMARY KEY AUTOINCREMENT", "id serial PRIMARY KEY",
                "id int unsigned AUTO_INCREMENT PRIMARY KEY") +
      ", s " + type(Type::string) + ", x " + type(Type::text) + ", b " + type(Type::boolean) + ", i " +
      type(Type::integer) + ", g " + type(Type::big_integer) + ", f " + type(Type::floating) + ", d " +
      type(Type::decimal) + ", dt " + type(Type::date_time) + ", ts " + type(Type::timestamp) + ", tm " +
      type(Type::time) + ", j " + type(Type::json) + ", u " + type(Type::uuid) + ", n " + type(Type::binary) + ")");
  read();
  const auto shape = [&](std::string_view name) {
    const auto& of = column("t", name);
    const auto number = [](auto value) { return value ? std::to_string(*value) : std::string("-"); };
    return of.data_type + " " + number(of.max_length) + " " + number(of.numeric_precision) + " " +
           number(of.numeric_scale);
  };
  EXPECT_EQ(shape("id"), by_vendor("integer - - -", "integer - 32 0", "int unsigned - 10 0"));
  EXPECT_EQ(shape("s"), by_vendor("varchar 255 - -", "character varying 255 - -", "varchar 255 - -"));
  EXPECT_EQ(shape("x"), by_vendor("text - - -", "text - - -", "text 65535 - -"));
  EXPECT_EQ(shape("b"), by_vendor("boolean - - -", "boolean - - -", "boolean - 3 0"));
  EXPECT_EQ(shape("i"), by_vendor("integer - - -", "integer - 32 0", "int - 10 0"));
  EXPECT_EQ(shape("g"), by_vendor("bigint - - -", "bigint - 64 0", "bigint - 19 0"));
  EXPECT_EQ(shape("f"), by_vendor("float - - -", "real - 24 -", "float - 10 5"));
  EXPECT_EQ(shape("d"), by_vendor("float - - -", "numeric - 10 5", "decimal - 10 5"));
  EXPECT_EQ(shape("dt"), by_vendor("datetime - - -", "timestamp without time zone - - -", "datetime - - -"));
  EXPECT_EQ(shape("ts"), by_vendor("datetime - - -", "timestamp with time zone - - -", "timestamp - - -"));
  EXPECT_EQ(shape("tm"), by_vendor("time - - -", "time without time zone - - -", "time - - -"));
  EXPECT_EQ(shape("j"), by_vendor("json - - -", "json - - -", "longtext 4294967295 - -"));
  EXPECT_EQ(shape("u"), by_vendor("char 36 - -", "uuid - - -", "char 36 - -"));
  EXPECT_EQ(shape("n"), by_vendor("blob - - -", "bytea - - -", "blob 65535 - -"));
  EXPECT_EQ(table("t").columns.size(), 14);
  EXPECT_EQ(table("t").columns.back().name, "n");
}

TEST_P(Introspection, TellsKeysAndAutoIncrement) {
  run("CREATE TABLE a (id " +
      by_vendor("integer PRIMARY KEY AUTOINCREMENT", "serial PRIMARY KEY", "int AUTO_INCREMENT PRIMARY KEY") + ")");
  run("CREATE TABLE plain (id " + type(Type::string) + " PRIMARY KEY)");
  run("CREATE TABLE pair (x integer, y integer, PRIMARY KEY (y, x))");
  run("CREATE TABLE none (x integer)");
  read();
  EXPECT_TRUE(column("a", "id").is_primary_key);
  EXPECT_TRUE(column("a", "id").has_auto_increment);
  EXPECT_FALSE(column("a", "id").is_nullable);
  EXPECT_EQ(column("a", "id").is_unique, is_postgres());
  EXPECT_EQ(column("a", "id").default_value,
            is_postgres() ? std::optional<std::string>("nextval('a_id_seq'::regclass)") : std::nullopt);
  EXPECT_FALSE(column("plain", "id").has_auto_increment);
  EXPECT_EQ(column("plain", "id").is_unique, !is_mysql());
  EXPECT_EQ(table("plain").primary_key, std::vector<std::string>{"id"});
  EXPECT_EQ(table("pair").primary_key, (std::vector<std::string>{"y", "x"}));
  EXPECT_FALSE(column("pair", "x").is_unique);
  EXPECT_TRUE(column("pair", "x").is_primary_key);
  EXPECT_TRUE(table("none").primary_key.empty());
}

class PostgresIntrospection : public Introspection {};
ASHLAR_ON_DATABASES(PostgresIntrospection, Vendor::postgres);

TEST_P(PostgresIntrospection, IdentityColumnsFillThemselves) {
  run("CREATE TABLE a (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY)");
  read();
  EXPECT_TRUE(column("a", "id").has_auto_increment);
  EXPECT_FALSE(column("a", "id").default_value);
}

TEST_P(Introspection, TellsIndexes) {
  run("CREATE TABLE t (id integer PRIMARY KEY, a varchar(20) UNIQUE, b varchar(20), c varchar(20), d varchar(20), e "
      "varchar(20))");
  run("CREATE INDEX t_b_index ON t (b)");
  run("CREATE INDEX t_c_d_index ON t (c, d)");
  run("CREATE UNIQUE INDEX t_d_e_unique ON t (d, e)");
  run("CREATE UNIQUE INDEX t_e_unique ON t (e)");
  read();
  const auto flags = [&](std::string_view name) {
    return std::string(column("t", name).is_unique ? "unique " : "") + (column("t", name).is_indexed ? "indexed" : "");
  };
  EXPECT_EQ(flags("a"), "unique ");
  EXPECT_EQ(flags("b"), "indexed");
  EXPECT_EQ(flags("c"), is_mysql() ? "indexed" : "");
  EXPECT_EQ(flags("d"), "");
  EXPECT_EQ(flags("e"), "unique ");
  const auto& indexes = table("t").indexes;
  const auto pair =
      std::find_if(indexes.begin(), indexes.end(), [](const Index& i) { return i.name == "t_d_e_unique"; });
  ASSERT_NE(pair, indexes.end());
  EXPECT_TRUE(pair->is_unique);
  EXPECT_EQ(pair->columns, (std::vector<std::string>{"d", "e"}));
}

// What MySQL and MariaDB do not know.
class IntrospectionOfMore : public Introspection {};
ASHLAR_ON_DATABASES(IntrospectionOfMore, Vendor::sqlite, Vendor::postgres);

TEST_P(IntrospectionOfMore, PartialAndExpressionIndexesMakeNoColumnUnique) {
  run("CREATE TABLE t (id integer PRIMARY KEY, a varchar(20), b varchar(20))");
  run("CREATE UNIQUE INDEX t_a ON t (a) WHERE b IS NULL");
  run("CREATE UNIQUE INDEX t_b ON t (lower(b))");
  run("CREATE UNIQUE INDEX t_b2 ON t (b, lower(a))");
  read();
  EXPECT_FALSE(column("t", "a").is_unique);
  EXPECT_FALSE(column("t", "b").is_unique);
}

TEST_P(Introspection, TellsForeignKeys) {
  run("CREATE TABLE a (id integer PRIMARY KEY)");
  run("CREATE TABLE p (x integer, y integer, PRIMARY KEY (x, y))");
  run("CREATE TABLE t (id integer PRIMARY KEY, a integer, px integer, py integer, "
      "CONSTRAINT t_a_foreign FOREIGN KEY (a) REFERENCES a (id) ON DELETE SET NULL ON UPDATE CASCADE, "
      "CONSTRAINT t_p_foreign FOREIGN KEY (px, py) REFERENCES p (x, y))");
  read();
  const auto& keys = table("t").foreign_keys;
  ASSERT_EQ(keys.size(), 2);
  EXPECT_EQ(keys[0].name, is_sqlite() ? std::nullopt : std::optional<std::string>("t_a_foreign"));
  EXPECT_EQ(keys[0].columns, std::vector<std::string>{"a"});
  EXPECT_EQ(keys[0].referenced_table, "a");
  EXPECT_EQ(keys[0].referenced_columns, std::vector<std::string>{"id"});
  EXPECT_EQ(keys[0].on_delete, "SET NULL");
  EXPECT_EQ(keys[0].on_update, "CASCADE");
  EXPECT_EQ(keys[1].columns, (std::vector<std::string>{"px", "py"}));
  EXPECT_EQ(keys[1].referenced_columns, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(keys[1].on_delete, is_mysql() ? "RESTRICT" : "NO ACTION");
  EXPECT_EQ(keys[0].referenced_schema, is_postgres() ? "public" : "");
}

TEST_P(IntrospectionOfMore, ReferencesWithoutColumnsMeanThePrimaryKey) {
  run("CREATE TABLE a (number integer PRIMARY KEY)");
  run("CREATE TABLE t (id integer PRIMARY KEY, a integer REFERENCES a)");
  read();
  ASSERT_EQ(table("t").foreign_keys.size(), 1);
  EXPECT_EQ(table("t").foreign_keys[0].referenced_columns, std::vector<std::string>{"number"});
}

TEST_P(Introspection, GivesDefaultsAsTheDatabaseSpellsThem) {
  run("CREATE TABLE t (id integer PRIMARY KEY, s varchar(20) DEFAULT 'it''s', n integer DEFAULT -3, "
      "at timestamp NULL DEFAULT CURRENT_TIMESTAMP, none integer, z varchar(20) NOT NULL)");
  read();
  EXPECT_EQ(column("t", "s").default_value, by_vendor("'it''s'", "'it''s'::character varying", "'it''s'"));
  EXPECT_EQ(column("t", "n").default_value, by_vendor("-3", "'-3'::integer", "-3"));
  EXPECT_EQ(column("t", "at").default_value,
            by_vendor("CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP", "current_timestamp()"));
  EXPECT_FALSE(column("t", "none").default_value);
  EXPECT_FALSE(column("t", "z").default_value);
  EXPECT_TRUE(column("t", "s").is_nullable);
  EXPECT_FALSE(column("t", "z").is_nullable);
}

TEST_P(Introspection, MarksGeneratedColumns) {
  run("CREATE TABLE t (id integer PRIMARY KEY, n integer, twice integer GENERATED ALWAYS AS (n * 2) STORED)");
  read();
  EXPECT_FALSE(column("t", "n").is_generated);
  EXPECT_TRUE(column("t", "twice").is_generated);
  EXPECT_FALSE(column("t", "twice").default_value);
  EXPECT_EQ(column("t", "twice").generation_expression.has_value(), !is_sqlite());
}

// SQLite has none.
class IntrospectionOfComments : public Introspection {};
ASHLAR_ON_DATABASES(IntrospectionOfComments, Vendor::postgres, Vendor::mysql);

TEST_P(IntrospectionOfComments, ReadsComments) {
  if (is_mysql()) {
    run("CREATE TABLE t (id integer PRIMARY KEY COMMENT 'the key') COMMENT 'a table'");
  } else {
    run("CREATE TABLE t (id integer PRIMARY KEY)");
    run("COMMENT ON TABLE t IS 'a table'");
    run("COMMENT ON COLUMN t.id IS 'the key'");
  }
  read();
  EXPECT_EQ(table("t").comment, "a table");
  EXPECT_EQ(column("t", "id").comment, "the key");
}

TEST_P(PostgresIntrospection, SeesOnlyTheSearchPath) {
  run("CREATE SCHEMA first; CREATE SCHEMA second; CREATE SCHEMA other");
  run("CREATE TABLE first.a (id integer); CREATE TABLE second.a (id integer, x integer); CREATE TABLE second.b (id "
      "integer);"
      "CREATE TABLE other.c (id integer)");
  settings.search_path = {"first", "second"};
  Database narrowed(settings);
  tables = dialect().introspect(*narrowed.reader());
  ASSERT_EQ(tables.size(), 2);
  EXPECT_EQ(tables[0].schema, "first");
  EXPECT_EQ(tables[0].columns.size(), 1);
  EXPECT_EQ(tables[1].name, "b");
}

TEST_P(Introspection, QuotedNamesComeBackAsTheyAre) {
  run("CREATE TABLE " + quoted("We\"ird `Name") + " (" + quoted("order") + " integer PRIMARY KEY)");
  read();
  EXPECT_EQ(column("We\"ird `Name", "order").is_primary_key, true);
}

}  // namespace
}  // namespace ashlar::database
