// Validation rules against payloads: a table of rule, payload and the errors that come out.
#include "items/validation.h"

#include <gtest/gtest.h>

namespace ashlar::items {
namespace {

struct Case {
  std::string_view rule, payload, errors;
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.rule << " on " << test.payload; }

class Rules : public testing::TestWithParam<Case> {};

TEST_P(Rules, FindBrokenLeaves) {
  std::string text;
  for (const auto& error : broken_rules(json::parse(GetParam().rule), json::parse(GetParam().payload).as_object())) {
    auto extensions = error.extensions;
    if (extensions.at("path").as_array().empty()) extensions.erase("path");
    if (!text.empty()) text += " ";
    text += json::serialize(extensions);
  }
  EXPECT_EQ(text, GetParam().errors);
}

const Case cases[] = {
    // Nothing sent, nothing asked, except with _submitted.
    {R"({"a":{"_eq":"x"}})", R"({})", ""},
    {R"({"a":{"_nnull":true}})", R"({})", ""},
    {R"({"a":{"_submitted":true}})", R"({})", R"({"field":"a","type":"required"})"},
    {R"({"a":{"_submitted":true}})", R"({"a":null})", ""},
    // Equality.
    {R"({"a":{"_eq":"x"}})", R"({"a":"x"})", ""},
    {R"({"a":{"_eq":"x"}})", R"({"a":"y"})", R"({"field":"a","type":"eq","valid":"x"})"},
    {R"({"a":{"_eq":"x"}})", R"({"a":null})", R"({"field":"a","type":"eq","valid":"x"})"},
    {R"({"a":{"_eq":5}})", R"({"a":"5"})", ""},
    {R"({"a":{"_neq":"x"}})", R"({"a":"x"})", R"({"field":"a","type":"neq","invalid":"x"})"},
    {R"({"a":{"_neq":"x"}})", R"({"a":null})", ""},
    {R"({"a":{"_in":["x","y"]}})", R"({"a":"z"})", R"({"field":"a","type":"in","valid":["x","y"]})"},
    {R"({"a":{"_in":["x"]}})", R"({"a":"z"})", R"({"field":"a","type":"eq","valid":"x"})"},
    {R"({"a":{"_nin":["x","y"]}})", R"({"a":"y"})", R"({"field":"a","type":"nin","invalid":["x","y"]})"},
    {R"({"a":{"_nin":["x"]}})", R"({"a":"x"})", R"({"field":"a","type":"neq","invalid":"x"})"},
    // Order: numbers, numeric texts, dates; other kinds are as if nothing was sent.
    {R"({"a":{"_lt":10}})", R"({"a":10})", R"({"field":"a","type":"lt","valid":10})"},
    {R"({"a":{"_lt":10}})", R"({"a":"9"})", ""},
    {R"({"a":{"_lt":10}})", R"({"a":"word"})", R"({"field":"a","type":"required"})"},
    {R"({"a":{"_gt":10}})", R"({"a":null})", R"({"field":"a","type":"required"})"},
    {R"({"a":{"_gte":10}})", R"({"a":9.5})", R"({"field":"a","type":"gte","valid":10})"},
    {R"({"a":{"_lte":10}})", R"({"a":10})", ""},
    {R"({"a":{"_gte":"2020-01-01"}})", R"({"a":"2019-12-31"})",
     R"({"field":"a","type":"gte","valid":"2020-01-01T00:00:00.000Z"})"},
    {R"({"a":{"_gte":"2020-01-01"}})", R"({"a":"2020-01-01"})", ""},
    {R"({"a":{"_gte":"2020-01-01"}})", R"({"a":"soon"})", R"({"field":"a","type":"required"})"},
    {R"({"a":{"_between":[5,7]}})", R"({"a":4})", R"({"field":"a","type":"gte","valid":5})"},
    {R"({"a":{"_between":[5,7]}})", R"({"a":8})", R"({"field":"a","type":"lte","valid":7})"},
    {R"({"a":{"_between":[5,7]}})", R"({"a":7})", ""},
    {R"({"a":{"_nbetween":[5,7]}})", R"({"a":4})", ""},
    {R"({"a":{"_nbetween":[5,7]}})", R"({"a":6})",
     R"({"field":"a","type":"lt","valid":5} {"field":"a","type":"gt","valid":7})"},
    // Texts.
    {R"({"a":{"_contains":"cat"}})", R"({"a":"concat"})", ""},
    {R"({"a":{"_contains":"cat"}})", R"({"a":"Cat"})", R"({"field":"a","type":"contains","substring":"cat"})"},
    {R"({"a":{"_contains":"cat"}})", R"({"a":["a cat"]})", ""},
    {R"({"a":{"_contains":"cat"}})", R"({"a":5})", R"({"field":"a","type":"contains","substring":"cat"})"},
    {R"({"a":{"_icontains":"CAT"}})", R"({"a":"a Cat"})", ""},
    {R"({"a":{"_ncontains":"cat"}})", R"({"a":"a cat"})", R"({"field":"a","type":"ncontains","substring":"cat"})"},
    {R"({"a":{"_ncontains":"cat"}})", R"({"a":"a dog"})", ""},
    {R"({"a":{"_starts_with":"ab"}})", R"({"a":"ba"})", R"({"field":"a","type":"starts_with","substring":"ab"})"},
    {R"({"a":{"_nstarts_with":"ab"}})", R"({"a":"abc"})", R"({"field":"a","type":"nstarts_with","substring":"ab"})"},
    {R"({"a":{"_istarts_with":"AB"}})", R"({"a":"aBc"})", ""},
    {R"({"a":{"_nistarts_with":"AB"}})", R"({"a":"aBc"})", R"({"field":"a","type":"nistarts_with","substring":"AB"})"},
    {R"({"a":{"_ends_with":"yz"}})", R"({"a":"xyz"})", ""},
    {R"({"a":{"_iends_with":"YZ"}})", R"({"a":"x"})", R"({"field":"a","type":"iends_with","substring":"YZ"})"},
    // Emptiness.
    {R"({"a":{"_null":true}})", R"({"a":1})", R"({"field":"a","type":"null"})"},
    {R"({"a":{"_nnull":true}})", R"({"a":null})", R"({"field":"a","type":"nnull"})"},
    {R"({"a":{"_empty":true}})", R"({"a":"x"})", R"({"field":"a","type":"empty"})"},
    {R"({"a":{"_nempty":true}})", R"({"a":""})", R"({"field":"a","type":"nempty"})"},
    {R"({"a":{"_nempty":true}})", R"({"a":"x"})", ""},
    {R"({"a":{"_nempty":false}})", R"({"a":"x"})", R"({"field":"a","type":"empty"})"},
    // Patterns.
    {R"({"a":{"_regex":"^[A-Z]{3}-\\d+$"}})", R"({"a":"ABC-12"})", ""},
    {R"({"a":{"_regex":"^[A-Z]{3}-\\d+$"}})", R"({"a":"abc"})", R"({"field":"a","type":"regex","invalid":"abc"})"},
    {R"({"a":{"_regex":"/^\\d+$/"}})", R"({"a":"12"})", ""},
    {R"({"a":{"_regex":".*"}})", R"({"a":""})", R"({"field":"a","type":"regex","invalid":""})"},
    {R"({"a":{"_regex":"(?=.*[A-Z])(?=.*\\d).{3,}"}})", R"({"a":"aB3"})", ""},
    {R"({"a":{"_regex":"(unclosed"}})", R"({"a":"x"})", R"({"field":"a","type":"regex","invalid":"x"})"},
    // Logic.
    {R"({"_and":[{"a":{"_starts_with":"a"}},{"a":{"_ends_with":"z"}}]})", R"({"a":"b"})",
     R"({"field":"a","type":"starts_with","substring":"a"} {"field":"a","type":"ends_with","substring":"z"})"},
    {R"({"_or":[{"a":{"_eq":"x"}},{"a":{"_eq":"y"}}]})", R"({"a":"z"})",
     R"({"field":"a","type":"eq","valid":"x"} {"field":"a","type":"eq","valid":"y"})"},
    {R"({"_or":[{"a":{"_eq":"x"}},{"a":{"_eq":"y"}}]})", R"({"a":"y"})", ""},
    {R"({"_or":[{"a":{"_neq":"team"}},{"b":{"_gt":1}}]})", R"({"a":"team"})", ""},
    {R"({"a":{"_or":[{"_eq":"x"},{"_eq":"y"}]}})", R"({"a":"z"})",
     R"({"field":"a","type":"eq","valid":"x"} {"field":"a","type":"eq","valid":"y"})"},
    {R"({"a":{"_gt":1,"_lt":5}})", R"({"a":9})", R"({"field":"a","type":"lt","valid":5})"},
    // Inside of JSON values.
    {R"({"a":{"kind":{"_eq":"k"}}})", R"({"a":{"kind":"other"}})",
     R"({"field":"a","type":"eq","path":["kind"],"valid":"k"})"},
    {R"({"a":{"deep":{"kind":{"_eq":"k"}}}})", R"({"a":{"deep":{"kind":"o"}}})",
     R"({"field":"a","type":"eq","path":["deep","kind"],"valid":"k"})"},
    {R"({"a":{"kind":{"_eq":"k"}}})", R"({"a":7})", ""},
    // What is no rule lets everything pass.
    {R"({})", R"({"a":1})", ""},
    {R"({"a":{"_unknown":1}})", R"({"a":1})", ""},
    {R"x({"year(a)":{"_gt":2020}})x", R"({"a":"2001-01-01"})", ""},
};

INSTANTIATE_TEST_SUITE_P(All, Rules, testing::ValuesIn(cases));

}  // namespace
}  // namespace ashlar::items
