// What happens when the server goes away, and when tables change below prepared statements.
#include <fmt/format.h>

#include <thread>

#include "databases.h"

namespace ashlar::database {
namespace {

using Kind = DatabaseError::Kind;

class Healing : public OnDatabase {
 protected:
  void restart_server() {
    if (is_postgres()) test::PostgresServer::shared().restart();
    if (is_mysql()) test::MariadbServer::shared().restart();
  }

  // Ends the session of the connection from outside.
  void cut(Connection& connection) {
    const auto id = first_cell(connection, is_postgres() ? "SELECT pg_backend_pid()" : "SELECT connection_id()");
    Database other(settings);
    const auto killer = other.writer();
    if (is_mysql()) {
      killer->run("KILL " + id);
      while (first_cell(*killer, "SELECT count(*) FROM information_schema.processlist WHERE id = " + id) != "0") {
      }
    } else {
      killer->execute("SELECT pg_terminate_backend(" + id + ", 5000)");
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, Healing, testing::ValuesIn(server_vendors), vendor_test_name);

TEST_P(Healing, NobodyNoticesARestartOfTheServer) {
  run("CREATE TABLE t (n integer)");
  {
    const auto a = database.reader();
    const auto b = database.reader();
    const auto c = database.writer();
    for (auto* lease : {&a, &b, &c}) first_cell(**lease, "SELECT count(*) FROM t");
  }
  restart_server();
  {
    const auto a = database.reader();
    const auto b = database.reader();
    const auto c = database.writer();
    EXPECT_EQ(first_cell(*a, "SELECT count(*) FROM t"), "0");
    EXPECT_EQ(first_cell(*b, "SELECT 1"), "1");
    EXPECT_EQ(c->execute("INSERT INTO t VALUES (1)").rows, 1);
  }
  EXPECT_EQ(first_cell("SELECT count(*) FROM t"), "1");
}

TEST_P(Healing, TransactionsBeginAnewAfterARestart) {
  run("CREATE TABLE t (n integer)");
  restart_server();
  database.transact([](Connection& connection) { connection.execute("INSERT INTO t VALUES (1)"); });
  EXPECT_EQ(first_cell("SELECT count(*) FROM t"), "1");
}

TEST_P(Healing, AStatementInFlightFailsAndTheConnectionIsReplaced) {
  {
    const auto connection = database.writer();
    first_cell(*connection, "SELECT 1");
    cut(*connection);
    try {
      first_cell(*connection, "SELECT 2");
      ADD_FAILURE() << "the connection was cut";
    } catch (const DatabaseError& error) {
      EXPECT_EQ(error.kind, Kind::unavailable) << error.what();
    }
    EXPECT_FALSE(connection->usable());
  }
  EXPECT_EQ(first_cell("SELECT 3"), "3");
}

TEST_P(Healing, ATransactionThatLostItsConnectionFails) {
  run("CREATE TABLE t (n integer)");
  int runs = 0;
  EXPECT_THROW(database.transact([&](Connection& connection) {
    ++runs;
    connection.execute("INSERT INTO t VALUES (1)");
    cut(connection);
    connection.execute("INSERT INTO t VALUES (2)");
  }),
               DatabaseError);
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(first_cell("SELECT count(*) FROM t"), "0");
}

TEST_P(Healing, SaysThatTheServerIsNotThere) {
  auto elsewhere = settings;
  elsewhere.port = std::to_string(test::free_port());
  Database nowhere(elsewhere);
  try {
    nowhere.reader();
    ADD_FAILURE() << "connected";
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.kind, Kind::unavailable) << error.what();
  }
  EXPECT_FALSE(nowhere.wait_until_ready(2, std::chrono::milliseconds(1)));
  EXPECT_EQ(nowhere.usage().used, 0);
  EXPECT_TRUE(database.wait_until_ready(1, std::chrono::milliseconds(1)));
}

TEST_P(Healing, TransactionsAreTriedAgainWhenATableChangedBelowThem) {
  run("CREATE TABLE t (a integer)");
  run("INSERT INTO t VALUES (1)");
  const auto select = "SELECT * FROM t";
  const auto connection = database.writer();
  first_cell(*connection, select);
  run("ALTER TABLE t ADD COLUMN b integer");
  const Transaction transaction(*connection);
  try {
    const auto rows = connection->query(select);
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->column_count(), 2);  // MariaDB prepares by itself
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.kind, Kind::busy);
  }
}

TEST_P(Healing, StatementsFollowAColumnWhoseTypeChangedElsewhere) {
  run("CREATE TABLE t (v integer)");
  const auto insert = numbered("INSERT INTO t (v) VALUES (?)");
  const auto connection = database.writer();
  connection->execute(insert, std::vector<Value>{std::int64_t{1}});
  {
    Database another_server(settings);
    another_server.writer()->run(is_postgres() ? "ALTER TABLE t ALTER COLUMN v TYPE varchar(20)"
                                               : "ALTER TABLE t MODIFY v varchar(20)");
  }
  connection->execute(insert, std::vector<Value>{"word"});
  EXPECT_EQ(first_cell("SELECT count(*) FROM t WHERE v = 'word'"), "1");
}

TEST_P(Healing, StatementsFollowAChangeOfTheirOwnPool) {
  run("CREATE TABLE t (v integer)");
  const auto insert = numbered("INSERT INTO t (v) VALUES (?)");
  {
    const auto a = database.writer();
    const auto b = database.writer();
    for (const auto* lease : {&a, &b}) (*lease)->execute(insert, std::vector<Value>{std::int64_t{1}});
  }
  database.transact([&](Connection& connection) {
    connection.run(is_postgres() ? "ALTER TABLE t ALTER COLUMN v TYPE varchar(20)"
                                 : "ALTER TABLE t MODIFY v varchar(20)");
    connection.execute(insert, std::vector<Value>{"word"});
  });
  const auto a = database.writer();
  const auto b = database.writer();
  for (const auto* lease : {&a, &b}) {
    Transaction transaction(**lease);
    (*lease)->execute(insert, std::vector<Value>{"word"});
    transaction.commit();
  }
  EXPECT_EQ(first_cell("SELECT count(*) FROM t WHERE v = 'word'"), "3");
}

TEST_P(Healing, DeadlocksAreTriedAgain) {
  run("CREATE TABLE t (id integer PRIMARY KEY, n integer)");
  run("INSERT INTO t VALUES (1, 0), (2, 0)");
  std::atomic<int> ready = 0;
  const auto work = [&](int first, int second) {
    bool is_first_run = true;
    database.transact([&](Connection& connection) {
      connection.execute(fmt::format("UPDATE t SET n = n + 1 WHERE id = {}", first));
      if (std::exchange(is_first_run, false)) {
        ++ready;
        while (ready < 2) std::this_thread::yield();
      }
      connection.execute(fmt::format("UPDATE t SET n = n + 1 WHERE id = {}", second));
    });
  };
  {
    const std::jthread one(work, 1, 2);
    const std::jthread two(work, 2, 1);
  }
  EXPECT_EQ(first_cell("SELECT sum(n) FROM t"), "4");
}

TEST_P(Healing, CommitOfAFailedTransactionIsAnError) {
  run("CREATE TABLE t (id integer PRIMARY KEY)");
  const auto connection = database.writer();
  Transaction transaction(*connection);
  connection->execute("INSERT INTO t VALUES (1)");
  EXPECT_THROW(connection->execute("INSERT INTO t VALUES (1)"), DatabaseError);
  if (is_postgres()) {
    EXPECT_THROW(transaction.commit(), DatabaseError);
  } else {
    transaction.commit();  // MySQL undoes only the statement
  }
}

}  // namespace
}  // namespace ashlar::database
