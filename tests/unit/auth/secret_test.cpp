#include "auth/secret.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>

#include "support/servers.h"

namespace ashlar::auth {
namespace {

TEST(Secret, OfTheSettingsIsUsed) {
  database::Database database(test::fresh_sqlite_database());
  EXPECT_EQ(signing_secret(database, "configured"), "configured");
}

TEST(Secret, IsGeneratedOnceForAllRestarts) {
  const auto settings = test::fresh_sqlite_database();
  database::Database database(settings);
  const auto secret = signing_secret(database, "");
  EXPECT_GE(secret.size(), 32U);
  EXPECT_EQ(signing_secret(database, ""), secret);
  database::Database restarted(settings);
  EXPECT_EQ(signing_secret(restarted, ""), secret);
}

TEST(Secret, IsTheSameForReplicasThatStartTogether) {
  const auto settings = test::fresh_sqlite_database();
  std::mutex mutex;
  std::set<std::string> secrets;
  std::vector<std::thread> replicas;
  for (int i = 0; i < 6; ++i) {
    replicas.emplace_back([&] {
      database::Database database(settings);
      auto secret = signing_secret(database, "");
      const std::lock_guard lock(mutex);
      secrets.insert(std::move(secret));
    });
  }
  for (auto& replica : replicas) replica.join();
  EXPECT_EQ(secrets.size(), 1U);
}

}  // namespace
}  // namespace ashlar::auth
