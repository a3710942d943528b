// The formats of exported files: rows as a JSON list go in, the file comes out.
#include <gtest/gtest.h>

#include "items/export.h"
#include "items/yaml_text.h"

namespace ashlar::items {
namespace {

using query::ExportFormat;

std::string file_of(ExportFormat format, const std::vector<std::string>& lists, bool is_single = false,
                    const std::vector<std::string>& heads = {}) {
  std::string file;
  const auto sink = [&](std::string_view piece) { file += piece; };
  const auto writer = make_row_writer(format, is_single, sink, heads);
  for (const auto& list : lists) writer->rows(list);
  writer->finish();
  return file;
}

TEST(Export, CsvHasTheColumnsOfAllRows) {
  EXPECT_EQ(file_of(ExportFormat::csv, {R"([{"id":1,"a":{"b":"x","c":{}}}])", R"([{"id":2,"a":null,"d":[1,"y"]}])"}),
            "\"id\",\"a.b\",\"a.c\",\"a\",\"d\"\n1,\"x\",\"{}\",,\n2,,,,\"[1,\"\"y\"\"]\"");
  EXPECT_EQ(file_of(ExportFormat::csv, {R"([{"t":"a \"b\"","n":1.5,"b":true,"e":""}])"}),
            "\"t\",\"n\",\"b\",\"e\"\n\"a \"\"b\"\"\",1.5,true,\"\"");
  EXPECT_EQ(file_of(ExportFormat::csv, {"[]"}), "");
  EXPECT_EQ(file_of(ExportFormat::csv_utf8, {R"([{"id":1}])"}), "\xEF\xBB\xBF\"id\"\n1");
}

TEST(Export, CsvWithGivenHeadsLeavesOutWhatHasNone) {
  const auto rows = R"([{"id":1,"tags":{"k":"v"},"shop":null},{"id":2,"tags":[1],"shop":{"name":"S"}},{"tags":{}}])";
  EXPECT_EQ(file_of(ExportFormat::csv, {rows}, false, {"id", "tags", "shop.name"}),
            "\"id\",\"tags\",\"shop.name\"\n1,,\n2,\"[1]\",\"S\"\n,\"{}\",");
  EXPECT_EQ(file_of(ExportFormat::csv_utf8, {"[]"}, false, {"id"}), "");
}

TEST(Export, CsvWithGivenHeadsIsHandedOverWhileRowsCome) {
  std::size_t size = 0;
  const auto writer =
      make_row_writer(ExportFormat::csv, false, [&](std::string_view piece) { size += piece.size(); }, {"text"});
  for (int i = 0; i < 200; ++i) writer->rows(R"([{"text":")" + std::string(1000, 'x') + R"("}])");
  EXPECT_GT(size, 100'000U);
}

TEST(Export, CsvKeepsRowsThatDoNotFitInMemory) {
  std::vector<std::string> lists;
  std::string expected = "\"id\",\"text\",\"last\"";
  for (int i = 0; i < 3000; ++i) {
    const auto id = std::to_string(i), text = std::string(1000, 'x');
    const bool is_last = i == 2999;
    lists.push_back("[{\"id\":" + id + ",\"text\":\"" + text + "\"" + (is_last ? ",\"last\":1" : "") + "}]");
    expected += "\n" + id + ",\"" + text + "\"," + (is_last ? "1" : "");
  }
  EXPECT_EQ(file_of(ExportFormat::csv, lists), expected);
}

TEST(Export, JsonIsIndentedByTabs) {
  EXPECT_EQ(file_of(ExportFormat::json, {R"([{"a":[1,{}]}])", R"([{"b":[]}])"}),
            "[\n\t{\n\t\t\"a\": [\n\t\t\t1,\n\t\t\t{}\n\t\t]\n\t},\n\t{\n\t\t\"b\": []\n\t}\n]");
  EXPECT_EQ(file_of(ExportFormat::json, {"[]"}), "[]");
  EXPECT_EQ(file_of(ExportFormat::json, {R"([{"a":1}])"}, true), "{\n\t\"a\": 1\n}");
}

TEST(Export, XmlIsWellFormedWhateverTheNamesAndTexts) {
  EXPECT_EQ(file_of(ExportFormat::xml, {R"([{"a<b":"1 < 2 & ]]>","2nd":"","l":[1,[2,[]]],"e":{},"n":null}])"}),
            "<?xml version='1.0'?>\n<data>\n    <data>\n        <a_b>1 &lt; 2 &amp; ]]&gt;</a_b>\n        <_2nd/>\n"
            "        <l>1</l>\n        <l>2</l>\n        <n>null</n>\n    </data>\n</data>");
  EXPECT_EQ(file_of(ExportFormat::xml, {R"([{"a":"\u0001"}])"}, true),
            "<?xml version='1.0'?>\n<data>\n    <a>\xEF\xBF\xBD</a>\n</data>");
  EXPECT_EQ(file_of(ExportFormat::xml, {"[]"}), "<?xml version='1.0'?>\n<data/>");
}

