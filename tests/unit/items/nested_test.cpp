// Nested writes: many-to-one, one-to-many in both forms, many-to-many, many-to-any; on all databases.
#include "items/fixture.h"

namespace ashlar::items {
namespace {

class Nested : public WithItems {
 protected:
  Nested() {
    table("teams", {auto_key(), required("name")});
    table("players", {auto_key(), required("name"), column("pos", Type::integer), reference("team")});
    table("injuries", {auto_key(), column("what"), reference("player")});
    foreign_key("players", "team", "teams");
    foreign_key("injuries", "player", "players");
    relation("players", "team", "teams", {"players", {}, "pos", {}});
    relation("injuries", "player", "players", {"injuries", {}, {}, "delete"});
  }

  void free_players(int count) {
    json::array payloads;
    for (int i = 1; i <= count; ++i) payloads.push_back(json::object{{"name", "p" + std::to_string(i)}});
    create_items(services, &admin, "players", payloads);
  }

  std::string players() { return rows("players", {"id", "name", "pos", "team"}); }
};

TEST_P(Nested, WritesTheFarSideOfAForeignKey) {
  create("players", R"({"name":"a","team":{"name":"Reds"}})");
  create("players", R"({"name":"b","team":"1"})");
  create("players", R"({"name":"c","team":{"id":1}})");
  create("players", R"({"name":"d","team":{"id":1,"name":"Red ones"}})");
  create("players", R"({"name":"e","team":{"id":20,"name":"Blues"}})");
  create("players", R"({"name":"f","team":null})");
  EXPECT_EQ(rows("teams", {"id", "name"}), R"([{"id":1,"name":"Red ones"},{"id":20,"name":"Blues"}])");
  EXPECT_EQ(rows("players", {"team"}), R"([{"team":1},{"team":1},{"team":1},{"team":1},{"team":20},{"team":null}])");
}

TEST_P(Nested, WritesASharedItemOnce) {
  free_players(2);
  update("players", {1, 2}, R"({"team":{"name":"Shared"}})");
  EXPECT_EQ(rows("teams", {"id", "name"}), R"([{"id":1,"name":"Shared"}])");
  EXPECT_EQ(rows("players", {"id", "team"}), R"([{"id":1,"team":1},{"id":2,"team":1}])");
}

TEST_P(Nested, NamesThePathOfWhatIsWrongAndUndoesAll) {
  EXPECT_EQ(error_of([&] { create("players", R"({"name":"a","team":{"name":null}})"); }),
            R"(FAILED_VALIDATION field="name" type="nnull" path=["team"])");
  EXPECT_EQ(error_of([&] { create("players", R"({"name":"a","team":{"id":null,"name":"x"}})"); }),
            R"(FAILED_VALIDATION field="id" type="nnull" path=["team"])");
  EXPECT_EQ(error_of([&] { create("injuries", R"({"player":{"name":"a","team":{}}})"); }),
            R"(FAILED_VALIDATION field="name" type="required" path=["player","team"])");
  EXPECT_EQ(error_of([&] { create("teams", R"({"name":"Greys","players":[{"name":"ok"},{}]})"); }),
            R"(FAILED_VALIDATION field="name" type="required" path=["players"])");
  EXPECT_EQ(rows("teams"), "[]");
  EXPECT_EQ(rows("players"), "[]");
}

TEST_P(Nested, NamesAForeignKeyThatLeadsNowhere) {
  EXPECT_EQ(error_of([&] { create("players", R"({"name":"a","team":99})"); }),
            is(database::Vendor::sqlite)
                ? "INVALID_FOREIGN_KEY collection=null field=null value=null"  // which key it is, SQLite does not say
                : R"(INVALID_FOREIGN_KEY collection="players" field="team" value=99)");
}

TEST_P(Nested, ReplacesAListOfChildren) {
  free_players(3);
  create("teams", R"({"name":"Reds","players":[1,{"name":"p4"},{"id":2,"name":"p2!"}]})");
  EXPECT_EQ(players(), R"([{"id":1,"name":"p1","pos":null,"team":1},{"id":2,"name":"p2!","pos":null,"team":1},)"
                       R"({"id":3,"name":"p3","pos":null,"team":null},{"id":4,"name":"p4","pos":null,"team":1}])");
  update("teams", {1}, R"({"players":[2,3,3]})");
  EXPECT_EQ(rows("players", {"id", "team"}),
            R"([{"id":1,"team":null},{"id":2,"team":1},{"id":3,"team":1},{"id":4,"team":null}])");
  EXPECT_EQ(error_of([&] { update("teams", {1}, R"({"players":[2,999]})"); }), "FORBIDDEN");
  update("teams", {1}, R"({"players":null})");
  EXPECT_EQ(rows("teams"), R"([{"id":1,"name":"Reds","players":[]}])");
}

TEST_P(Nested, ChangesAListOfChildren) {
  free_players(3);
  create("teams",
         R"({"name":"Blues","players":{"create":[{"name":"p4"},{"name":"p5"}],"update":[{"id":3}],"delete":[]}})");
  create("teams", R"({"name":"Greens","players":[1]})");
  EXPECT_EQ(rows("players", {"id", "pos", "team"}),
            R"([{"id":1,"pos":null,"team":2},{"id":2,"pos":null,"team":null},{"id":3,"pos":null,"team":1},)"
            R"({"id":4,"pos":1,"team":1},{"id":5,"pos":2,"team":1}])");
  update(
      "teams", {1},
      R"({"players":{"create":[{"name":"z"},{"name":"y","pos":1}],"update":[{"id":4,"pos":9}],"delete":[5,1,777]}})");
  EXPECT_EQ(
      rows("players", {"id", "pos", "team"}),
      R"([{"id":1,"pos":null,"team":2},{"id":2,"pos":null,"team":null},{"id":3,"pos":null,"team":1},)"
      R"({"id":4,"pos":9,"team":1},{"id":5,"pos":2,"team":null},{"id":6,"pos":3,"team":1},{"id":7,"pos":1,"team":1}])");
  for (const auto* wrong :
       {R"({"players":{"remove":[1]}})", R"({"players":{"create":[1]}})", R"({"players":{"delete":[{"id":1}]}})",
        R"({"players":{"update":[{"pos":1}]}})", R"({"players":"all"})"}) {
    EXPECT_EQ(error_of([&] { update("teams", {1}, wrong); }), "INVALID_PAYLOAD") << wrong;
  }
}

TEST_P(Nested, SeesWhatEarlierEntriesOfAListDid) {
  create("teams", R"({"name":"T","players":[{"id":50,"name":"a"},{"id":50,"name":"b"},50]})");
  EXPECT_EQ(rows("players", {"id", "name", "team"}), R"([{"id":50,"name":"b","team":1}])");
}

TEST_P(Nested, WritesGrandchildrenAndDeletesThoseLetGo) {
  create("teams", R"({"name":"T","players":[{"name":"g","injuries":[{"what":"knee"},{"what":"arm"}]}]})");
  EXPECT_EQ(rows("injuries"), R"([{"id":1,"what":"knee","player":1},{"id":2,"what":"arm","player":1}])");
  update("players", {1}, R"({"injuries":[2]})");
  EXPECT_EQ(rows("injuries"), R"([{"id":2,"what":"arm","player":1}])");
}

TEST_P(Nested, HangsRevisionsOfChildrenOnTheirParent) {
  create("teams", R"({"name":"T","players":[{"name":"a"},{"name":"b"}]})");
  create("players", R"({"name":"c","team":{"name":"U"}})");
  EXPECT_EQ(rows("directus_revisions", {"collection", "item", "delta", "parent"}),
            R"([{"collection":"players","item":"1","delta":{"name":"a"},"parent":3},)"
            R"({"collection":"players","item":"2","delta":{"name":"b"},"parent":3},)"
            R"({"collection":"teams","item":"1","delta":{"name":"T"},"parent":null},)"
            R"({"collection":"teams","item":"2","delta":{"name":"U"},"parent":5},)"
            R"({"collection":"players","item":"3","delta":{"name":"c"},"parent":null}])");
  // The parent is not written itself: its children's revisions stand alone.
  update("teams", {1}, R"({"players":{"update":[{"id":1,"name":"a!"}],"delete":[2]}})");
  EXPECT_EQ(rows("directus_revisions", {"item", "data", "delta", "parent"}, R"({"id":{"_gt":5}})"),
            R"([{"item":"1","data":{"id":1,"name":"a!","pos":null},"delta":{"name":"a!"},"parent":null},)"
            R"({"item":"2","data":{"id":2,"name":"b","pos":null},"delta":{"team":null},"parent":null}])");
}

TEST_P(Nested, TellsTheParentBeforeItsChildren) {
  std::vector<std::string> told;
  events.on_action("items.create", [&](auto, const json::object& meta, const auto&) {
    told.push_back(to_text(meta.at("collection")) + json::serialize(meta.at("payload")));
  });
  create("players", R"({"name":"a","team":{"name":"T"},"injuries":[{"what":"x"}]})");
  EXPECT_EQ(told, (std::vector<std::string>{R"(players{"name":"a","team":{"name":"T"},"injuries":[{"what":"x"}]})",
                                            R"(teams{"name":"T"})", R"(injuries{"what":"x","player":1})"}));
}

TEST_P(Nested, CountsNestedItems) {
  services.mutation_limit = 3;
  create("teams", R"({"name":"T","players":[{"name":"a"},{"name":"b"}]})");
  EXPECT_EQ(error_of([&] { create("teams", R"({"name":"T","players":[{"name":"a"},{"name":"b"},{"name":"c"}]})"); }),
            "INVALID_PAYLOAD");
}

TEST_P(Nested, WritesManyToMany) {
  table("courses", {auto_key(), column("title")});
  table("students", {auto_key(), required("name")});
  table("enrolments", {auto_key(), reference("course"), reference("student"), column("sort", Type::integer)});
  relation("enrolments", "course", "courses", {"students", "student", "sort", "delete"});
  relation("enrolments", "student", "students", {"courses", "course", {}, {}});
  create("students", R"({"name":"s1"})");
  create("courses",
         R"({"title":"Maths","students":[{"student":1},{"student":{"name":"s2"}},{"student":{"id":1,"name":"s1!"}}]})");
  EXPECT_EQ(rows("enrolments"),
            R"([{"id":1,"course":1,"student":1,"sort":null},{"id":2,"course":1,"student":2,"sort":null},)"
            R"({"id":3,"course":1,"student":1,"sort":null}])");
  update("courses", {1}, R"({"students":{"update":[{"id":2,"student":{"id":2,"name":"s2!"}}],"delete":[1,3]}})");
  EXPECT_EQ(rows("enrolments"), R"([{"id":2,"course":1,"student":2,"sort":null}])");
  EXPECT_EQ(rows("students", {"name"}), R"([{"name":"s1!"},{"name":"s2!"}])");
  EXPECT_EQ(error_of([&] { update("courses", {1}, R"({"students":{"create":[{"student":{}}]}})"); }),
            R"(FAILED_VALIDATION field="name" type="required" path=["students","student"])");
}

TEST_P(Nested, WritesManyToAny) {
  table("pages", {auto_key(), column("name")});
  table("texts", {auto_key(), required("body")});
  table("pictures", {own_key("id", Type::uuid), column("url")});
  field("pictures", "id", "uuid");
  table("blocks", {auto_key(), reference("page"), column("item"), column("collection"), column("sort", Type::integer)});
  relation("blocks", "page", "pages", {"blocks", "item", "sort", "delete"});
  test::add_row(database, "directus_relations",
                {{"many_collection", std::string("blocks")},
                 {"many_field", std::string("item")},
                 {"one_collection_field", std::string("collection")},
                 {"one_allowed_collections", std::string("texts,pictures")}});
  create("texts", R"({"body":"first"})");
  create("pages",
         R"({"name":"Home","blocks":[{"collection":"texts","item":1},{"collection":"texts","item":{"body":"second"}},)"
         R"({"collection":"pictures","item":{"url":"b.png"}}]})");
  const auto picture = parsed(rows("pictures")).at(0).at("id").as_string();
  EXPECT_EQ(
      rows("blocks", {"collection", "item"}),
      R"([{"collection":"texts","item":"1"},{"collection":"texts","item":"2"},{"collection":"pictures","item":")" +
          std::string(picture) + R"("}])");
  for (const auto* wrong : {R"({"blocks":{"create":[{"item":{"body":"x"}}]}})",
                            R"({"blocks":{"create":[{"collection":"teams","item":{"name":"x"}}]}})"}) {
    EXPECT_EQ(error_of([&] { update("pages", {1}, wrong); }), "INVALID_PAYLOAD") << wrong;
  }
  EXPECT_EQ(error_of([&] { update("pages", {1}, R"({"blocks":{"create":[{"collection":"texts","item":{}}]}})"); }),
            R"(FAILED_VALIDATION field="body" type="required" path=["blocks","item"])");
}

TEST_P(Nested, WritesATreeInOneGo) {
  table("nodes", {auto_key(), column("name"), reference("parent")});
  foreign_key("nodes", "parent", "nodes");
  relation("nodes", "parent", "nodes", {"children", {}, {}, {}});
  create("nodes", R"({"name":"root","children":[{"name":"a","children":[{"name":"b"}]},{"name":"c"}]})");
  EXPECT_EQ(rows("nodes", {"name", "parent"}), R"([{"name":"root","parent":null},{"name":"a","parent":1},)"
                                               R"({"name":"b","parent":2},{"name":"c","parent":1}])");
  update("nodes", {1}, R"({"parent":1})");
  EXPECT_EQ(row("nodes", 1, {"parent"}), R"({"parent":1})");
}

ASHLAR_ITEMS_ON_ALL_DATABASES(Nested);

}  // namespace
}  // namespace ashlar::items
