// The ways to reach a database server.
#include "databases.h"

namespace ashlar::database {
namespace {

using Kind = DatabaseError::Kind;

class Connecting : public OnDatabase {
 protected:
  std::string certificate() const {
    return is_postgres() ? test::PostgresServer::shared().certificate() : test::MariadbServer::shared().certificate();
  }

  std::string cipher() {
    Database encrypted(settings);
    const auto connection = encrypted.reader();
    if (is_postgres()) {
      return first_cell(*connection, "SELECT coalesce(cipher, '') FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    }
    const auto rows = connection->query("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
    return rows->next() ? rows->cell(1).to_string() : "";
  }

  Kind failure() {
    try {
      cipher();
    } catch (const DatabaseError& error) {
      return error.kind;
    }
    return Kind::other;
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, Connecting, testing::ValuesIn(server_vendors), vendor_test_name);

TEST_P(Connecting, WithoutTlsUnlessItIsAskedFor) { EXPECT_EQ(cipher(), ""); }

TEST_P(Connecting, ByTlsWithAnAuthorityFromTheSettings) {
  settings.ssl = true;
  settings.ssl_ca = certificate();
  EXPECT_NE(cipher(), "");
}

TEST_P(Connecting, RefusesACertificateThatNobodyVouchesFor) {
  settings.ssl = true;
  EXPECT_EQ(failure(), Kind::unavailable);
}

TEST_P(Connecting, AcceptsAnyCertificateWhereTheSettingsSaySo) {
  settings.ssl = true;
  settings.ssl_reject_unauthorized = false;
  EXPECT_NE(cipher(), "");
}

TEST_P(Connecting, TlsConnectionsOutliveARestartOfTheServer) {
  settings.ssl = true;
  settings.ssl_ca = certificate();
  Database encrypted(settings);
  EXPECT_EQ(first_cell(*encrypted.reader(), "SELECT 1"), "1");
  if (is_postgres()) test::PostgresServer::shared().restart();
  if (is_mysql()) test::MariadbServer::shared().restart();
  EXPECT_EQ(first_cell(*encrypted.reader(), "SELECT 1"), "1");
}

TEST_P(Connecting, SaysWhyItIsNotLetIn) {
  settings.user = "nobody";
  EXPECT_EQ(failure(), Kind::unavailable);
}

class ConnectingToPostgres : public Connecting {};
ASHLAR_ON_DATABASES(ConnectingToPostgres, Vendor::postgres);

TEST_P(ConnectingToPostgres, ByAConnectionString) {
  auto by_url = config::DatabaseSettings{};
  by_url.client = "pg";
  by_url.connection_string = "postgresql://ashlar@127.0.0.1:" + settings.port + "/" + settings.name;
  Database reached(by_url);
  EXPECT_EQ(first_cell(*reached.reader(), "SELECT current_database()"), settings.name);
}

}  // namespace
}  // namespace ashlar::database
