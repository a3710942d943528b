#include "access/address.h"

#include <gtest/gtest.h>

namespace ashlar::access {
namespace {

TEST(Address, MatchesEntries) {
  struct Case {
    const char* address;
    const char* entry;
    bool matches;
  };
  const Case cases[] = {
      {"10.0.0.1", "10.0.0.1", true},
      {"10.0.0.2", "10.0.0.1", false},
      {"10.0.0.200", "10.0.0.0/24", true},
      {"10.0.0.200", "10.0.0.77/24", true},
      {"10.0.1.0", "10.0.0.0/24", false},
      {"10.0.0.129", "10.0.0.128/25", true},
      {"10.0.0.127", "10.0.0.128/25", false},
      {"8.8.8.8", "0.0.0.0/0", true},
      {"10.0.0.1", "10.0.0.1/32", true},
      {"10.0.0.5", "10.0.0.1-10.0.0.9", true},
      {"10.0.0.1", "10.0.0.1-10.0.0.9", true},
      {"10.0.0.9", "10.0.0.1 - 10.0.0.9", true},
      {"10.0.0.10", "10.0.0.1-10.0.0.9", false},
      {"10.0.1.0", "10.0.0.250-10.0.1.5", true},
      {"::ffff:10.0.0.5", "10.0.0.0/24", true},
      {"10.0.0.5", "::ffff:10.0.0.0/120", true},
      {"::1", "::1", true},
      {"0:0:0:0:0:0:0:1", "::1", true},
      {"2001:db8::5", "2001:db8::/32", true},
      {"2001:DB8::5", "2001:db8::/32", true},
      {"2001:db9::5", "2001:db8::/32", false},
      {"2001:db8::5", "2001:db8::1-2001:db8::ff", true},
      {"fe80::1%eth0", "fe80::/10", true},
      {"2001:db8::1", "0.0.0.0/0", false},
      {"10.0.0.1", " 10.0.0.1 ", true},
      {"10.0.0.1", "localhost", false},
      {"", "0.0.0.0/0", false},
      {"unknown", "::/0", false},
  };
  for (const auto& [address, entry, matches] : cases) {
    EXPECT_EQ(address_matches(address, {entry}), matches) << address << " in " << entry;
  }
}

TEST(Address, AnyOfSeveralEntriesIsEnough) {
  EXPECT_TRUE(address_matches("10.0.0.1", {"192.168.0.0/16", "nonsense", "10.0.0.0/8"}));
  EXPECT_FALSE(address_matches("11.0.0.1", {"192.168.0.0/16", "nonsense", "10.0.0.0/8"}));
}

TEST(Address, NoEntriesAllowEverywhere) {
  EXPECT_TRUE(address_matches("10.0.0.1", {}));
  EXPECT_TRUE(address_matches("", {}));
}

TEST(Address, OnlyAddressesBlocksAndRangesMayBeStored) {
  for (const auto* entry : {"10.0.0.1", "10.0.0.0/8", "10.0.0.1/32", "0.0.0.0/0", "10.0.0.1-10.0.0.9", "::1", "::/0",
                            "2001:db8::/32", "2001:db8::1-2001:db8::2", "::ffff:1.2.3.4"}) {
    EXPECT_TRUE(is_valid_address_entry(entry)) << entry;
  }
  for (const auto* entry : {"",
                            "*",
                            "10.0.0.*",
                            "10.*.0.1",
                            "localhost",
                            "10.0.0",
                            "10.0.0.256",
                            "10.0.0.0/33",
                            "10.0.0.0/-1",
                            "10.0.0.0/+8",
                            "10.0.0.0/",
                            "10.0.0.0/8x",
                            "10.0.0.0/255.0.0.0",
                            "10.0.0.9-10.0.0.1",
                            "10.0.0.1-",
                            "-10.0.0.1",
                            "10.0.0.1-::1",
                            "::/129",
                            "::1/64/64",
                            "010.0.0.1.5",
                            "1.2.3.4,5.6.7.8"}) {
    EXPECT_FALSE(is_valid_address_entry(entry)) << entry;
  }
}

}  // namespace
}  // namespace ashlar::access
