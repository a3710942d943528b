// Hashes that are made before a transaction: those of nested items too, and never one for two.
#include "items/fixture.h"

namespace ashlar::items {
namespace {

class Hashes : public WithItems {};

TEST_P(Hashes, AreMadeBeforeTheTransactionAndEachUsedOnce) {
  table("groups", {auto_key(), column("name")});
  table("people", {auto_key(), column("secret"), reference("member_of")});
  relation("people", "member_of", "groups", {"people", {}, {}, {}});
  field("people", "secret", "hash");
  int made = 0;
  bool is_writing = false;
  services.hash_password = [&](std::string_view plain) {
    EXPECT_FALSE(is_writing);
    return std::string(plain) + std::to_string(++made);
  };
  events.on_filter("groups.items.create", [&](auto, auto&, const auto&, const auto&) { is_writing = true; });
  create("groups", R"({"people":{"create":[{"secret":"x"},{"secret":"x"},{"secret":null},{"secret":""}]}})");
  EXPECT_EQ(rows("people", {"secret"}), R"([{"secret":"x2"},{"secret":"x1"},{"secret":null},{"secret":""}])");
}

ASHLAR_ITEMS_ON_ALL_DATABASES(Hashes);

}  // namespace
}  // namespace ashlar::items
