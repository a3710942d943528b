// Creating, updating and deleting plain items, on all databases.
#include "items/fixture.h"

namespace ashlar::items {
namespace {

class Crud : public WithItems {
 protected:
  Crud() {
    auto state = column("state");
    state.default_value = {database::ColumnDefault::Kind::literal, "new", true, {}};
    table("parcels", {auto_key(), required("label"), column("weight", Type::integer), state});
    unique("parcels", "label");
  }
};

TEST_P(Crud, CreatesItemsAndGivesTheirKeysInOrder) {
  EXPECT_EQ(create("parcels", R"({"label":"A","weight":3})"), json::value(1));
  const auto keys = create_items(services, &admin, "parcels", parsed(R"([{"label":"B"},{"label":"C"}])").as_array());
  EXPECT_EQ(json::serialize(json::array(keys.begin(), keys.end())), "[2,3]");
  EXPECT_EQ(rows("parcels"),
            R"([{"id":1,"label":"A","weight":3,"state":"new"},{"id":2,"label":"B","weight":null,"state":"new"},)"
            R"({"id":3,"label":"C","weight":null,"state":"new"}])");
}

TEST_P(Crud, GoesOnAfterAGivenKey) {
  EXPECT_EQ(create("parcels", R"({"id":"70","label":"A"})"), json::value(70));
  EXPECT_EQ(create("parcels", R"({"label":"B"})"), json::value(71));
  EXPECT_EQ(create("parcels", R"({"id":5,"label":"C"})"), json::value(5));
  EXPECT_EQ(create("parcels", R"({"label":"D"})"), json::value(72));
}

TEST_P(Crud, CreatesThousandsOfItems) {
  json::array payloads;
  for (int i = 0; i < 3000; ++i) payloads.push_back(json::object{{"label", "p" + std::to_string(i)}, {"weight", i}});
  const auto keys = create_items(services, &admin, "parcels", payloads);
  ASSERT_EQ(keys.size(), 3000U);
  EXPECT_EQ(row("parcels", keys[2999], {"label", "weight"}), R"({"label":"p2999","weight":2999})");
  EXPECT_EQ(row("parcels", keys[1234], {"label"}), R"({"label":"p1234"})");
  EXPECT_EQ(rows("directus_revisions", {"item", "delta"}, R"({"item":{"_eq":")" + to_text(keys[7]) + R"("}})"),
            R"([{"item":")" + to_text(keys[7]) + R"(","delta":{"label":"p7","weight":7}}])");
}

TEST_P(Crud, NamesTheMissingAndTheNullFields) {
  EXPECT_EQ(error_of([&] { create("parcels", R"({})"); }),
            R"(FAILED_VALIDATION field="label" type="required" path=[])");
  EXPECT_EQ(error_of([&] { create("parcels", R"({"id":null,"label":null})"); }),
            R"(FAILED_VALIDATION field="id" type="nnull" path=[]; )"
            R"(FAILED_VALIDATION field="label" type="nnull" path=[])");
}

TEST_P(Crud, UndoesAllWhereOneIsNotUnique) {
  const bool mysql = is(database::Vendor::mysql);
  create("parcels", R"({"label":"A"})");
  const auto error = error_of(
      [&] { create_items(services, &admin, "parcels", parsed(R"([{"label":"B"},{"label":"A"}])").as_array()); });
  EXPECT_EQ(error, R"(RECORD_NOT_UNIQUE collection="parcels" field="label" value="A")" +
                       std::string(mysql ? " primaryKey=false" : ""));
  EXPECT_EQ(rows("parcels", {"label"}), R"([{"label":"A"}])");
  EXPECT_EQ(error_of([&] { create("parcels", R"({"id":1,"label":"Z"})"); }),
            mysql ? R"(RECORD_NOT_UNIQUE collection=null field="id" value=null)"
                  : R"(RECORD_NOT_UNIQUE collection="parcels" field="id" value=1)");
}

TEST_P(Crud, RefusesKeysAndValuesOfTheWrongKind) {
  EXPECT_EQ(error_of([&] { create("parcels", R"({"id":"x","label":"A"})"); }), "FORBIDDEN");
  EXPECT_EQ(error_of([&] { create("parcels", R"({"label":"A","weight":"heavy"})"); }), "INVALID_PAYLOAD");
  EXPECT_EQ(error_of([&] { create("nothing", R"({})"); }), "FORBIDDEN");
  EXPECT_EQ(error_of([&] { create("directus_roles", R"({"name":"A"})"); }), "FORBIDDEN");
}

TEST_P(Crud, UpdatesByKeysWithoutChangingKeys) {
  create_items(services, &admin, "parcels", parsed(R"([{"label":"A"},{"label":"B"}])").as_array());
  update("parcels", {"1"}, R"({"id":99,"weight":"4","colour":"red"})");
  update("parcels", {2, 1, 777}, R"({"state":"lost"})");
  EXPECT_EQ(rows("parcels"), R"([{"id":1,"label":"A","weight":4,"state":"lost"},)"
                             R"({"id":2,"label":"B","weight":null,"state":"lost"}])");
}

TEST_P(Crud, UpdatesABatchOrNothing) {
  create_items(services, &admin, "parcels", parsed(R"([{"label":"A"},{"label":"B"}])").as_array());
  const auto batch = [&](std::string_view text) { update_batch(services, &admin, "parcels", parsed(text).as_array()); };
  EXPECT_EQ(error_of([&] { batch(R"([{"id":1,"label":"X"},{"label":"Y"}])"); }), "INVALID_PAYLOAD");
  EXPECT_EQ(rows("parcels", {"label"}), R"([{"label":"A"},{"label":"B"}])");
  batch(R"([{"id":1,"label":"X"},{"id":2,"weight":7}])");
  EXPECT_EQ(rows("parcels", {"label", "weight"}), R"([{"label":"X","weight":null},{"label":"B","weight":7}])");
}

TEST_P(Crud, UpdatesAndDeletesWhatAQueryFinds) {
  create_items(services, &admin, "parcels", parsed(R"([{"label":"A"},{"label":"B"},{"label":"C"}])").as_array());
  query::Query query;
  query.filter = parsed(R"({"id":{"_gt":1}})");
  update_by_query(services, &admin, "parcels", query, {{"weight", 5}});
  query.filter = parsed(R"({"label":{"_eq":"C"}})");
  delete_by_query(services, &admin, "parcels", query);
  EXPECT_EQ(rows("parcels", {"id", "weight"}), R"([{"id":1,"weight":null},{"id":2,"weight":5}])");
}

TEST_P(Crud, KeepsActivityAndRevisions) {
  create("parcels", R"({"label":"A","weight":1})");
  update("parcels", {1}, R"({"weight":2})");
  update("parcels", {1}, R"({})");
  delete_items(services, &admin, "parcels", {1});
  const auto line = [](std::string_view action) {
    return R"({"action":")" + std::string(action) + R"(","collection":"parcels","item":"1","user":")" + admin_id +
           R"(","ip":"127.0.0.1"})";
  };
  EXPECT_EQ(rows("directus_activity", {"action", "collection", "item", "user", "ip"}),
            "[" + line("create") + "," + line("update") + "," + line("update") + "," + line("delete") + "]");
  EXPECT_EQ(
      rows("directus_revisions", {"activity", "data", "delta", "parent"}),
      R"([{"activity":1,"data":{"label":"A","weight":1},"delta":{"label":"A","weight":1},"parent":null},)"
      R"({"activity":2,"data":{"id":1,"label":"A","weight":2,"state":"new"},"delta":{"weight":2},"parent":null}])");
}

