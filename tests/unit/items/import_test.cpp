// Importing files: how CSV and JSON become rows, and how rows become items, on all databases.
#include "items/import.h"
#include "items/fixture.h"

namespace ashlar::items {
namespace {

// The file, handed over a few bytes at a time, so that every place in it is once the end of a piece.
ByteSource bytes_of(std::string text, std::size_t piece) {
  return [text = std::move(text), piece, at = std::size_t{0}](char* buffer, std::size_t size) mutable {
    const auto count = std::min({piece, size, text.size() - at});
    text.copy(buffer, count, at);
    at += count;
    return count;
  };
}

using MakeSource = std::unique_ptr<RowSource> (*)(ByteSource);

// One row a line; what is wrong as "error: ...".
std::string rows_of(MakeSource make, const std::string& text, std::size_t piece) {
  std::string out;
  try {
    const auto source = make(bytes_of(text, piece));
    for (json::value row; source->next(row);) out += json::serialize(row) + "\n";
  } catch (const ApiError& error) {
    out += "error: " + error.details().front().code + "\n";
  }
  return out;
}

// The separator is found in the first piece, which therefore holds the head at least.
void expect_csv(const std::string& text, const std::string& rows) {
  for (const std::size_t piece : {20, 21, 22, 23, 1000})
    EXPECT_EQ(rows_of(make_csv_source, text, piece), rows) << piece;
}
void expect_json(const std::string& text, const std::string& rows) {
  for (const std::size_t piece : {1, 2, 3, 7, 1000}) EXPECT_EQ(rows_of(make_json_source, text, piece), rows) << piece;
}

TEST(ImportCsv, ReadsCells) {
  expect_csv("id,name,c.d.e\n1,A,x\r\n2,\"B \"\"b\"\",\nc\",\r3,,y", R"({"id":"1","name":"A","c":{"d":{"e":"x"}}}
{"id":"2","name":"B \"b\",\nc"}
{"id":"3","c":{"d":{"e":"y"}}}
)");
}

TEST(ImportCsv, TakesJsonButNumbers) {
  expect_csv(
      "a,b,c,d,e,f,g,h,i,j,k,l\n007,1.5,true,null,\"[1,\"\"x\"\"]\",\"{\"\"k\"\":1}\",\"\"\"t\"\"\",truex,nul,[,fine,"
      "\n",
      R"({"a":"007","b":"1.5","c":true,"d":null,"e":[1,"x"],"f":{"k":1},"g":"t","h":"truex","i":"nul","j":"[","k":"fine"}
)");
}

TEST(ImportCsv, FindsTheSeparatorAndLeavesOutTheMark) {
  expect_csv("\xEF\xBB\xBF id ;\"na,me\";x\n1;A,B;y\n", "{\"id\":\"1\",\"na,me\":\"A,B\",\"x\":\"y\"}\n");
  expect_csv("id\tname\tabcdefghijklm\n1\tA;B\tz\n", "{\"id\":\"1\",\"name\":\"A;B\",\"abcdefghijklm\":\"z\"}\n");
  expect_csv("abcdefghijklmnopqrst\nx\n", "{\"abcdefghijklmnopqrst\":\"x\"}\n");
}

TEST(ImportCsv, CountsEmptyLinesButTheLast) {
  expect_csv("abcdefghijklmnopqrs,b\n1,2\n\n3,4,5,6\n", R"({"abcdefghijklmnopqrs":"1","b":"2"}
{}
{"abcdefghijklmnopqrs":"3","b":"4"}
)");
  expect_csv("", "");
  expect_csv("abcdefghijklmnopqrs,b", "");
}

TEST(ImportCsv, RefusesWhatIsNoText) {
  expect_csv("abcdefghijklmnopqrs,b\n\"never closed,2\n3,4\n", "error: INVALID_PAYLOAD\n");
  expect_csv("abcdefghijklmnopqrs,b\n\xE9,2\n", "error: INVALID_PAYLOAD\n");
}

TEST(ImportJson, ReadsEntriesOneByOne) {
  expect_json(" [ {\"a\": \"x]},\\\"\", \"b\": [1, {\"c\": null}]} , 3,\"t\" ] \n", R"({"a":"x]},\"","b":[1,{"c":null}]}
3
"t"
)");
  expect_json("[]", "");
  EXPECT_EQ(rows_of(make_json_source, "\xEF\xBB\xBF[ 1]", 1000), "1\n");
}

TEST(ImportJson, RefusesWhatIsNoList) {
  const std::string error = "error: INVALID_PAYLOAD\n";
  for (const auto* text : {"", "{}", "[", "[1", "[1,]", "[,1]", "[1]]", "[1] 2", "[{]}", "[{\"a\":}]", "[\"a]"}) {
    const auto rows = rows_of(make_json_source, text, 1000);
    EXPECT_EQ(rows.substr(rows.find("error") == std::string::npos ? 0 : rows.find("error")), error) << text;
  }
}

