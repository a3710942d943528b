// What every driver must do alike: values, errors, transactions.
#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "databases.h"

namespace ashlar::database {
namespace {

using Kind = DatabaseError::Kind;

class Driver : public OnDatabase {
 protected:
  void make_people() {
    run(by_vendor(
        "CREATE TABLE people (id integer PRIMARY KEY AUTOINCREMENT, name varchar(10) UNIQUE, age integer NOT NULL)",
        "CREATE TABLE people (id serial PRIMARY KEY, name varchar(10) UNIQUE, age integer NOT NULL)",
        "CREATE TABLE people (id int unsigned AUTO_INCREMENT PRIMARY KEY, name varchar(10) UNIQUE, age int NOT NULL)"));
  }
  void insert_person(Connection& connection, Value name, Value age) {
    connection.execute(numbered("INSERT INTO people (name, age) VALUES (?, ?)"),
                       std::vector<Value>{std::move(name), std::move(age)});
  }
  void insert_person(Value name, Value age) { insert_person(*database.writer(), std::move(name), std::move(age)); }
  std::string people() { return first_cell("SELECT count(*) FROM people"); }

  // The error that the statement ends with.
  DatabaseError error_of(const std::string& sql, const std::vector<Value>& parameters = {}) {
    const auto connection = database.writer();
    try {
      connection->execute(numbered(sql), parameters);
    } catch (const DatabaseError& error) {
      return error;
    }
    ADD_FAILURE() << "no error: " << sql;
    return {Kind::other, ""};
  }
};
ASHLAR_ON_ALL_DATABASES(Driver);

TEST_P(Driver, GivesBackWhatWasStored) {
  run(by_vendor("CREATE TABLE v (i bigint, d double, t text, b blob, f boolean)",
                "CREATE TABLE v (i bigint, d double precision, t text, b bytea, f boolean)",
                "CREATE TABLE v (i bigint, d double, t longtext, b longblob, f tinyint(1))"));
  const std::string text = "Grüße, 世界 🎉 'quoted' \"twice\" \\ back\n\ttab";
  const std::string bytes("\x00\xff\x10\x00'\\", 6);
  const auto connection = database.writer();
  for (const std::int64_t number : {std::int64_t{0}, INT64_MAX, INT64_MIN}) {
    connection->run("DELETE FROM v");
    connection->execute(numbered("INSERT INTO v VALUES (?, ?, ?, ?, ?)"),
                        std::vector<Value>{number, 0.1 + 0.2, text, Blob{bytes}, true});
    const auto rows = connection->query("SELECT i, d, t, b, f FROM v");
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->column_count(), 5);
    EXPECT_EQ(rows->cell(0).to_integer(), number);
    EXPECT_EQ(std::stod(rows->cell(1).to_string()), 0.1 + 0.2);
    EXPECT_EQ(rows->cell(2).text, text);
    EXPECT_EQ(rows->cell(3).kind, Cell::Kind::blob);
    EXPECT_EQ(rows->cell(3).text, bytes);
    EXPECT_TRUE(rows->cell(4).to_bool());
    EXPECT_FALSE(rows->next());
  }
}

TEST_P(Driver, TellsNullFromEmpty) {
  run("CREATE TABLE v (a text, b text)");
  const auto connection = database.writer();
  connection->execute(numbered("INSERT INTO v VALUES (?, ?)"), std::vector<Value>{std::monostate{}, std::string()});
  const auto rows = connection->query("SELECT a, b FROM v");
  ASSERT_TRUE(rows->next());
  EXPECT_TRUE(rows->cell(0).is_null());
  EXPECT_FALSE(rows->cell(1).is_null());
  EXPECT_EQ(rows->cell(1).text, "");
}

TEST_P(Driver, ReadsLongTextsWhole) {
  run(by_vendor("CREATE TABLE v (t text)", "CREATE TABLE v (t text)", "CREATE TABLE v (t longtext)"));
  const auto connection = database.writer();
  for (const int length : {10, 300'000, 0, 5'000}) {
    connection->execute(numbered("INSERT INTO v VALUES (?)"), std::vector<Value>{std::string(length, 'x')});
  }
  for (const bool streaming : {false, true}) {
    const auto sql = "SELECT t FROM v ORDER BY length(t)";
    const auto rows = streaming ? connection->stream(sql) : connection->query(sql);
    for (const std::size_t length : {0, 10, 5'000, 300'000}) {
      ASSERT_TRUE(rows->next());
      EXPECT_EQ(rows->cell(0).text.size(), length);
    }
    EXPECT_FALSE(rows->next());
  }
}

TEST_P(Driver, StreamsManyRowsAndStopsInBetween) {
  run("CREATE TABLE n (i integer)");
  const auto connection = database.writer();
  connection->execute(by_vendor(
      "INSERT INTO n SELECT value FROM json_each('[' || substr(replace(hex(zeroblob(5000)), '00', ',1'), 2) || ']')",
      "INSERT INTO n SELECT generate_series(1, 5000)", "INSERT INTO n SELECT seq FROM seq_1_to_5000"));
  int count = 0;
  {
    const auto rows = connection->stream("SELECT i FROM n");
    while (rows->next()) ++count;
  }
  EXPECT_EQ(count, 5000);
  {
    const auto rows = connection->stream("SELECT i FROM n");
    ASSERT_TRUE(rows->next());
  }
  EXPECT_EQ(first_cell(*connection, "SELECT count(*) FROM n"), "5000");
}

TEST_P(Driver, CountsChangedRows) {
  make_people();
  insert_person("Ada", std::int64_t{36});
  insert_person("Bob", std::int64_t{40});
  const auto connection = database.writer();
  EXPECT_EQ(connection->execute("UPDATE people SET age = 40").rows, 2);  // also the one that had it
  EXPECT_EQ(connection->execute("DELETE FROM people WHERE age > 50").rows, 0);
  EXPECT_EQ(connection->execute("SELECT 1").last_insert_id, 0);
  if (!is_postgres()) {
    EXPECT_EQ(connection->execute("INSERT INTO people (age) VALUES (1)").last_insert_id, 3);
  }
}

TEST_P(Driver, KeepsTwoResultsApart) {
  make_people();
  insert_person("Ada", std::int64_t{1});
  insert_person("Bob", std::int64_t{2});
  const auto connection = database.writer();
  const auto outer = connection->query("SELECT name FROM people ORDER BY age");
  const auto inner = connection->query("SELECT name FROM people ORDER BY age");
  ASSERT_TRUE(outer->next());
  ASSERT_TRUE(inner->next());
  ASSERT_TRUE(inner->next());
  EXPECT_EQ(outer->cell(0).text, "Ada");
  EXPECT_EQ(inner->cell(0).text, "Bob");
}

TEST_P(Driver, RunsMoreStatementsThanItKeepsPrepared) {
  const auto connection = database.writer();
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 600; ++i) {
      ASSERT_EQ(first_cell(*connection, fmt::format("SELECT {}", i)), std::to_string(i));
    }
  }
}

