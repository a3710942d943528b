#include <gtest/gtest.h>

#include <map>

#include "mail/liquid/engine.h"

namespace ashlar::mail::liquid {
namespace {

using Sources = std::map<std::string, std::string, std::less<>>;

Loader loader(const Sources& sources) {
  return [&sources](std::string_view name) -> std::optional<std::string> {
    const auto found = sources.find(name);
    return found == sources.end() ? std::nullopt : std::optional(found->second);
  };
}

std::string rendered(const Sources& sources, const json::object& variables = {}, Limits limits = {}) {
  return render(loader(sources),
                {.name = "main", .variables = variables, .markup = {"html"}, .now = {}, .limits = limits});
}
std::string rendered(const std::string& source, const json::object& variables = {}, Limits limits = {}) {
  return rendered(Sources{{"main", source}}, variables, limits);
}

std::string error_of(const std::string& source, const json::object& variables = {}, Limits limits = {}) {
  try {
    return "no error: " + rendered(source, variables, limits);
  } catch (const LiquidError& error) {
    return error.what();
  }
}

TEST(Liquid, PrintsVariablesEscaped) {
  EXPECT_EQ(rendered("Hi {{ name }}!", {{"name", "<b>\"O'Hara\" & co"}}),
            "Hi &lt;b&gt;&quot;O&#39;Hara&quot; &amp; co!");
  EXPECT_EQ(rendered("{{ name | raw }}", {{"name", "<b>"}}), "<b>");
  EXPECT_EQ(rendered("{{ html }}{{ html | upcase }}", {{"html", "<i>"}}), "<i>&lt;I&gt;");
  EXPECT_EQ(rendered("{{ a | escape }}", {{"a", "<"}}), "&lt;");
  EXPECT_EQ(rendered("{{ nothing }}{{ a.b.c }}{{ 3 }}{{ 1.5 }}{{ true }}{{ 'x' }}", {}), "31.5truex");
}

TEST(Liquid, FollowsPaths) {
  const json::object data{{"a", {{"b", {1, 2, {{"c", "deep"}}}}}}, {"key", "b"}, {"empty", json::array()}};
  EXPECT_EQ(rendered("{{ a.b[0] }}{{ a[key][1] }}{{ a.b[2].c }}{{ a.b[-1]['c'] }}", data), "12deepdeep");
  EXPECT_EQ(rendered("{{ a.b.size }} {{ a.b.first }} {{ key.size }} {{ empty.first }}", data), "3 1 1 ");
}

TEST(Liquid, DecidesByConditions) {
  const json::object data{
      {"n", 5}, {"text", "some words"}, {"list", {"a", "b"}}, {"none", nullptr}, {"empty_text", ""}};
  const auto holds = [&](const std::string& condition) {
    return rendered("{% if " + condition + " %}yes{% else %}no{% endif %}", data) == "yes";
  };
  for (const auto* condition :
       {"n == 5", "n > 4 and n < 6", "n != 4", "text contains 'word'", "list contains 'b'", "empty_text", "none == nil",
        "not none", "empty_text == empty", "none == blank", "n <= 5.0", "n < 1 or n > 1"}) {
    EXPECT_TRUE(holds(condition)) << condition;
  }
  for (const auto* condition :
       {"none", "n > 5", "list contains 'c'", "text == empty", "n == '5'", "text > 3", "unknown.thing"}) {
    EXPECT_FALSE(holds(condition)) << condition;
  }
  EXPECT_EQ(rendered("{% if n == 1 %}a{% elsif n == 5 %}b{% else %}c{% endif %}", data), "b");
  EXPECT_EQ(rendered("{% unless none %}a{% endunless %}", data), "a");
  EXPECT_EQ(rendered("{% case n %}{% when 1, 2 %}a{% when 4 or 5 %}b{% else %}c{% endcase %}", data), "b");
}

TEST(Liquid, GoesThroughLists) {
  const json::object data{{"list", {"a", "b", "c", "d"}}, {"pairs", {{"x", 1}, {"y", 2}}}};
  EXPECT_EQ(
      rendered("{% for one in list %}{{ forloop.index }}{{ one }}{% unless forloop.last %},{% endunless %}{% endfor %}",
               data),
      "1a,2b,3c,4d");
  EXPECT_EQ(rendered("{% for one in list reversed limit:2 offset:1 %}{{ one }}{% endfor %}", data), "cb");
  EXPECT_EQ(rendered("{% for i in (1..3) %}{{ i }}{% endfor %}{% for i in none %}x{% else %}nothing{% endfor %}", data),
            "123nothing");
  EXPECT_EQ(rendered("{% for p in pairs %}{{ p[0] }}={{ p[1] }};{% endfor %}", data), "x=1;y=2;");
  EXPECT_EQ(rendered("{% for i in (1..9) %}{% if i == 2 %}{% continue %}{% elsif i == 4 %}{% break %}{% endif %}{{ i "
                     "}}{% endfor %}",
                     data),
            "13");
  EXPECT_EQ(rendered("{% for i in (1..3) %}{% cycle 'a', 'b' %}{% endfor %}", data), "aba");
}

TEST(Liquid, KeepsWhatIsAssigned) {
  EXPECT_EQ(rendered("{% assign x = 'a' | upcase %}{{ x }}{% capture y %}<b>{{ x }}</b>{% endcapture %}{{ y }}"),
            "A<b>A</b>");
  EXPECT_EQ(rendered("{% for i in (1..2) %}{% assign last = i %}{% endfor %}{{ last }}"), "2");
  EXPECT_EQ(rendered("{% increment n %}{% increment n %}"), "01");
}

TEST(Liquid, TakesWhiteSpaceAwayWhereAsked) {
  EXPECT_EQ(rendered("a \n {{- 1 -}} \n b"), "a1b");
  EXPECT_EQ(rendered("a {%- comment %} {{ broken {% endcomment -%} b"), "ab");
  EXPECT_EQ(rendered("{% raw %}{{ x }}{% if %}{% endraw %}{% # a remark %}."), "{{ x }}{% if %}.");
}

TEST(Liquid, FillsTheBlocksOfLayouts) {
  const Sources sources{{"base", "[{% block head %}H{% endblock %}|{% block content %}none{% endblock %}|{{ title }}]"},
                        {"main", "{% layout 'base', title: 'T' %}{% block content %}<{{ x }}>{% endblock %} outside"}};
  EXPECT_EQ(rendered(sources, {{"x", "&"}}), "[H|<&amp;>|T]");
}

TEST(Liquid, FillsBlocksOverSeveralLayouts) {
  const Sources sources{{"root", "<{% block a %}1{% endblock %}{% block b %}2{% endblock %}>"},
                        {"middle", "{% layout 'root' %}{% block a %}m{% block c %}3{% endblock %}{% endblock %}"},
                        {"main", "{% layout 'middle' %}{% block c %}mine{% endblock %}"}};
  EXPECT_EQ(rendered(sources), "<mmine2>");
}

TEST(Liquid, RendersPartsWithTheirOwnVariables) {
  const Sources sources{{"main", "{% assign x = 1 %}{% render 'part', y: 2 %}{% include 'part' %}{{ z }}"},
                        {"part", "({{ x }}{{ y }}){% assign z = 'set' %}"}};
  EXPECT_EQ(rendered(sources), "(2)(1)set");
  EXPECT_EQ(rendered(Sources{{"main", "{% render 'one' for list as it %}"}, {"one", "{{ it }};"}}, {{"list", {1, 2}}}),
            "1;2;");
}

struct FilterCase {
  const char* expression;
  const char* result;
};
class LiquidFilter : public testing::TestWithParam<FilterCase> {};

TEST_P(LiquidFilter, Gives) {
  const json::object data{{"list", {3, 1, 2}},
                          {"people", {{{"n", "Zoë"}, {"a", 3}}, {{"n", "al"}, {"a", 1}}}},
                          {"time", "2024-02-09T08:05:03Z"}};
  EXPECT_EQ(rendered(std::string("{{ ") + GetParam().expression + " }}", data), GetParam().result);
}
INSTANTIATE_TEST_SUITE_P(
    All, LiquidFilter,
    testing::Values(FilterCase{"'a' | append: 'b' | prepend: 'c'", "cab"}, FilterCase{"'éa b' | capitalize", "éa b"},
                    FilterCase{"' x ' | strip", "x"}, FilterCase{"'a-b-a' | replace: 'a', 'x'", "x-b-x"},
                    FilterCase{"'aba' | replace_first: 'a', 'x' | replace_last: 'a', 'y'", "xby"},
                    FilterCase{"'aba' | remove: 'a'", "b"}, FilterCase{"'a,b,,' | split: ',' | join: '+'", "a+b"},
                    FilterCase{"'héllo' | size", "5"}, FilterCase{"'héllo' | slice: 1, 2", "él"},
                    FilterCase{"'héllo' | slice: -2, 9", "lo"}, FilterCase{"'a long text' | truncate: 6", "a l..."},
                    FilterCase{"'a long text' | truncatewords: 2", "a long..."},
                    FilterCase{"'<p>a</p><script>x</script>b' | strip_html", "ab"},
                    FilterCase{"'a b&' | url_encode", "a%20b%26"}, FilterCase{"'a+b%26' | url_decode", "a b&amp;"},
                    FilterCase{"'&lt;<' | escape_once", "&lt;&lt;"}, FilterCase{"'a\nb' | newline_to_br", "a<br />\nb"},
                    FilterCase{"nothing | default: 'x'", "x"}, FilterCase{"'' | default: 'x'", "x"},
                    FilterCase{"0 | default: 'x'", "0"}, FilterCase{"list | json | raw", "[3,1,2]"},
                    FilterCase{"7 | plus: 3 | minus: 1 | times: 2", "18"}, FilterCase{"7 | divided_by: 2", "3"},
                    FilterCase{"7 | divided_by: 2.0", "3.5"}, FilterCase{"-7 | modulo: 3", "2"},
                    FilterCase{"'-2.5' | abs | ceil", "3"}, FilterCase{"2.567 | round: 2", "2.57"},
                    FilterCase{"5 | at_least: 7 | at_most: 6", "6"}, FilterCase{"list | sort | join: ','", "1,2,3"},
                    FilterCase{"list | reverse | first", "2"},
                    FilterCase{"people | sort_natural: 'n' | map: 'a' | join: ','", "1,3"},
                    FilterCase{"people | where: 'a', 3 | map: 'n' | last", "Zoë"},
                    FilterCase{"list | concat: list | uniq | size", "3"}, FilterCase{"people | sum: 'a'", "4"},
                    FilterCase{"time | date: '%-d. %B %Y, %H:%M %p %a %j'", "9. February 2024, 08:05 AM Fri 040"},
                    FilterCase{"0 | date: '%F %T'", "1970-01-01 00:00:00"}, FilterCase{"'now' | date: '%Y'", "1970"},
                    FilterCase{"'no date' | date: '%Y'", "no date"}));

TEST(Liquid, SaysWhereATemplateIsWrong) {
  EXPECT_EQ(error_of("a\n{% if x %}"), "main: line 2: {% if %} is not closed by {% endif %}");
  EXPECT_EQ(error_of("{{ x | nonsense }}"), "main: line 1: there is no filter \"nonsense\"");
  EXPECT_EQ(error_of("\n\n{% nonsense %}"), "main: line 3: {% nonsense %} is not known");
  for (const auto* source :
       {"{{ x", "{% endif %}", "{{ 'a }}", "{{ a.. }}", "{% for x of y %}{% endfor %}", "{{ | x }}", "{% raw %}",
        "{{ a b }}", "{% render 'missing' %}", "{{ 1 | divided_by: 0 }}"}) {
    EXPECT_EQ(error_of(source).find("no error"), std::string::npos) << source;
  }
}

// Whatever a template says, it ends soon.
TEST(Liquid, IsBounded) {
  const char* hostile[] = {
      "{% for a in (1..1000) %}{% for b in (1..1000) %}{% for c in (1..1000) %}{% endfor %}{% endfor %}{% endfor %}",
      "{% for a in (1..999999999) %}{% endfor %}",
      "{% assign s = 'ab' %}{% for i in (1..60) %}{% assign s = s | append: s %}{% endfor %}",
      "{% assign s = 'ab' %}{% for i in (1..60) %}{% assign s = s | replace: 'a', s %}{% endfor %}",
      "{% assign l = 'a,b' | split: ',' %}{% for i in (1..60) %}{% assign l = l | concat: l %}{% endfor %}",
      "{% capture s %}{% for i in (1..90000) %}0123456789012345678901234567890123456789012345678901234567890{% endfor "
      "%}{% endcapture %}",
      "{% include 'main' %}",
      "{% render 'main' %}{% render 'main' %}",
      "{% layout 'main' %}",
      "{% layout 'other' %}{% block a %}{% block a %}x{% endblock %}{% endblock %}"};
  for (const auto* source : hostile) {
    EXPECT_THROW(rendered(Sources{{"main", source}, {"other", "{% block a %}{% endblock %}"}}), LiquidError) << source;
  }
  std::string nested;
  for (int i = 0; i < 1000; ++i) nested += "{% if a %}";
  EXPECT_THROW(rendered(nested), LiquidError);
  EXPECT_THROW(rendered("{{ " + std::string(10'000, '(') + " }}"), LiquidError);
}

}  // namespace
}  // namespace ashlar::mail::liquid
