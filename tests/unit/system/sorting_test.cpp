// Sorting by hand, and going back to revisions, on all databases.
#include "system/sorting.h"

#include "items/write.h"
#include "system/fixture.h"
#include "system/revert.h"

namespace ashlar::system {
namespace {

class Sorting : public WithModel {
 protected:
  Sorting() {
    create(R"({"collection":"songs","meta":{"sort_field":"pos"},"schema":{},"fields":[
      {"field":"id","type":"integer","meta":{},"schema":{"is_primary_key":true,"has_auto_increment":true}},
      {"field":"pos","type":"integer","meta":{},"schema":{}},
      {"field":"name","type":"string","meta":{},"schema":{}}]})");
  }
  void songs(std::string_view places) {
    json::array payloads;
    const auto list = parsed(places);
    for (const auto& place : list.as_array()) payloads.push_back(json::object{{"pos", place}});
    items::create_items(services, &admin, "songs", payloads);
  }
  void move(int item, int to) { sort_item(services, &admin, "songs", json::object{{"item", item}, {"to", to}}); }
  std::string places() { return rows("songs", {"id", "pos"}); }
};

TEST_P(Sorting, ShiftsWhatLiesBetween) {
  songs("[1,2,3,4]");
  move(1, 3);
  EXPECT_EQ(places(), "1,3\n2,1\n3,2\n4,4\n");
  move(4, 2);
  EXPECT_EQ(places(), "1,4\n2,2\n3,3\n4,1\n");
  move(4, 4);
  EXPECT_EQ(places(), "1,4\n2,2\n3,3\n4,1\n");
}

TEST_P(Sorting, GivesPlacesToThoseWithoutOneFirst) {
  songs("[1,null,null]");
  move(3, 1);
  EXPECT_EQ(places(), "1,2\n2,3\n3,1\n");
}

TEST_P(Sorting, NumbersAnewWhereTwoShareAPlace) {
  songs("[5,5,9]");
  move(3, 1);
  EXPECT_EQ(places(), "1,2\n2,3\n3,1\n");
}

TEST_P(Sorting, LeavesNoActivityButTellsOthers) {
  songs("[1,2]");
  std::string told;
  events.on_action("items.sort", [&](auto, const json::object& meta, const auto&) { told = json::serialize(meta); });
  move(1, 2);
  EXPECT_EQ(told, R"({"collection":"songs","item":1,"to":2})");
  EXPECT_EQ(rows("directus_activity", {"action"}, database.dialect().quoted("collection") + " = 'songs'"),
            "create\ncreate\n");
}

TEST_P(Sorting, RefusesOtherBodies) {
  for (const auto* body : {R"({"item":1})", R"({"to":1})", R"({"item":[1],"to":2})", R"({"item":1,"to":2,"x":3})"}) {
    EXPECT_THROW(sort_item(services, &admin, "songs", parsed(body)), ApiError) << body;
  }
}

TEST_P(Sorting, GoesBackToARevision) {
  songs("[1]");
  items::update_items(services, &admin, "songs", {1}, {{"name", "a"}});
  items::update_items(services, &admin, "songs", {1}, {{"name", "b"}, {"pos", 7}});
  // The revisions of the song: made, named a, named b.
  const auto numbers = rows("directus_revisions", {"id"}, database.dialect().quoted("collection") + " = 'songs'");
  const auto revision = std::string(split(numbers, '\n').at(1));
  revert_to(services, &admin, json::value(revision));
  EXPECT_EQ(rows("songs", {"id", "pos", "name"}), "1,1,a\n");
}

ASHLAR_ON_ALL_DATABASES(Sorting);

}  // namespace
}  // namespace ashlar::system
