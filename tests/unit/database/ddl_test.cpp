// Changes of tables that hold data, and that other things hold on to.
#include "database/ddl.h"

#include <fmt/format.h>

#include <algorithm>

#include "databases.h"

namespace ashlar::database {
namespace {

using Kind = DatabaseError::Kind;

ColumnSpec column(std::string name, Type type, bool is_nullable = true) {
  ColumnSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.is_nullable = is_nullable;
  return spec;
}

ColumnSpec key(std::string name = "id") {
  auto spec = column(std::move(name), Type::integer, false);
  spec.is_primary_key = true;
  spec.has_auto_increment = true;
  return spec;
}

ColumnSpec with_default(ColumnSpec spec, std::string text) {
  spec.default_value = {.kind = ColumnDefault::Kind::literal, .text = std::move(text), .precision = {}};
  return spec;
}

ColumnSpec reference(std::string name) {
  auto spec = column(std::move(name), Type::integer);
  spec.refers_to_auto_increment = true;
  return spec;
}

class DdlTest : public OnDatabase {
 protected:
  // As the callers do: in a transaction, where the database has any for DDL.
  void change(const std::function<void(Ddl&)>& work) {
    const auto connection = database.writer();
    Ddl ddl(*connection, dialect());
    if (is_mysql()) {
      work(ddl);
      return;
    }
    Transaction transaction(*connection);
    work(ddl);
    transaction.commit();
  }