class Import : public WithItems {
 protected:
  Import() {
    table("makers", {auto_key(), column("name")});
    table("plants",
          {auto_key(), required("name"), column("height", Type::integer), column("code"), reference("maker")});
    foreign_key("plants", "maker", "makers");
    relation("plants", "maker", "makers");
    unique("plants", "code");
    field("plants", "height", "", R"({"height":{"_lte":500}})");
  }

  void import(const std::string& csv, std::int64_t max_errors = 1000) { import(&admin, csv, max_errors); }
  void import(const access::Accountability* who, const std::string& csv, std::int64_t max_errors = 1000) {
    import_items(services, who, "plants", [&] { return make_csv_source(bytes_of(csv, 64 * 1024)); }, {max_errors, {}});
  }
};

TEST_P(Import, UpdatesKnownKeysAndMakesOthers) {
  import("id,name,height,maker.name\n,Oak,400,M\n30,Fir,,\n");
  import("id,name,height\n30,Fir tree,9\n1,,410\n30,,10\n31,Elm,\n31,,3\n");
  EXPECT_EQ(rows("plants", {"id", "name", "height", "maker.name"}),
            R"([{"id":1,"name":"Oak","height":410,"maker":{"name":"M"}},)"
            R"({"id":30,"name":"Fir tree","height":10,"maker":null},{"id":31,"name":"Elm","height":3,"maker":null}])");
  EXPECT_EQ(rows("directus_activity", {"action", "item"}, R"({"collection":{"_eq":"plants"}})"),
            R"([{"action":"create","item":"1"},{"action":"create","item":"30"},{"action":"update","item":"30"},)"
            R"({"action":"update","item":"1"},{"action":"update","item":"30"},{"action":"create","item":"31"},)"
            R"({"action":"update","item":"31"}])");
}

TEST_P(Import, TellsEveryWrongRowAndKeepsNothing) {
  std::string csv = "name,height,code\n";
  for (int row = 1; row <= 2500; ++row) {
    const bool is_nameless = row == 7 || (row >= 1200 && row <= 1210), is_high = row == 2499, is_double = row == 2000;
    csv += std::string(is_nameless ? "" : "n") + "," + (is_high ? "501" : "5") + "," +
           (is_double ? "c1" : "c" + std::to_string(row)) + "\n";
  }
  EXPECT_EQ(error_of([&] { import(csv); }),
            R"(FAILED_VALIDATION field="name" type="required" rows=[{"type":"range","start":1200,"end":1210},)"
            R"({"type":"lines","rows":[7]}]; RECORD_NOT_UNIQUE field="code" rows=[{"type":"lines","rows":[2000]}]; )"
            R"(FAILED_VALIDATION field="height" type="lte" valid=500 rows=[{"type":"lines","rows":[2499]}])");
  EXPECT_EQ(error_of([&] { import(csv, 3); }),
            R"(FAILED_VALIDATION field="name" type="required" rows=[{"type":"lines","rows":[7,1200,1201]}])");
  EXPECT_EQ(rows("plants"), "[]");
  EXPECT_EQ(rows("directus_activity"), "[]");
  EXPECT_EQ(rows("directus_revisions"), "[]");
}

TEST_P(Import, TellsActionsOfWhatWasKept) {
  std::vector<std::string> told;
  events.on_action("items.create", [&](std::string_view, const json::object& meta, const events::Context&) {
    told.push_back(to_text(meta.at("key")));
  });
  EXPECT_NE(error_of([&] { import("name,height\na,1\n,2\n"); }), "no error");
  EXPECT_TRUE(told.empty());
  import("id,name\n5,a\n6,b\n");
  EXPECT_EQ(told, (std::vector<std::string>{"5", "6"}));
}

TEST_P(Import, NeedsBothPermissions) {
  permission("plants", "create");
  EXPECT_EQ(error_of([&] { import(&user, "name\na\n"); }), "FORBIDDEN");
  permission("plants", "update", "name");
  import(&user, "name\na\n");
  EXPECT_EQ(error_of([&] { import(&user, "id,name,height\n1,b,3\n"); }), "FORBIDDEN");
  EXPECT_EQ(rows("plants", {"name", "height"}), R"([{"name":"a","height":null}])");
}

TEST_P(Import, MayBeStopped) {
  int asked = 0;
  const auto check = [&] {
    if (++asked == 2) throw ApiError(408, "OUT_OF_TIME", "late");
  };
  std::string csv = "name\n";
  for (int row = 0; row < 1500; ++row) csv += "a\n";
  const auto open = [&] { return make_csv_source(bytes_of(csv, 1000)); };
  EXPECT_EQ(error_of([&] { import_items(services, &admin, "plants", open, {1000, check}); }), "OUT_OF_TIME");
  EXPECT_EQ(rows("plants"), "[]");
}

ASHLAR_ITEMS_ON_ALL_DATABASES(Import);

}  // namespace
}  // namespace ashlar::items
