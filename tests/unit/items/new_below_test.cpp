// New items with new items below them, several at a time: a statement for each level, and everything else as if they
// had been written one after the other; on all databases.
#include <algorithm>

#include "items/fixture.h"

namespace ashlar::items {
namespace {

class NewBelowItems : public WithItems {
 protected:
  NewBelowItems() {
    table("cities", {auto_key(), column("name")});
    table("teams", {auto_key(), required("name"), reference("city")});
    table("players",
          {auto_key(), required("name"), column("pos", Type::integer), reference("team"), reference("next")});
    table("injuries", {auto_key(), column("what"), reference("player")});
    foreign_key("teams", "city", "cities");
    foreign_key("players", "team", "teams");
    foreign_key("players", "next", "players");
    foreign_key("injuries", "player", "players");
    relation("teams", "city", "cities", {{}, {}, {}, {}});
    relation("players", "team", "teams", {"players", {}, "pos", {}});
    relation("players", "next", "players", {"previous", {}, {}, {}});
    relation("injuries", "player", "players", {"injuries", {}, {}, "delete"});
  }

  void create_teams(std::string_view payloads) {
    statements.clear();
    create_items(services, &admin, "teams", parsed(payloads).as_array());
  }

  // How many statements inserted rows into the table.
  auto inserts(const std::string& table) const {
    const auto start = "insert into " + database.dialect().quoted(table) + " ";
    return std::count_if(statements.begin(), statements.end(),
                         [&](const std::string& sql) { return sql.starts_with(start); });
  }

  std::string players() { return rows("players", {"name", "pos", "team"}); }

