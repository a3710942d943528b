// Taking CREATE TABLE apart and putting it together again.
#include "database/sqlite/table_definition.h"

#include <gtest/gtest.h>

#include "database/error.h"

namespace ashlar::database::sqlite {
namespace {

using Kind = ColumnClause::Kind;

TEST(TableDefinition, SplitsAtCommasThatAreNotInsideOfAnything) {
  const auto table = parse_table(
      "CREATE TABLE \"a,(b\" (id integer, `x,y` text DEFAULT 'a,b(c', [z] decimal(10, 5), -- first, second\n"
      " CHECK (id IN (1, 2)), /* , */ PRIMARY KEY (id, [z])) WITHOUT ROWID");
  EXPECT_EQ(table.head, "CREATE TABLE \"a,(b\" ");
  EXPECT_EQ(table.tail, " WITHOUT ROWID");
  ASSERT_EQ(table.definitions.size(), 5u);
  EXPECT_EQ(table.definitions[1].column().name, "x,y");
  EXPECT_EQ(table.definitions[2].text, "[z] decimal(10, 5)");
  EXPECT_FALSE(table.definitions[3].is_column);
  EXPECT_EQ(table.definitions[4].constraint().columns, (std::vector<std::string>{"id", "z"}));
}

TEST(TableDefinition, PrintsWhatItRead) {
  const std::string sql =
      "CREATE TABLE t (a integer PRIMARY KEY AUTOINCREMENT, b text, CONSTRAINT u UNIQUE (b)) STRICT";
  EXPECT_EQ(parse_table(sql).print(), sql);
}

TEST(TableDefinition, TellsTheClausesOfAColumn) {
  const Definition definition{
      "\"it\"\"s\" unsigned big int(10) CONSTRAINT n NOT NULL ON CONFLICT FAIL DEFAULT (1 + (2)) COLLATE NOCASE "
      "UNIQUE CHECK (x > 0) REFERENCES other (id) ON DELETE SET NULL ON UPDATE NO ACTION NOT DEFERRABLE",
      true};
  const auto column = definition.column();
  EXPECT_EQ(column.name, "it\"s");
  ASSERT_EQ(column.clauses.size(), 7u);
  EXPECT_EQ(column.clause(Kind::type)->text, "unsigned big int(10)");
  EXPECT_EQ(column.clause(Kind::not_null)->text, "CONSTRAINT n NOT NULL ON CONFLICT FAIL");
  EXPECT_EQ(column.clause(Kind::default_value)->text, "DEFAULT (1 + (2))");
  EXPECT_EQ(column.clause(Kind::references)->text,
            "REFERENCES other (id) ON DELETE SET NULL ON UPDATE NO ACTION NOT DEFERRABLE");
  EXPECT_EQ(column.print(), definition.text);
}

TEST(TableDefinition, ReadsDefaultsOfEveryKind) {
  for (const std::string text : {"DEFAULT 'it''s'", "DEFAULT -1.5e-3", "DEFAULT + 2", "DEFAULT NULL", "DEFAULT x'00ff'",
                                 "DEFAULT CURRENT_TIMESTAMP", "DEFAULT (lower('A)'))", "DEFAULT \"word\""}) {
    const auto column = Definition{"c text " + text + " NOT NULL", true}.column();
    ASSERT_NE(column.clause(Kind::default_value), nullptr) << text;
    EXPECT_EQ(column.clause(Kind::default_value)->text, text);
    EXPECT_NE(column.clause(Kind::not_null), nullptr) << text;
  }
}

TEST(TableDefinition, KnowsColumnsWithoutTypeAndGeneratedOnes) {
  EXPECT_TRUE((Definition{"a", true}).column().clauses.empty());
  const auto generated = Definition{"b integer GENERATED ALWAYS AS (a * (2)) STORED NOT NULL", true}.column();
  EXPECT_EQ(generated.clause(Kind::generated)->text, "GENERATED ALWAYS AS (a * (2)) STORED");
  const auto shorter = Definition{"b AS (a) VIRTUAL", true}.column();
  EXPECT_EQ(shorter.clause(Kind::type), nullptr);
  EXPECT_NE(shorter.clause(Kind::generated), nullptr);
}

TEST(TableDefinition, ReadsForeignKeys) {
  const auto key =
      Definition{"CONSTRAINT k FOREIGN KEY (`a`, b) REFERENCES \"o\" (c, [d]) ON DELETE CASCADE", false}.constraint();
  EXPECT_EQ(key.kind, TableConstraint::Kind::foreign_key);
  EXPECT_EQ(key.columns, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(key.referenced_table, "o");
  EXPECT_EQ(key.referenced_columns, (std::vector<std::string>{"c", "d"}));
  const auto column = Definition{"x int CONSTRAINT k REFERENCES o DEFERRABLE INITIALLY DEFERRED", true}.column();
  const auto short_key = parse_references(*column.clause(Kind::references), "x");
  EXPECT_EQ(short_key.referenced_table, "o");
  EXPECT_TRUE(short_key.referenced_columns.empty());
}

TEST(TableDefinition, SplitsConstraintsThatHaveNoCommaBetweenThem) {
  const auto table = parse_table("CREATE TABLE t(a, b, PRIMARY KEY(a) CONSTRAINT u UNIQUE(b) CHECK(a>0))");
  ASSERT_EQ(table.definitions.size(), 5u);
  EXPECT_EQ(table.definitions[3].text, "CONSTRAINT u UNIQUE(b)");
  EXPECT_EQ(table.definitions[4].constraint().kind, TableConstraint::Kind::check);
}

TEST(TableDefinition, RefusesWhatIsNoTable) {
  EXPECT_THROW(parse_table("CREATE VIEW v AS SELECT 1"), DatabaseError);
  EXPECT_THROW(parse_table("CREATE TABLE t (a int"), DatabaseError);
  EXPECT_THROW((Definition{"a int WHATEVER (1) NOT NULL NOPE", true}).column(), DatabaseError);
}

TEST(TableDefinition, FindsMentionsByNameOnly) {
  const std::string sql = "CREATE INDEX size ON \"size\" (lower(\"Title\")) WHERE note <> 'color'";
  EXPECT_TRUE(mentions(index_terms(sql), "title"));
  EXPECT_TRUE(mentions(index_terms(sql), "note"));
  EXPECT_FALSE(mentions(index_terms(sql), "color"));
  EXPECT_FALSE(mentions(index_terms(sql), "size"));
}

}  // namespace
}  // namespace ashlar::database::sqlite
