// What columns of every type take and how it comes back, special flags, and what the databases refuse.
#include "items/fixture.h"

namespace ashlar::items {
namespace {

class Values : public WithItems {
 protected:
  Values() {
    auto decimal = column("dec", Type::decimal);
    decimal.precision = 10;
    decimal.scale = 2;
    auto text = column("str");
    text.length = 5;
    table("samples",
          {auto_key(), text, column("txt", Type::text), column("num", Type::integer), column("big", Type::big_integer),
           column("flt", Type::floating), decimal, column("yes", Type::boolean), column("js", Type::json),
           column("csv", Type::text), column("d", Type::date), column("t", Type::time), column("dt", Type::date_time),
           column("ts", Type::timestamp), column("uid", Type::uuid), column("pin"), column("sealed", Type::text)});
    field("samples", "yes", "cast-boolean");
    field("samples", "js", "cast-json");
    field("samples", "csv", "cast-csv");
    field("samples", "ts", "cast-timestamp");
    field("samples", "uid", "uuid");
    field("samples", "pin", "conceal");
    field("samples", "sealed", "hash");
    services.hash_password = [](std::string_view plain) { return "hash of " + std::string(plain); };
  }

  // What a value reads as after it was written to a field.
  std::string written(const std::string& name, std::string_view value) {
    std::string read;
    const auto error = error_of([&] {
      const auto key = create("samples", "{\"" + name + "\":" + std::string(value) + "}");
      read = row("samples", key, {name});
    });
    return error == "no error" ? read.substr(name.size() + 4, read.size() - name.size() - 5) : error;
  }
};

TEST_P(Values, KeepsTexts) {
  EXPECT_EQ(written("str", R"("")"), R"("")");
  EXPECT_EQ(written("txt", R"("a\nb \"c\" <d>")"), R"("a\nb \"c\" <d>")");
  EXPECT_EQ(written("txt", R"({"a":1})"), R"("{\"a\":1}")");
  EXPECT_EQ(written("txt", "12.5"), R"("12.5")");
  EXPECT_EQ(written("pin", R"("1234")"), R"("**********")");
}

TEST_P(Values, TakesNumbersAndNumericTexts) {
  const bool sqlite = is(database::Vendor::sqlite);
  const bool postgres = is(database::Vendor::postgres);
  EXPECT_EQ(written("num", R"("42")"), "42");
  EXPECT_EQ(written("num", "-1"), "-1");
  EXPECT_EQ(written("num", "1.5"), "INVALID_PAYLOAD");
  EXPECT_EQ(written("num", R"("word")"), "INVALID_PAYLOAD");
  EXPECT_EQ(written("big", R"("9007199254740993")"), postgres ? R"("9007199254740993")" : "9007199254740993");
  EXPECT_EQ(written("flt", R"("1.25")"), "1.25E0");
  EXPECT_EQ(written("dec", "12.5"), sqlite ? "1.25E1" : R"("12.50")");
  EXPECT_EQ(written("dec", R"("1.239")"), sqlite ? "1.239E0" : R"("1.24")");
}

TEST_P(Values, TakesTruthInManySpellings) {
  EXPECT_EQ(written("yes", "true"), "true");
  EXPECT_EQ(written("yes", "0"), "false");
  EXPECT_EQ(written("yes", R"("on")"), "true");
  EXPECT_EQ(written("yes", R"("")"), "null");
  EXPECT_EQ(written("yes", R"("maybe")"), "INVALID_PAYLOAD");
}

TEST_P(Values, TakesJsonAndLists) {
  EXPECT_EQ(written("js", R"({"a":[1,{"b":null}]})"), R"({"a":[1,{"b":null}]})");
  EXPECT_EQ(written("js", R"("{\"a\": 1}")"), R"({"a":1})");
  EXPECT_EQ(written("js", "null"), "null");
  EXPECT_EQ(written("csv", R"(["red","green"])"), R"(["red","green"])");
  EXPECT_EQ(written("csv", R"("red,green")"), R"(["red","green"])");
  EXPECT_EQ(written("csv", "[]"), "[]");
  EXPECT_EQ(written("csv", "5"), R"(["5"])");
}

TEST_P(Values, ReadsDates) {
  EXPECT_EQ(written("d", R"("2024-02-29")"), R"("2024-02-29")");
  EXPECT_EQ(written("d", R"("2024-02-29T23:45:00-05:00")"), R"("2024-02-29")");
  EXPECT_EQ(written("dt", R"("2024-02-29 13:45:30.5")"), R"("2024-02-29T13:45:30")");
  EXPECT_EQ(written("dt", R"("2024-02-29")"), R"("2024-02-29T00:00:00")");
  EXPECT_EQ(written("t", R"("13:45:30")"), R"("13:45:30")");
  EXPECT_EQ(written("ts", R"("2024-02-29T13:45:30+02:00")"), R"("2024-02-29T11:45:30.000Z")");
  EXPECT_EQ(written("d", R"("0000-00-00")"), "null");
  EXPECT_EQ(written("dt", R"("0000-00-00 00:00:00")"), "null");
  for (const auto* wrong : {R"("tomorrow")", R"("2023-02-30")", R"("29/02/2024")", "true"}) {
    EXPECT_EQ(written("d", wrong), "INVALID_PAYLOAD") << wrong;
  }
}

TEST_P(Values, MakesKeysAndHashes) {
  const auto made = written("uid", R"("")");
  EXPECT_TRUE(is_uuid(std::string_view(made).substr(1, 36))) << made;
  EXPECT_EQ(written("sealed", R"("abc")"), R"("hash of abc")");
  EXPECT_EQ(written("sealed", "1234"), R"("hash of 1234")");
  EXPECT_EQ(written("sealed", R"("")"), R"("")");
  EXPECT_EQ(written("sealed", "null"), "null");
  EXPECT_EQ(rows("directus_revisions", {"delta"}, R"({"id":{"_eq":2}})"), R"([{"delta":{"sealed":"hash of abc"}}])");
}

TEST_P(Values, NamesWhatTheDatabaseRefuses) {
  if (is(database::Vendor::sqlite)) return;
  EXPECT_EQ(written("str", R"("123456")"), R"(VALUE_TOO_LONG collection="samples" field="str" value="123456")");
  EXPECT_EQ(written("num", "2147483648"), R"(VALUE_OUT_OF_RANGE collection="samples" field="num" value=2147483648)");
  EXPECT_EQ(written("dec", "1000000000"), R"(VALUE_OUT_OF_RANGE collection="samples" field="dec" value=1000000000)");
  const json::array many = parsed(R"([{"str":"a"},{"str":"1234567"}])").as_array();
  EXPECT_EQ(error_of([&] { create_items(services, &admin, "samples", many); }).substr(0, 14), "VALUE_TOO_LONG");
}

TEST_P(Values, FillsInWhoAndWhen) {
  table("tickets",
        {auto_key(), column("subject"), column("made_by", Type::uuid), column("made_on", Type::timestamp),
         column("changed_by", Type::uuid), column("changed_on", Type::date_time), column("touched", Type::date)});
  field("tickets", "made_by", "user-created");
  field("tickets", "made_on", "date-created,cast-timestamp");
  field("tickets", "changed_by", "user-updated");
  field("tickets", "changed_on", "date-updated");
  field("tickets", "touched", "date-created,date-updated");
  services.clock = [] { return parse_iso("2024-05-06T07:08:09Z")->moment(); };
  create("tickets", R"({"subject":"a","made_by":null,"made_on":"2001-01-01","changed_on":"2002-02-02"})");
  const auto id = "\"" + admin_id + "\"";
  EXPECT_EQ(rows("tickets"), R"([{"id":1,"subject":"a","made_by":)" + id +
                                 R"(,"made_on":"2024-05-06T07:08:09.000Z","changed_by":null,)"
                                 R"("changed_on":"2002-02-02T00:00:00","touched":"2024-05-06"}])");
  services.clock = [] { return parse_iso("2025-05-06T07:08:09Z")->moment(); };
  update("tickets", {1}, R"({"changed_by":null,"made_on":"2003-03-03"})");
  EXPECT_EQ(rows("tickets"), R"([{"id":1,"subject":"a","made_by":)" + id +
                                 R"(,"made_on":"2003-03-03T00:00:00.000Z","changed_by":)" + id +
                                 R"(,"changed_on":"2025-05-06T07:08:09","touched":"2025-05-06"}])");
  EXPECT_EQ(rows("directus_revisions", {"delta"}),
            R"([{"delta":{"subject":"a","changed_on":"2002-02-02T00:00:00"}},{"delta":)"
            R"({"made_on":"2003-03-03T00:00:00.000Z","changed_by":)" +
                id + R"(,"changed_on":"2025-05-06T07:08:09","touched":"2025-05-06"}}])");
}

TEST_P(Values, ChecksTheRulesOfFields) {
  table("forms", {auto_key(), column("a", Type::integer), column("b")});
  field("forms", "a", "", R"({"a":{"_lt":10}})");
  field("forms", "b", "", R"({"b":{"_eq":"$CURRENT_USER"}})");
  EXPECT_EQ(error_of([&] { create("forms", R"({"a":50,"b":"x"})"); }),
            R"(FAILED_VALIDATION field="a" type="lt" path=[] valid=10; FAILED_VALIDATION field="b" type="eq" path=[] )"
            R"(valid=")" +
                admin_id + "\"");
  EXPECT_EQ(create("forms", R"({"b":")" + admin_id + R"("})"), json::value(1));
  EXPECT_EQ(error_of([&] { update("forms", {1}, R"({"a":10})"); }),
            R"(FAILED_VALIDATION field="a" type="lt" path=[] valid=10)");
}

TEST_P(Values, WritesOtherKeysThanNumbers) {
  table("devices", {own_key("id", Type::uuid), column("name")});
  field("devices", "id", "uuid");
  table("countries", {own_key("id", Type::string), column("name")});
  table("meters", {own_key("id", Type::big_integer), column("name")});
  const auto made = create("devices", R"({"name":"one"})");
  EXPECT_TRUE(is_uuid(made.as_string()));
  update("devices", {made}, R"({"name":"uno"})");
  EXPECT_EQ(row("devices", made, {"name"}), R"({"name":"uno"})");
  EXPECT_EQ(error_of([&] { create("devices", R"({"id":"nonsense"})"); }), "FORBIDDEN");
  EXPECT_EQ(error_of([&] { create("countries", R"({"name":"x"})"); }),
            R"(FAILED_VALIDATION field="id" type="required" path=[])");
  EXPECT_EQ(create("countries", R"({"id":"a/b c%"})"), json::value("a/b c%"));
  update("countries", {"a/b c%"}, R"({"name":"Odd"})");
  delete_items(services, &admin, "countries", {"a/b c%"});
  EXPECT_EQ(rows("countries"), "[]");
  const auto big = create("meters", R"({"id":"9007199254740993"})");
  EXPECT_EQ(to_text(big), "9007199254740993");
  EXPECT_EQ(big.is_string(), is(database::Vendor::postgres));
}

TEST_P(Values, WritesSingletons) {
  table("site", {auto_key(), column("title")});
  test::add_row(database, "directus_collections",
                {{"collection", std::string("site")}, {"singleton", true}, {"accountability", std::string("all")}});
  EXPECT_EQ(upsert_singleton(services, &admin, "site", {{"title", "a"}}), json::value(1));
  EXPECT_EQ(upsert_singleton(services, &admin, "site", {{"id", 7}, {"title", "b"}}), json::value(1));
  EXPECT_EQ(row("site", 1), R"({"id":1,"title":"b"})");
  EXPECT_EQ(rows("directus_activity", {"action"}), R"([{"action":"create"},{"action":"update"}])");
}

TEST_P(Values, SaysThatOthersHoldOnToWhatIsDeleted) {
  table("shelves", {auto_key(), column("name")});
  table("books", {auto_key(), reference("shelf")});
  database.transact([&](database::Connection& connection) {
    database::Ddl(connection, database.dialect()).add_foreign_key({"books", "shelf", "shelves", "id", "NO ACTION", {}});
  });
  create("shelves", "{}");
  create("books", R"({"shelf":1})");
  EXPECT_EQ(error_of([&] { delete_items(services, &admin, "shelves", {1}); }),
            R"(INVALID_FOREIGN_KEY collection="shelves" field=null value=null)");
}

ASHLAR_ITEMS_ON_ALL_DATABASES(Values);

}  // namespace
}  // namespace ashlar::items
