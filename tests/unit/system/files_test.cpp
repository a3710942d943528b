#include <gtest/gtest.h>

#include "base/error.h"
#include "system/files/asset_query.h"
#include "system/files/names.h"
#include "system/files/resumable.h"
#include "system/outgoing.h"

namespace ashlar::system {
namespace {

TEST(Titles, AreMadeForPeople) {
  EXPECT_EQ(title_of("summer-menu_2024"), "Summer Menu 2024");
  EXPECT_EQ(title_of("2024.03-annual_report FINAL.v2"), "2024.03 Annual Report Final.v2");
  EXPECT_EQ(title_of("README"), "Readme");
  EXPECT_EQ(title_of("myHolidayPhotos"), "My Holiday Photos");
  EXPECT_EQ(title_of("the-pdf-of-my-iphone-and-me"), "The PDF of My iPhone and Me");
  EXPECT_EQ(title_of("ærø ferry"), "Ærø Ferry");
  EXPECT_EQ(title_of(""), "");
}

TEST(Names, AreTakenApart) {
  EXPECT_EQ(base_name("C:\\a\\b.png"), "b.png");
  EXPECT_EQ(base_name("../../b.png"), "b.png");
  EXPECT_EQ(extension_of("shop.d/logo"), "");
  EXPECT_EQ(extension_of("a/b.tar.gz"), ".gz");
  EXPECT_EQ(extension_of(".env"), "");
}

AssetQuery parsed(json::object parameters, std::string allowed = "all") {
  AssetRules rules;
  rules.allowed = std::move(allowed);
  rules.presets = {json::object{{"key", "card"}, {"width", 40}}};
  return parse_asset_query(parameters, rules);
}

TEST(AssetQuery, TellsEqualWorkByEqualTexts) {
  EXPECT_EQ(canonical_text(parsed({{"width", "40"}}).pipeline), canonical_text(parsed({{"key", "card"}}).pipeline));
  EXPECT_NE(canonical_text(parsed({{"width", "40"}}).pipeline), canonical_text(parsed({{"width", "41"}}).pipeline));
  EXPECT_FALSE(parsed({{"transforms", "[]"}}).transforms);
  EXPECT_FALSE(parsed({{"v", "1"}}).transforms);
}

TEST(AssetQuery, KeepsToTheRules) {
  EXPECT_THROW(parsed({{"width", "20"}}, "presets"), ApiError);
  EXPECT_THROW(parsed({{"key", "card"}, {"width", "20"}}, "presets"), ApiError);
  EXPECT_NO_THROW(parsed({{"key", "card"}}, "presets"));
  EXPECT_THROW(parsed({{"key", "card"}}, "none"), ApiError);
  EXPECT_NO_THROW(parsed({{"key", "system-small-cover"}}, "none"));
  EXPECT_FALSE(parsed({}, "none").transforms);
  for (const auto* width : {"0", "-1", "1.5", "x", "99999999999"}) EXPECT_THROW(parsed({{"width", width}}), ApiError);
}

TEST(UploadMetadata, IsReadAsTusSaysIt) {
  EXPECT_EQ(parse_upload_metadata("a YWJj,b"), (json::object{{"a", "abc"}, {"b", nullptr}}));
  for (const auto* header : {"a b c", "a !!", ",", "a YWJj,a YWJj", " "}) {
    EXPECT_THROW(parse_upload_metadata(header), ApiError) << header;
  }
}

TEST(AddressGuard, KnowsThisMachineUnderAllNames) {
  const auto may_connect = address_guard({"0.0.0.0", "169.254.169.254", "10.0.0.0/8"});
  for (const auto* address : {"127.0.0.1", "127.8.8.8", "::1", "::", "0.0.0.0", "::ffff:127.0.0.1", "169.254.169.254",
                              "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "10.1.2.3"}) {
    EXPECT_FALSE(may_connect(address)) << address;
  }
  EXPECT_TRUE(may_connect("93.184.216.34"));
  EXPECT_TRUE(may_connect("2606:2800:220:1::1"));
  EXPECT_TRUE(address_guard({})("127.0.0.1"));
  EXPECT_FALSE(address_guard({"nonsense"})("93.184.216.34"));
}

}  // namespace
}  // namespace ashlar::system