TEST(Export, YamlNestsListsAndObjects) {
  EXPECT_EQ(file_of(ExportFormat::yaml, {R"([{"a":[{"b":1,"c":[]},[2,3]],"d":{"e":{}}}])"}),
            "- a:\n    - b: 1\n      c: []\n    - - 2\n      - 3\n  d:\n    e: {}\n");
  EXPECT_EQ(file_of(ExportFormat::yaml, {"[]"}), "[]\n");
  EXPECT_EQ(file_of(ExportFormat::yaml, {R"([{"a b":"yes","true":"x: y"}])"}, true), "a b: 'yes'\n'true': 'x: y'\n");
}

std::string yaml(std::string_view text) {
  std::string out;
  write_yaml_text(out, text, 1);
  return out;
}

TEST(Export, YamlQuotesWhatCouldBeTakenForSomethingElse) {
  for (const auto* plain : {"word", "two words", "a-b", "é", "1.2.3", "a#b", "100%", "12:ab", "-a"}) {
    EXPECT_EQ(yaml(plain), std::string(plain) == "-a" ? "'-a'" : plain);
  }
  for (const auto* quoted :
       {"1",    "-1.5", "1e3", ".5",   "0x1F", "true", "Null", "~",  "yes", "2001-02-03",
        "1:30", "- a",  "#a",  "a: b", "a #b", " a",   "a ",   "@a", "[a",  "2001-02-03T04:05:06.000Z",
        ".inf"}) {
    EXPECT_EQ(yaml(quoted), "'" + std::string(quoted) + "'");
  }
  EXPECT_EQ(yaml(""), "''");
  EXPECT_EQ(yaml("it's: 1"), "'it''s: 1'");
  EXPECT_EQ(yaml("tab\tand \"bell\a"), "\"tab\\tand \\\"bell\\a\"");
}

TEST(Export, YamlWritesLinesAsBlocks) {
  EXPECT_EQ(yaml("a\nb"), "|-\n  a\n  b");
  EXPECT_EQ(yaml("a\n\nb\n"), "|\n  a\n\n  b");
  EXPECT_EQ(yaml("a\n\n"), "|+\n  a\n");
  EXPECT_EQ(yaml(" a\nb"), "|2-\n   a\n  b");
  const std::string long_line = std::string(50, 'a') + " " + std::string(50, 'b') + " c";
  EXPECT_EQ(yaml(long_line), ">-\n  " + std::string(50, 'a') + "\n  " + std::string(50, 'b') + " c");
}

TEST(Export, NamesFilesByCollectionAndTime) {
  setenv("TZ", "UTC", 1);
  const auto moment = parse_iso("2024-02-29T09:05:03Z")->moment();
  EXPECT_EQ(export_file_name("articles", ExportFormat::csv_utf8, moment), "articles 20240229-953.csv");
  EXPECT_EQ(export_content_type(ExportFormat::json), "application/json; charset=utf-8");
  EXPECT_EQ(export_content_type(ExportFormat::csv_utf8), "text/csv; charset=utf-8");
}

}  // namespace
}  // namespace ashlar::items