TEST_P(Crud, LeavesNothingInNobodysName) {
  create(nullptr, "parcels", R"({"label":"A"})");
  EXPECT_EQ(rows("directus_activity"), "[]");
}

TEST_P(Crud, StopsAtTheLimitOfOneRequest) {
  services.mutation_limit = 2;
  const auto many = parsed(R"([{"label":"A"},{"label":"B"},{"label":"C"}])").as_array();
  EXPECT_EQ(error_of([&] { create_items(services, &admin, "parcels", many); }), "INVALID_PAYLOAD");
  EXPECT_EQ(rows("parcels"), "[]");
}

TEST_P(Crud, TellsEventsAfterTheCommit) {
  std::vector<std::string> told;
  events.on_filter("parcels.items.create", [](auto, json::value& payload, const auto&, const auto& context) {
    EXPECT_NE(context.connection, nullptr);
    payload.as_object()["weight"] = 42;
  });
  for (const auto* name : {"items.create", "items.update", "parcels.items.delete"}) {
    events.on_action(name, [&](std::string_view event, const json::object& meta, const auto&) {
      told.push_back(std::string(event) + json::serialize(meta));
    });
  }
  create("parcels", R"({"label":"A"})");
  EXPECT_EQ(error_of([&] { create("parcels", R"({"label":"A"})"); }).substr(0, 17), "RECORD_NOT_UNIQUE");
  update("parcels", {"1"}, R"({"weight":1})");
  delete_items(services, &admin, "parcels", {1});
  EXPECT_EQ(told, (std::vector<std::string>{
                      R"(items.create{"payload":{"label":"A","weight":42},"key":1,"collection":"parcels"})",
                      R"(items.update{"payload":{"weight":1},"keys":["1"],"collection":"parcels"})",
                      R"(parcels.items.delete{"payload":[1],"keys":[1],"collection":"parcels"})"}));
}

TEST_P(Crud, UpsertsByKey) {
  const auto keys =
      upsert_items(services, &admin, "parcels", parsed(R"([{"id":4,"label":"A"},{"label":"B"}])").as_array());
  upsert_items(services, &admin, "parcels", parsed(R"([{"id":4,"weight":9}])").as_array());
  EXPECT_EQ(rows("parcels", {"id", "label", "weight"}),
            R"([{"id":4,"label":"A","weight":9},{"id":5,"label":"B","weight":null}])");
}

ASHLAR_ITEMS_ON_ALL_DATABASES(Crud);

}  // namespace
}  // namespace ashlar::items