  DatabaseError refused(const std::function<void(Ddl&)>& work) {
    try {
      change(work);
    } catch (const DatabaseError& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was refused";
    return {Kind::other, ""};
  }

  Table table(std::string_view name) {
    for (auto& found : dialect().introspect(*database.reader())) {
      if (found.name == name) return found;
    }
    ADD_FAILURE() << "no table " << name;
    return {};
  }

  Column column_of(std::string_view table_name, std::string_view name) {
    const auto found = table(table_name);
    const auto* column = found.column(name);
    if (column != nullptr) return *column;
    ADD_FAILURE() << "no column " << name;
    return {};
  }

  bool has_index(std::string_view table_name, std::string_view name) {
    const auto indexes = table(table_name).indexes;
    return std::ranges::any_of(indexes, [&](const Index& index) { return index.name == name; });
  }

  std::string rows(const std::string& columns, const std::string& of) {
    const auto connection = database.reader();
    const auto found = connection->query("SELECT " + columns + " FROM " + of);
    std::string text;
    while (found->next()) {
      if (!text.empty()) text += "|";
      for (int i = 0; i < found->column_count(); ++i) {
        if (i > 0) text += ",";
        text += found->cell(i).is_null() ? "-" : found->cell(i).to_string();
      }
    }
    return text;
  }

  // Authors and their books: b.author refers to a.id and books go with their author.
  void make_library() {
    change([](Ddl& ddl) {
      ddl.create_table(
          {.name = "authors", .columns = {key(), column("name", Type::string)}, .foreign_keys = {}, .indexes = {}});
      ddl.create_table({.name = "books",
                        .columns = {key(), column("title", Type::string), reference("author")},
                        .foreign_keys = {{.table = "books",
                                          .column = "author",
                                          .referenced_table = "authors",
                                          .referenced_column = "id",
                                          .on_delete = "CASCADE",
                                          .on_update = {}}},
                        .indexes = {{.columns = {"title"}, .is_unique = false}}});
    });
    run("INSERT INTO authors (name) VALUES ('Ann'), ('Bob'), (NULL)");
    run("INSERT INTO books (title, author) VALUES ('A1', 1), ('A2', 1), ('B1', 2)");
  }

  // Nothing of SQLite's file may be out of order.
  void TearDown() override {
    if (!is_sqlite()) return;
    EXPECT_EQ(first_cell("PRAGMA integrity_check"), "ok");
    EXPECT_EQ(first_cell("PRAGMA foreign_key_check"), "no row");
  }
};
ASHLAR_ON_ALL_DATABASES(DdlTest);

TEST_P(DdlTest, NamesConstraintsLikeTheReferenceAndCutsLongNames) {
  Ddl ddl(*database.writer(), dialect());
  EXPECT_EQ(ddl.constraint_name("Books", "The.Author-Id", "foreign"), "books_the_author_id_foreign");
  const auto a = ddl.constraint_name(std::string(60, 'a'), "x1", "foreign");
  const auto b = ddl.constraint_name(std::string(60, 'a'), "x2", "foreign");
  EXPECT_LE(a.size(), 60u);
  EXPECT_NE(a, b);
  EXPECT_TRUE(a.ends_with("_foreign"));
  EXPECT_EQ(a, ddl.constraint_name(std::string(60, 'a'), "x1", "foreign"));
  std::string wide;
  for (int i = 0; i < 40; ++i) wide += "ä";
  EXPECT_LE(ddl.constraint_name(wide, "c", "index").size(), 64u);
}

TEST_P(DdlTest, CreatesTablesWithKeysDefaultsAndIndexes) {
  change([](Ddl& ddl) {
    auto stamp = column("made", Type::timestamp);
    stamp.default_value.kind = ColumnDefault::Kind::current_timestamp;
    auto short_text = column("code", Type::string, false);
    short_text.length = 10;
    ddl.create_table(
        {.name = "things",
         .columns = {key(), short_text, with_default(column("state", Type::string), "it's \\ new"),
                     with_default(column("on", Type::boolean), "true"),
                     with_default(column("count", Type::integer), "7"), stamp},
         .foreign_keys = {},
         .indexes = {{.columns = {"code"}, .is_unique = true}, {.columns = {"state", "count"}, .is_unique = false}}});
  });
  run("INSERT INTO things (code) VALUES ('a'), ('b')");
  EXPECT_EQ(rows("id, code, state, count", "things ORDER BY id"), "1,a,it's \\ new,7|2,b,it's \\ new,7");
  EXPECT_EQ(rows("1", "things WHERE " + quoted("on") + " AND made IS NOT NULL"), "1|1");
  EXPECT_TRUE(column_of("things", "code").is_unique);
  EXPECT_FALSE(column_of("things", "code").is_nullable);
  EXPECT_EQ(column_of("things", "code").max_length, 10);
  EXPECT_TRUE(column_of("things", "id").has_auto_increment);
  EXPECT_EQ(table("things").primary_key, std::vector<std::string>{"id"});
  EXPECT_TRUE(has_index("things", "things_code_unique"));
  EXPECT_TRUE(has_index("things", "things_state_count_index"));
}

TEST_P(DdlTest, AddsColumnsThatOldRowsGetTheDefaultOf) {
  make_library();
  change([](Ddl& ddl) {
    ddl.add_column("books", with_default(column("pages", Type::integer, false), "100"));
    ddl.add_column("books", column("note", Type::text));
    auto stamp = column("added", Type::timestamp, false);
    stamp.default_value.kind = ColumnDefault::Kind::current_timestamp;
    ddl.add_column("books", stamp);
  });
  EXPECT_EQ(rows("id, pages, note", "books ORDER BY id"), "1,100,-|2,100,-|3,100,-");
  EXPECT_EQ(rows("count(*)", "books WHERE added IS NOT NULL"), "3");
  EXPECT_FALSE(column_of("books", "pages").is_nullable);
  EXPECT_FALSE(column_of("books", "added").is_nullable);
  EXPECT_TRUE(column_of("books", "added").default_value.has_value());
}

TEST_P(DdlTest, FillsUuidDefaultsRowByRow) {
  make_library();
  change([](Ddl& ddl) {
    auto code = column("code", Type::uuid);
    code.default_value.kind = ColumnDefault::Kind::random_uuid;
    ddl.add_column("books", code);
  });
  run("INSERT INTO books (title) VALUES ('C')");
  EXPECT_EQ(rows("count(*)", "books WHERE code IS NOT NULL"), "4");
  if (!is_postgres()) {
    EXPECT_EQ(rows("count(*)", "books WHERE length(code) = 36"), "4");
  }
}

TEST_P(DdlTest, RefusesARequiredColumnWithoutDefaultWhereThereAreRows) {
  make_library();
  const auto error = refused([](Ddl& ddl) { ddl.add_column("books", column("pages", Type::integer, false)); });
  EXPECT_EQ(error.kind, Kind::not_null);
  EXPECT_EQ(error.table, "books");
  EXPECT_EQ(error.columns, std::vector<std::string>{"pages"});
  EXPECT_EQ(table("books").column("pages"), nullptr);
  run("DELETE FROM books");
  change([](Ddl& ddl) { ddl.add_column("books", column("pages", Type::integer, false)); });
  EXPECT_FALSE(column_of("books", "pages").is_nullable);
}

TEST_P(DdlTest, ConvertsTheValuesOfAColumnWhoseTypeChanges) {
  make_library();
  change([](Ddl& ddl) { ddl.add_column("books", with_default(column("pages", Type::integer), "12")); });
  change([](Ddl& ddl) {
    ddl.add_index("books", "pages", false);
    ddl.alter_column("books", with_default(column("pages", Type::string), "12"));
  });
  EXPECT_EQ(rows("id", "books WHERE pages = '12' ORDER BY id"), "1|2|3");
  run("INSERT INTO books (title, pages) VALUES ('N', 'many')");
  EXPECT_EQ(rows("pages", "books WHERE title = 'N'"), "many");
  EXPECT_TRUE(column_of("books", "pages").is_indexed);
  run("DELETE FROM books WHERE title = 'N'");
  change([](Ddl& ddl) { ddl.alter_column("books", column("pages", Type::integer)); });
  EXPECT_EQ(rows("id", "books WHERE pages = 12 ORDER BY id"), "1|2|3");
  EXPECT_EQ(rows("sum(pages + 1)", "books"), "39");
  EXPECT_FALSE(column_of("books", "pages").default_value.has_value() &&
               column_of("books", "pages").default_value != "NULL");
}

TEST_P(DdlTest, AltersNullabilityAndDefaultWithoutTouchingTheRest) {
  make_library();
  change([](Ddl& ddl) {
    ddl.add_index("books", "title", true);
    ddl.alter_column("books", with_default(column("title", Type::string, false), "untitled"));
  });
  run("INSERT INTO books (author) VALUES (2)");
  EXPECT_EQ(rows("title", "books WHERE author = 2 ORDER BY id"), "B1|untitled");
  EXPECT_FALSE(column_of("books", "title").is_nullable);
  EXPECT_TRUE(column_of("books", "title").is_unique);
  EXPECT_TRUE(column_of("books", "title").is_indexed);
  EXPECT_EQ(table("books").foreign_keys.size(), 1u);
  change([](Ddl& ddl) { ddl.alter_column("books", column("title", Type::string)); });
  EXPECT_TRUE(column_of("books", "title").is_nullable);
  run("UPDATE books SET title = NULL WHERE id = 1");
}

TEST_P(DdlTest, RefusesNotNullWhereThereAreNulls) {
  make_library();
  const auto error = refused([](Ddl& ddl) { ddl.alter_column("authors", column("name", Type::string, false)); });
  EXPECT_EQ(error.kind, Kind::not_null);
  EXPECT_EQ(error.table, "authors");
  EXPECT_EQ(error.columns, std::vector<std::string>{"name"});
  EXPECT_TRUE(column_of("authors", "name").is_nullable);
}

// SQLite does not hold texts to their length.
class DdlLengths : public DdlTest {};
ASHLAR_ON_DATABASES(DdlLengths, Vendor::postgres, Vendor::mysql);

TEST_P(DdlLengths, RefusesALengthThatValuesDoNotFit) {
  make_library();
  auto name = column("name", Type::string);
  name.length = 2;
  const auto error = refused([&](Ddl& ddl) { ddl.alter_column("authors", name); });
  EXPECT_EQ(error.kind, Kind::too_long);
  EXPECT_EQ(error.columns, std::vector<std::string>{"name"});
}

TEST_P(DdlTest, KeepsTheKeyFillingItselfWhenItIsAltered) {
  make_library();
  change([](Ddl& ddl) { ddl.alter_column("authors", key()); });
  run("DELETE FROM authors WHERE id = 3");
  run("INSERT INTO authors (name) VALUES ('Dan')");
  EXPECT_EQ(rows("id", "authors WHERE name = 'Dan'"), "4");
  EXPECT_TRUE(column_of("authors", "id").has_auto_increment);
  EXPECT_EQ(rows("count(*)", "books"), "3");
}

TEST_P(DdlTest, KeepsTriggersAndViewsAndRunsNoTriggerForAChange) {
  make_library();
  run("CREATE TABLE noticed (id integer)");
  run(by_vendor("CREATE TRIGGER notice AFTER UPDATE ON books BEGIN INSERT INTO noticed VALUES (new.id); END",
                "CREATE FUNCTION notice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "INSERT INTO noticed VALUES (new.id); RETURN new; END $$",
                "CREATE TRIGGER notice AFTER UPDATE ON books FOR EACH ROW INSERT INTO noticed VALUES (new.id)"));
  if (is_postgres()) {
    run("CREATE TRIGGER notice AFTER UPDATE ON books FOR EACH ROW EXECUTE FUNCTION notice()");
  }
  change([](Ddl& ddl) { ddl.add_column("books", column("pages", Type::string)); });
  run("CREATE VIEW titles AS SELECT id, title FROM books");
  change([](Ddl& ddl) {
    ddl.alter_column("books", column("pages", Type::integer));
    ddl.alter_column("books", with_default(column("title", Type::string), "none"));
    auto stamp = column("made", Type::timestamp);
    stamp.default_value.kind = ColumnDefault::Kind::current_timestamp;
    ddl.add_column("books", stamp);
    ddl.drop_column("books", "pages");
    ddl.drop_foreign_key("books", "author");
  });
  EXPECT_EQ(rows("count(*)", "noticed"), "0");
  run("UPDATE books SET title = 'X' WHERE id = 2");
  EXPECT_EQ(rows("id", "noticed"), "2");
  EXPECT_EQ(rows("title", "titles WHERE id = 2"), "X");
}

TEST_P(DdlTest, KeepsRowsThatReferToAnAlteredTable) {
  make_library();
  change([](Ddl& ddl) {
    ddl.alter_column("authors", with_default(column("name", Type::text), "x"));
    ddl.add_column("authors", column("born", Type::date));
    ddl.drop_column("authors", "born");
    ddl.add_index("authors", "name", false);
    ddl.drop_index("authors", "name", false);
  });
  EXPECT_EQ(rows("id, author", "books ORDER BY id"), "1,1|2,1|3,2");
  run("DELETE FROM authors WHERE id = 1");
  EXPECT_EQ(rows("id, author", "books ORDER BY id"), "3,2");
}

TEST_P(DdlTest, DropsColumnsWithWhatNeedsThem) {
  make_library();
  change([](Ddl& ddl) {
    ddl.add_column("books", column("code", Type::string));
    ddl.add_index("books", "code", true);
    ddl.add_index("books", "code", false);
  });
  change([](Ddl& ddl) {
    ddl.drop_column("books", "code");
    ddl.drop_column("books", "author");
    ddl.drop_column("books", "title");
  });
  EXPECT_EQ(table("books").columns.size(), 1u);
  EXPECT_TRUE(table("books").foreign_keys.empty());
  EXPECT_EQ(rows("id", "books ORDER BY id"), "1|2|3");
  run("DELETE FROM authors");
  EXPECT_EQ(rows("count(*)", "books"), "3");
}

TEST_P(DdlTest, DropsKeysOfOtherTablesToADroppedColumn) {
  change([](Ddl& ddl) {
    auto code = column("code", Type::string);
    code.length = 20;
    ddl.create_table({.name = "countries",
                      .columns = {key(), code},
                      .foreign_keys = {},
                      .indexes = {{.columns = {"code"}, .is_unique = true}}});
    ddl.create_table({.name = "cities", .columns = {key(), code}, .foreign_keys = {}, .indexes = {}});
    ddl.add_foreign_key({.table = "cities",
                         .column = "code",
                         .referenced_table = "countries",
                         .referenced_column = "code",
                         .on_delete = {},
                         .on_update = {}});
  });
  run("INSERT INTO countries (code) VALUES ('fr')");
  run("INSERT INTO cities (code) VALUES ('fr')");
  change([](Ddl& ddl) { ddl.drop_column("countries", "code"); });
  EXPECT_TRUE(table("cities").foreign_keys.empty());
  run("INSERT INTO cities (code) VALUES ('xx')");
}

TEST_P(DdlTest, DropsTablesThatOthersReferToAndKeepsTheirRows) {
  make_library();
  change([](Ddl& ddl) { ddl.drop_table("authors"); });
  EXPECT_EQ(rows("id, author", "books ORDER BY id"), "1,1|2,1|3,2");
  EXPECT_TRUE(table("books").foreign_keys.empty());
  run("UPDATE books SET author = 99");
}

TEST_P(DdlTest, DropsATableThatRefersToItself) {
  change([](Ddl& ddl) {
    ddl.create_table({.name = "tree", .columns = {key(), reference("parent")}, .foreign_keys = {}, .indexes = {}});
    ddl.add_foreign_key({.table = "tree",
                         .column = "parent",
                         .referenced_table = "tree",
                         .referenced_column = "id",
                         .on_delete = "RESTRICT",
                         .on_update = {}});
  });
  run("INSERT INTO tree (parent) VALUES (NULL), (1), (2)");
  change([](Ddl& ddl) { ddl.drop_table("tree"); });
  EXPECT_TRUE(dialect().introspect(*database.reader()).empty());
}

TEST_P(DdlTest, MakesIndexesOnceAndDropsThemByWhatTheyAre) {
  make_library();
  run(is_mysql() ? "CREATE INDEX other_name ON authors (name(10))" : "CREATE INDEX other_name ON authors (name)");
  change([](Ddl& ddl) {
    ddl.add_index("authors", "name", true);
    ddl.add_index("authors", "name", true);
    ddl.add_index("books", "title", false);
  });
  EXPECT_TRUE(column_of("authors", "name").is_unique);
  EXPECT_TRUE(has_index("authors", "authors_name_unique"));
  change([](Ddl& ddl) {
    ddl.drop_index("authors", "name", true);
    ddl.drop_index("authors", "name", true);
  });
  EXPECT_FALSE(column_of("authors", "name").is_unique);
  change([](Ddl& ddl) { ddl.drop_index("books", "title", false); });
  EXPECT_FALSE(column_of("books", "title").is_indexed);
}

TEST_P(DdlTest, RefusesUniqueWhereThereAreDoubles) {
  make_library();
  run("UPDATE books SET title = 'same'");
  const auto error = refused([](Ddl& ddl) { ddl.add_index("books", "title", true); });
  EXPECT_EQ(error.kind, Kind::unique);
  EXPECT_EQ(error.table, "books");
  EXPECT_EQ(error.columns, std::vector<std::string>{"title"});
}

TEST_P(DdlTest, DropsUniqueConstraintsThatWereMadeWithTheTable) {
  run("CREATE TABLE made (id integer PRIMARY KEY, a varchar(20) UNIQUE, b integer, c varchar(20), UNIQUE (b, c), "
      "UNIQUE (c))");
  run("INSERT INTO made VALUES (1, 'x', 1, 'p'), (2, 'y', 1, 'q'), (3, 'z', 2, 'r')");
  change([](Ddl& ddl) { ddl.drop_index("made", "a", true); });
  EXPECT_FALSE(column_of("made", "a").is_unique);
  EXPECT_TRUE(column_of("made", "c").is_unique);
  run("INSERT INTO made VALUES (4, 'x', 2, 's')");
  EXPECT_THROW(run("INSERT INTO made VALUES (5, 'w', 9, 's')"), DatabaseError);
  change([](Ddl& ddl) { ddl.drop_column("made", "c"); });
  run("INSERT INTO made VALUES (5, 'w', 2)");
  EXPECT_EQ(rows("id, a, b", "made ORDER BY id"), "1,x,1|2,y,1|3,z,2|4,x,2|5,w,2");
}

TEST_P(DdlTest, MakesIndexesWithoutBlockingWriters) {
  make_library();
  {
    const auto connection = database.writer();
    Ddl ddl(*connection, dialect());
    ddl.add_index("books", "title", false, true);
    ddl.add_index("authors", "name", true, true);
    connection->run("UPDATE books SET title = 'same'");
    EXPECT_THROW(ddl.add_index("books", "title", true, true), DatabaseError);
  }
  EXPECT_TRUE(column_of("authors", "name").is_unique);
  EXPECT_FALSE(has_index("books", "books_title_unique"));
}

TEST_P(DdlTest, AddsForeignKeysWithAnIndexThatIsNobodys) {
  make_library();
  change([](Ddl& ddl) {
    ddl.add_column("books", reference("editor"));
    ddl.add_foreign_key({.table = "books",
                         .column = "editor",
                         .referenced_table = "authors",
                         .referenced_column = "id",
                         .on_delete = "SET NULL",
                         .on_update = {}});
  });
  run("UPDATE books SET editor = 2");
  const auto book = table("books");
  ASSERT_EQ(book.foreign_keys.size(), 2u);
  EXPECT_EQ(book.foreign_keys.back().on_delete, "SET NULL");
  const bool is_indexed = std::ranges::any_of(
      book.indexes, [](const Index& index) { return index.columns == std::vector<std::string>{"editor"}; });
  EXPECT_TRUE(is_indexed);
  run("DELETE FROM authors WHERE id = 2");
  EXPECT_EQ(rows("id, editor", "books ORDER BY id"), "1,-|2,-");
  change([](Ddl& ddl) { ddl.drop_foreign_key("books", "editor"); });
  EXPECT_EQ(table("books").foreign_keys.size(), 1u);
  run("UPDATE books SET editor = 77");
}

TEST_P(DdlTest, ReplacesTheIndexOfAKeyByTheUsersOwnAndBack) {
  make_library();
  const auto own = is_mysql() ? "books_author_foreign" : "books_author_foreign_idx";
  EXPECT_TRUE(has_index("books", own));
  EXPECT_EQ(is_foreign_key_index(own), !is_mysql());
  change([](Ddl& ddl) { ddl.add_index("books", "author", false); });
  EXPECT_TRUE(has_index("books", "books_author_index"));
  EXPECT_FALSE(has_index("books", own));
  change([](Ddl& ddl) { ddl.drop_index("books", "author", false); });
  EXPECT_TRUE(has_index("books", own));
  EXPECT_FALSE(has_index("books", "books_author_index"));
}

TEST_P(DdlTest, RefusesAForeignKeyWhereAValueHasNoCounterpart) {
  make_library();
  change([](Ddl& ddl) { ddl.add_column("books", reference("editor")); });
  run("UPDATE books SET editor = 42 WHERE id = 2");
  const auto error = refused([](Ddl& ddl) {
    ddl.add_foreign_key({.table = "books",
                         .column = "editor",
                         .referenced_table = "authors",
                         .referenced_column = "id",
                         .on_delete = {},
                         .on_update = {}});
  });
  EXPECT_EQ(error.kind, Kind::foreign_key);
  EXPECT_EQ(error.table, "books");
  EXPECT_EQ(error.columns, std::vector<std::string>{"editor"});
  EXPECT_EQ(table("books").foreign_keys.size(), 1u);
}

TEST_P(DdlTest, MakesAPlainIntegerFitAnUnsignedKey) {
  make_library();
  change([](Ddl& ddl) {
    ddl.add_column("books", with_default(column("editor", Type::integer), "1"));
    ddl.add_foreign_key({.table = "books",
                         .column = "editor",
                         .referenced_table = "authors",
                         .referenced_column = "id",
                         .on_delete = {},
                         .on_update = {}});
  });
  run("INSERT INTO books (title) VALUES ('D')");
  EXPECT_EQ(rows("editor", "books WHERE title = 'D'"), "1");
  EXPECT_THROW(run("UPDATE books SET editor = 99"), DatabaseError);
}

// On MySQL, DDL commits by itself.
class DdlInTransactions : public DdlTest {};
ASHLAR_ON_DATABASES(DdlInTransactions, Vendor::sqlite, Vendor::postgres);

TEST_P(DdlInTransactions, UndoesEverythingWithTheTransaction) {
  make_library();
  const auto before = table("books");
  {
    const auto connection = database.writer();
    Transaction transaction(*connection);
    Ddl ddl(*connection, dialect());
    ddl.alter_column("books", column("title", Type::text));
    ddl.drop_foreign_key("books", "author");
    ddl.add_column("books", column("more", Type::text));
    ddl.drop_table("authors");
  }
  const auto after = table("books");
  EXPECT_EQ(after.columns.size(), before.columns.size());
  EXPECT_EQ(after.sql, before.sql);
  EXPECT_EQ(after.foreign_keys.size(), 1u);
  run("INSERT INTO books (title, author) VALUES ('text', 1)");
  EXPECT_THROW(run("INSERT INTO books (author) VALUES (99)"), DatabaseError);
  EXPECT_EQ(rows("count(*)", "authors"), "3");
}

TEST_P(DdlInTransactions, UndoesOneStepWithItsSavepoint) {
  make_library();
  {
    const auto connection = database.writer();
    Transaction transaction(*connection);
    Ddl ddl(*connection, dialect());
    ddl.add_column("books", column("kept", Type::text));
    try {
      Transaction step(*connection);
      ddl.alter_column("books", with_default(column("title", Type::string), "lost"));
      ddl.add_index("books", "author", true);  // there are doubles
      step.commit();
      FAIL();
    } catch (const DatabaseError&) {
    }
    connection->run("INSERT INTO books (author) VALUES (2)");
    transaction.commit();
  }
  EXPECT_NE(table("books").column("kept"), nullptr);
  EXPECT_EQ(rows("count(*)", "books WHERE title IS NULL"), "1");
}

TEST_P(DdlTest, WorksWithNamesThatNeedQuotes) {
  const std::string odd = "od\"d `na'me";
  change([&](Ddl& ddl) {
    ddl.create_table(
        {.name = odd, .columns = {key(), column("sel\"ect", Type::string)}, .foreign_keys = {}, .indexes = {}});
    ddl.add_column(odd, reference("or`der"));
    ddl.add_foreign_key({.table = odd,
                         .column = "or`der",
                         .referenced_table = odd,
                         .referenced_column = "id",
                         .on_delete = "CASCADE",
                         .on_update = {}});
    ddl.alter_column(odd, with_default(column("sel\"ect", Type::text, true), is_mysql() ? "" : "a'b"));
    ddl.add_index(odd, "or`der", true);
  });
  run("INSERT INTO " + quoted(odd) + " (" + quoted("or`der") + ") VALUES (NULL)");
  EXPECT_EQ(table(odd).columns.size(), 3u);
  change([&](Ddl& ddl) {
    ddl.drop_column(odd, "or`der");
    ddl.drop_column(odd, "sel\"ect");
    ddl.drop_table(odd);
  });
}

}  // namespace
}  // namespace ashlar::database