  static constexpr auto two_teams =
      R"([{"name":"A","city":{"name":"Oslo"},"players":[{"name":"a","injuries":[{"what":"knee"}]},{"name":"b"}]},)"
      R"({"name":"B","city":{"name":"Bonn"},)"
      R"("players":{"create":[{"name":"c"},{"name":"d","injuries":[{"what":"toe"}]}],"update":[],"delete":[]}}])";
};

TEST_P(NewBelowItems, TakeAStatementForEachLevel) {
  create_teams(two_teams);
  EXPECT_EQ(rows("teams", {"id", "name", "city.name"}),
            R"([{"id":1,"name":"A","city":{"name":"Oslo"}},{"id":2,"name":"B","city":{"name":"Bonn"}}])");
  EXPECT_EQ(players(), R"([{"name":"a","pos":null,"team":1},{"name":"b","pos":null,"team":1},)"
                       R"({"name":"c","pos":1,"team":2},{"name":"d","pos":2,"team":2}])");
  EXPECT_EQ(rows("injuries", {"what", "player.name"}),
            R"([{"what":"knee","player":{"name":"a"}},{"what":"toe","player":{"name":"d"}}])");
  EXPECT_EQ(inserts("cities"), 1);
  EXPECT_EQ(inserts("teams"), 1);
  EXPECT_EQ(inserts("players"), 2);  // with a place in the list, and without
  EXPECT_EQ(inserts("injuries"), 1);
}

TEST_P(NewBelowItems, AreRecordedAndToldOfOneAfterTheOther) {
  std::string told;
  events.on_action("items.create", [&](auto, const json::object& meta, const auto&) {
    told += to_text(meta.at("collection")) + to_text(meta.at("key")) + " ";
  });
  create_teams(two_teams);
  EXPECT_EQ(told, "teams1 cities1 players1 injuries1 players2 teams2 cities2 players3 players4 injuries2 ");
  std::string recorded;
  const auto activity = parsed(rows("directus_activity", {"collection", "item"}));
  for (const auto& entry : activity.as_array()) {
    recorded += to_text(entry.at("collection")) + to_text(entry.at("item")) + " ";
  }
  EXPECT_EQ(recorded, "cities1 injuries1 players1 players2 teams1 cities2 players3 injuries2 players4 teams2 ");
  std::string parents;
  const auto revisions = parsed(rows("directus_revisions", {"item", "parent.collection", "parent.item"}));
  for (const auto& revision : revisions.as_array()) {
    const auto& parent = revision.at("parent");
    parents += parent.is_null() ? "none " : to_text(parent.at("collection")) + to_text(parent.at("item")) + " ";
  }
  EXPECT_EQ(parents, "teams1 players1 teams1 teams1 none teams2 teams2 players4 teams2 none ");
}

TEST_P(NewBelowItems, NameThePathOfWhatIsWrongAndAreAllUndone) {
  EXPECT_EQ(error_of([&] { create_teams(R"([{"name":"A","players":[{"name":"a"}]},{"name":"B","players":[{}]}])"); }),
            R"(FAILED_VALIDATION field="name" type="required" path=["players"])");
  EXPECT_EQ(error_of([&] {
              create_teams(R"([{"name":"A","players":[{"name":"a","injuries":[{"what":"x"}]},{"name":null}]}])");
            }),
            R"(FAILED_VALIDATION field="name" type="nnull" path=["players"])");
  EXPECT_EQ(rows("teams"), "[]");
  EXPECT_EQ(players(), "[]");
}

TEST_P(NewBelowItems, HaveTheirKeysInTheSameOrderWhereACollectionIsAtTwoPlaces) {
  create_teams(R"([{"name":"A","players":[{"name":"a","previous":[{"name":"b"}]},{"name":"c"}]},)"
               R"({"name":"B","players":[{"name":"d"}]}])");
  EXPECT_EQ(rows("players", {"name", "team"}), R"([{"name":"a","team":1},{"name":"b","team":null},)"
                                               R"({"name":"c","team":1},{"name":"d","team":2}])");
}

TEST_P(NewBelowItems, MayNameWhatWasSentBeforeThem) {
  create_items(
      services, &admin, "players",
      parsed(R"([{"id":7,"name":"a"},{"name":"b","team":{"name":"A","players":[7]}},{"name":"c"}])").as_array());
  EXPECT_EQ(rows("players", {"name", "team"}),
            R"([{"name":"a","team":1},{"name":"b","team":1},{"name":"c","team":null}])");
  create_items(services, &admin, "injuries",
               parsed(R"([{"id":3,"what":"x"},{"what":"y","player":{"name":"d","injuries":[3]}},)"
                      R"({"what":"z","player":{"name":"e","team":{"name":"B"}}}])")
                   .as_array());
  EXPECT_EQ(rows("injuries", {"what", "player.name"}), R"([{"what":"x","player":{"name":"d"}},)"
                                                       R"({"what":"y","player":{"name":"d"}},)"
                                                       R"({"what":"z","player":{"name":"e"}}])");
}

TEST_P(NewBelowItems, AreSeenByFiltersOneAfterTheOther) {
  std::string seen;
  events.on_filter("players.items.create", [&](auto, json::value& payload, const auto&, const auto& context) {
    const auto cursor = context.connection->query("select count(*) from players");
    cursor->next();
    seen += to_text(payload.at("name")) + std::to_string(cursor->cell(0).to_integer()) + " ";
  });
  create_teams(two_teams);
  EXPECT_EQ(seen, "a0 b1 c2 d3 ");
}

TEST_P(NewBelowItems, GetThePresetsOfTheAsker) {
  permission("teams", "create");
  permission("players", "create", "*", {}, {}, R"({"injuries":[{"what":"none"}]})");
  EXPECT_EQ(error_of([&] { create(&user, "teams", R"({"name":"A","players":[{"name":"a"}]})"); }), "FORBIDDEN");
  permission("injuries", "create", "what,player");
  create(&user, "teams", R"({"name":"A","players":[{"name":"a"}]})");
  EXPECT_EQ(rows("injuries", {"what", "player.name"}), R"([{"what":"none","player":{"name":"a"}}])");
}

ASHLAR_ITEMS_ON_ALL_DATABASES(NewBelowItems);

}  // namespace
}  // namespace ashlar::items
