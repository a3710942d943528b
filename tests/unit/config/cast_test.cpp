#include "config/cast.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "config/error.h"

namespace ashlar::config {
namespace {

json::value value_of(std::string_view name, std::string_view text) {
  return cast_text(text, find_variable(name)).value;
}

struct Case {
  std::string_view name, text, becomes;  // the last as JSON
};

class Casts : public testing::TestWithParam<Case> {};

TEST_P(Casts, AsTheContractSays) {
  const auto& [name, text, becomes] = GetParam();
  EXPECT_EQ(value_of(name, text), parse_json(becomes)) << name << "=" << text;
}

INSTANTIATE_TEST_SUITE_P(Examples, Casts,
                         testing::Values(Case{"PUBLIC_URL", "https://x.example", R"("https://x.example")"},
                                         Case{"CORS_ORIGIN", "https://a.example,https://b.example",
                                              R"(["https://a.example","https://b.example"])"},
                                         Case{"CORS_ORIGIN", R"(regex:\.example$)", R"({"regex":"\\.example$"})"},
                                         Case{"RATE_LIMITER_POINTS", "25", "25"},
                                         Case{"DB_PASSWORD", "0123", R"("0123")"}, Case{"X", "0", "0"},
                                         Case{"X", "007", R"("007")"},
                                         Case{"AUTH_KC_PARAMS", R"({"prompt":"login"})", R"({"prompt":"login"})"},
                                         Case{"AUTH_KC_PARAMS", R"(json:{"a":"1","b":"2"})", R"({"a":"1","b":"2"})"},
                                         Case{"EXCLUDE", "string:1,2", R"("1,2")"}));

INSTANTIATE_TEST_SUITE_P(
    Guesses, Casts,
    testing::Values(Case{"X", "true", "true"}, Case{"X", "false", "false"}, Case{"X", "True", R"("True")"},
                    Case{"X", "1e3", "1000"}, Case{"X", " 12 ", "12"}, Case{"X", "-5", "-5"}, Case{"X", "1.5", "1.5"},
                    Case{"X", "", R"("")"}, Case{"X", "0.5", "0.5"}, Case{"X", "9007199254740991", "9007199254740991"},
                    Case{"X", "9007199254740993x", R"("9007199254740993x")"}, Case{"X", "null", "null"},
                    Case{"X", R"("quoted")", R"("quoted")"}, Case{"X", R"({"a":1})", R"({"a":1})"},
                    Case{"X", "a, b", R"(["a"," b"])"}, Case{"X", "a,,b,", R"(["a","b"])"},
                    Case{"X", "1,true,x", R"([1,true,"x"])"}, Case{"X", "a,string:2", R"(["a","2"])"}));

INSTANTIATE_TEST_SUITE_P(Prefixes, Casts,
                         testing::Values(Case{"X", "string:5", R"("5")"}, Case{"X", "number:0123", "123"},
                                         Case{"X", "boolean:1", "true"}, Case{"X", "boolean:yes", "false"},
                                         Case{"X", "array:a", R"(["a"])"}, Case{"X", "array:string:1,2", R"(["1",2])"},
                                         Case{"X", "json:[1,2]", "[1,2]"}, Case{"X", "json:no", R"("no")"},
                                         Case{"X", "regex:a,b", R"({"regex":"a,b"})"},
                                         Case{"X", "unknown:a", R"("unknown:a")"}, Case{"SECRET", "number:5", "5"}));

INSTANTIATE_TEST_SUITE_P(FixedTypes, Casts,
                         testing::Values(Case{"SECRET", "12345", R"("12345")"}, Case{"ADMIN_TOKEN", "1e3", R"("1e3")"},
                                         Case{"STORAGE_CLOUD_SECRET", "1,2", R"("1,2")"},
                                         Case{"AUTH_CORP_BIND_PASSWORD", "true", R"("true")"},
                                         Case{"IMPORT_TIMEOUT", "5000", R"("5000")"}, Case{"DB_PORT", "05432", "5432"},
                                         Case{"MAX_BATCH_MUTATION", "7", "7"},
                                         Case{"METRICS_TOKENS", "one", R"(["one"])"},
                                         Case{"DB_EXCLUDE_TABLES", "a,b", R"(["a","b"])"},
                                         Case{"IMPORT_IP_DENY_LIST", "", "[]"}, Case{"OPENAPI_ENABLED", "1", "true"},
                                         Case{"OPENAPI_ENABLED", "0", "false"}, Case{"OPENAPI_ENABLED", "off", "false"},
                                         Case{"AUTH_CORP_COOKIE_SECURE", "1", "true"}));

TEST(Cast, ValuesOfFilesKeepTheirKindUnlessItIsFixed) {
  EXPECT_EQ(cast_value(json::value(5), find_variable("X")).value, json::value(5));
  EXPECT_EQ(cast_value(json::value(12345), find_variable("SECRET")).value, json::value("12345"));
  EXPECT_EQ(cast_value(json::value("5"), find_variable("X")).value, json::value(5));
  EXPECT_EQ(cast_value(json::value("one"), find_variable("METRICS_TOKENS")).value, json::array{"one"});
  EXPECT_EQ(cast_value(json::array{"1", 2}, find_variable("METRICS_TOKENS")).value, (json::array{1, 2}));
}

TEST(Cast, RemembersTheTextWithoutItsPrefix) {
  EXPECT_EQ(cast_text("string:1,2", nullptr).text, "1,2");
  EXPECT_EQ(cast_text("007", nullptr).text, "007");
  EXPECT_EQ(cast_value(json::value(5), nullptr).text, std::nullopt);
}

TEST(Cast, RefusesWhatIsNotOfThePrefixedKind) {
  EXPECT_THROW(cast_text("number:abc", nullptr), ConfigError);
  EXPECT_THROW(cast_text("regex:(", nullptr), ConfigError);
}

}  // namespace
}  // namespace ashlar::config