TEST_P(Driver, SeesColumnsThatCameLater) {
  run("CREATE TABLE t (a integer)");
  run("INSERT INTO t VALUES (1)");
  const auto reader = database.reader();
  EXPECT_EQ(reader->query("SELECT * FROM t")->column_count(), 1);
  run("ALTER TABLE t ADD COLUMN b integer");
  const auto rows = reader->query("SELECT * FROM t");
  ASSERT_TRUE(rows->next());
  EXPECT_EQ(rows->column_count(), 2);
}

TEST_P(Driver, NamesTheUniqueColumn) {
  make_people();
  insert_person("Ada", std::int64_t{1});
  const auto error = error_of("INSERT INTO people (name, age) VALUES (?, ?)", {"Ada", std::int64_t{2}});
  EXPECT_EQ(error.kind, Kind::unique);
  if (is_mysql()) {
    EXPECT_EQ(error.constraint, "name");  // MariaDB tells the key only
  } else {
    EXPECT_EQ(error.table, "people");
    EXPECT_EQ(error.columns, std::vector<std::string>{"name"});
  }
  if (!is_sqlite()) {
    EXPECT_EQ(error.value, "Ada");
  }
}

TEST_P(Driver, NamesTheColumnThatIsNull) {
  make_people();
  for (const auto& error : {error_of("INSERT INTO people (name, age) VALUES (?, ?)", {"Ada", std::monostate{}}),
                            error_of("INSERT INTO people (name) VALUES (?)", {"Ada"})}) {
    EXPECT_EQ(error.kind, Kind::not_null);
    EXPECT_EQ(error.columns, std::vector<std::string>{"age"});
    if (!is_mysql()) {
      EXPECT_EQ(error.table, "people");
    }
  }
}

