#include "auth/secret.h"

#include <mutex>
#include <set>
#include <thread>

#include "auth/fixture.h"

namespace ashlar::auth {
namespace {

class Secret : public testing::TestWithParam<database::Vendor> {};

ASHLAR_AUTH_ON_ALL_DATABASES(Secret);

TEST_P(Secret, OfTheSettingsIsUsed) {
  database::Database database(database::fresh_settings(GetParam()));
  EXPECT_EQ(signing_secret(database, "configured"), "configured");
}

TEST_P(Secret, IsGeneratedOnceForAllRestarts) {
  const auto settings = database::fresh_settings(GetParam());
  database::Database database(settings);
  const auto secret = signing_secret(database, "");
  EXPECT_GE(secret.size(), 32U);
  EXPECT_EQ(signing_secret(database, ""), secret);
  database::Database restarted(settings);
  EXPECT_EQ(signing_secret(restarted, ""), secret);
}

TEST_P(Secret, IsTheSameForReplicasThatStartTogether) {
  const auto settings = database::fresh_settings(GetParam());
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