TEST_P(Driver, ReportsBrokenForeignKeys) {
  run(by_vendor("CREATE TABLE a (id integer PRIMARY KEY)", "CREATE TABLE a (id integer PRIMARY KEY)",
                "CREATE TABLE a (id int PRIMARY KEY)"));
  run("CREATE TABLE b (id integer PRIMARY KEY, a integer, CONSTRAINT b_a_foreign FOREIGN KEY (a) REFERENCES a (id))");
  run("INSERT INTO a VALUES (1)");
  run("INSERT INTO b VALUES (1, 1)");
  const auto missing = error_of("INSERT INTO b VALUES (2, 7)");
  EXPECT_EQ(missing.kind, Kind::foreign_key);
  const auto still_used = error_of("DELETE FROM a");
  EXPECT_EQ(still_used.kind, Kind::foreign_key);
  if (is_sqlite()) return;
  EXPECT_EQ(missing.table, "b");
  EXPECT_EQ(missing.columns, std::vector<std::string>{"a"});
  EXPECT_EQ(missing.constraint, "b_a_foreign");
  EXPECT_EQ(still_used.constraint, "b_a_foreign");
  if (is_postgres()) {
    EXPECT_EQ(missing.value, "7");
  }
}

// SQLite stores anything anywhere.
class DriverOfTypedColumns : public Driver {};
ASHLAR_ON_DATABASES(DriverOfTypedColumns, Vendor::postgres, Vendor::mysql);

TEST_P(DriverOfTypedColumns, ReportsValuesThatDoNotFit) {
  make_people();
  const auto too_long = error_of("INSERT INTO people (name, age) VALUES (?, 1)", {"longer than ten"});
  EXPECT_EQ(too_long.kind, Kind::too_long);
  const auto out_of_range = error_of("INSERT INTO people (age) VALUES (?)", {std::int64_t{5'000'000'000}});
  EXPECT_EQ(out_of_range.kind, Kind::out_of_range);
  const auto invalid = error_of("INSERT INTO people (age) VALUES (?)", {"many"});
  EXPECT_EQ(invalid.kind, Kind::invalid_value);
  EXPECT_EQ(invalid.value, "many");
}

TEST_P(Driver, ReportsMissingTablesAndColumns) {
  make_people();
  const auto table = error_of("SELECT * FROM nowhere");
  EXPECT_EQ(table.kind, Kind::missing_table);
  EXPECT_EQ(table.table, "nowhere");
  const auto column = error_of("SELECT surname FROM people");
  EXPECT_EQ(column.kind, Kind::missing_table);
  EXPECT_EQ(column.columns, std::vector<std::string>{"surname"});
}

TEST_P(Driver, RefusesTheWrongNumberOfParameters) {
  EXPECT_EQ(error_of("SELECT 1 + ?").kind, Kind::other);
  EXPECT_EQ(error_of("SELECT 1", {std::int64_t{1}}).kind, Kind::other);
}

TEST_P(Driver, WorksOnAfterAnError) {
  make_people();
  const auto connection = database.writer();
  EXPECT_THROW(connection->execute("INSERT INTO people (age) VALUES (NULL)"), DatabaseError);
  EXPECT_TRUE(connection->usable());
  EXPECT_EQ(first_cell(*connection, "SELECT count(*) FROM people"), "0");
}

TEST_P(Driver, CommitsOrRollsBack) {
  make_people();
  {
    const auto connection = database.writer();
    Transaction transaction(*connection);
    insert_person(*connection, "Ada", std::int64_t{1});
    transaction.commit();
  }
  EXPECT_EQ(people(), "1");
  {
    const auto connection = database.writer();
    const Transaction transaction(*connection);
    insert_person(*connection, "Bob", std::int64_t{1});
  }
  EXPECT_EQ(people(), "1");
}

TEST_P(Driver, RollsBackToASavepointAfterAnError) {
  make_people();
  database.transact([&](Connection& connection) {
    insert_person(connection, "Ada", std::int64_t{1});
    try {
      Transaction inner(connection);
      insert_person(connection, "Bob", std::int64_t{1});
      insert_person(connection, "Ada", std::int64_t{1});
      inner.commit();
    } catch (const DatabaseError& error) {
      EXPECT_EQ(error.kind, Kind::unique);
    }
    Transaction inner(connection);
    insert_person(connection, "Cem", std::int64_t{1});
    inner.commit();
  });
  EXPECT_EQ(people(), "2");
}

TEST_P(Driver, AnErrorInsideLeavesNothingOfTheTransaction) {
  make_people();
  EXPECT_THROW(database.transact([&](Connection& connection) {
    insert_person(connection, "Ada", std::int64_t{1});
    insert_person(connection, "Ada", std::int64_t{1});
  }),
               DatabaseError);
  EXPECT_EQ(people(), "0");
}

TEST_P(Driver, ReadingTransactionsSeeOneState) {
  make_people();
  const auto reader = database.reader();
  const Transaction transaction(*reader, false);
  EXPECT_EQ(first_cell(*reader, "SELECT count(*) FROM people"), "0");
  insert_person("Ada", std::int64_t{1});
  EXPECT_EQ(first_cell(*reader, "SELECT count(*) FROM people"), "0");
  EXPECT_EQ(people(), "1");
}

TEST_P(Driver, TransactTriesAgainWhatCollided) {
  make_people();
  int runs = 0;
  database.transact([&](Connection& connection) {
    insert_person(connection, "Ada", std::int64_t{1});
    if (++runs < 3) throw DatabaseError(Kind::busy, "deadlock");
  });
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(people(), "1");
}

TEST_P(Driver, TransactGivesUpInTheEnd) {
  int runs = 0;
  EXPECT_THROW(database.transact([&](Connection&) {
    ++runs;
    throw DatabaseError(Kind::busy, "deadlock");
  }),
               DatabaseError);
  EXPECT_EQ(runs, 5);
}

TEST_P(Driver, ManyWritersAtOnceAllSucceed) {
  run("CREATE TABLE counter (n integer)");
  run("INSERT INTO counter VALUES (0)");
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round) {
        database.transact([](Connection& connection) { connection.execute("UPDATE counter SET n = n + 1"); });
      }
    });
  }
  threads.clear();
  EXPECT_EQ(first_cell("SELECT n FROM counter"), "80");
}

// Two transactions that lock rows in opposite orders, by statements that give rows: one of them is told, and both can
// go on with the very same statements.
TEST_P(Driver, WorksOnAfterADeadlockWhileRowsAreRead) {
  if (is_sqlite()) return;
  make_people();
  insert_person("ann", 1);
  insert_person("bob", 2);
  const auto sql = numbered("SELECT age FROM people WHERE name = ? ORDER BY age FOR UPDATE");
  std::atomic<int> holders = 0;
  const auto lock_both = [&](const std::string& first, const std::string& second) {
    bool is_first_time = true;
    database.transact([&](Connection& connection) {
      EXPECT_NE(first_cell(connection, sql, std::vector<Value>{first}), "no row");
      if (std::exchange(is_first_time, false)) {
        ++holders;
        while (holders < 2) std::this_thread::yield();
      }
      EXPECT_NE(first_cell(connection, sql, std::vector<Value>{second}), "no row");
    });
  };
  std::jthread other([&] { lock_both("bob", "ann"); });
  lock_both("ann", "bob");
}

TEST_P(Driver, CancelEndsARunningStatement) {
  const auto connection = database.reader();
  std::jthread canceller([&](const std::stop_token& stop) {
    // Until it has begun to run there is nothing to cancel.
    while (!stop.stop_requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      connection->cancel();
    }
  });
  try {
    connection->execute(by_vendor(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n", "SELECT pg_sleep(60)",
        "SELECT count(*) FROM seq_1_to_1000000 a, seq_1_to_1000000 b WHERE a.seq + b.seq = 0"));
    ADD_FAILURE() << "not cancelled";
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.kind, Kind::timeout) << error.what();
  }
}

TEST_P(Driver, EndsStatementsThatTakeTooLong) {
  settings.statement_timeout_milliseconds = 50;
  Database impatient(settings);
  const auto connection = impatient.reader();
  try {
    connection->execute(by_vendor(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n", "SELECT pg_sleep(60)",
        "SELECT count(*) FROM seq_1_to_1000000 a, seq_1_to_1000000 b WHERE a.seq + b.seq = 0"));
    ADD_FAILURE() << "not ended";
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.kind, Kind::timeout) << error.what();
  }
}

class PostgresDriver : public Driver {};
ASHLAR_ON_DATABASES(PostgresDriver, Vendor::postgres);

// Planned while the other table was small, each check would read all of it.
TEST_P(PostgresDriver, ChecksForeignKeysByIndexWhereManyRowsAreExpected) {
  run("CREATE TABLE parents (id integer PRIMARY KEY)");
  run("CREATE TABLE children (parent integer REFERENCES parents (id))");
  run("INSERT INTO parents VALUES (1)");
  run("VACUUM ANALYZE parents");
  const auto connection = database.writer();
  const auto add_child = [&] { connection->run("INSERT INTO children VALUES (1)"); };
  const auto whole_readings = [&] {
    return first_cell(*connection, "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'parents'");
  };
  add_child();
  {
    Transaction transaction(*connection);
    const auto before = whole_readings();
    add_child();
    const auto after = whole_readings();
    EXPECT_NE(after, before);
    database.dialect().expect_many_rows(*connection);
    add_child();
    EXPECT_EQ(whole_readings(), after);
    transaction.commit();
  }
  EXPECT_EQ(first_cell(*connection, "SHOW enable_seqscan"), "on");
}

}  // namespace
}  // namespace ashlar::database
