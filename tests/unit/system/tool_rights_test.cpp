// Sorting by hand and exports into files, by those who may not see or change everything.
#include "system/export.h"
#include "system/people_fixture.h"
#include "system/sorting.h"

namespace ashlar::system {
namespace {

class ToolRights : public WithPeople {
 protected:
  ToolRights() {
    database.writer()->run("CREATE TABLE songs (id integer PRIMARY KEY, place integer, owner text)");
    database.writer()->run("INSERT INTO songs VALUES (1, 1, 'me'), (2, 2, 'me'), (3, 3, 'you')");
    create("directus_collections", {{"collection", "songs"}, {"sort_field", "place"}});
    schemas.reload();
  }

  std::string move(int item, int to) {
    return code_of([&] { sort_item(services, &manager, "songs", json::object{{"item", item}, {"to", to}}); });
  }
  std::string export_of(const std::string& collection) {
    return code_of([&] {
      parse_export(services, manager, collection, json::object{{"query", json::object()}, {"format", "json"}});
    });
  }
};

TEST_F(ToolRights, MoveNothingThatMayNotBeUpdated) {
  EXPECT_EQ(move(1, 2), "FORBIDDEN");
  permit(policy, "songs", "update", {"place"}, {{"owner", json::object{{"_eq", "me"}}}});
  EXPECT_EQ(move(1, 2), "");
  EXPECT_EQ(move(3, 1), "FORBIDDEN");
  EXPECT_EQ(move(1, 3), "FORBIDDEN");
  EXPECT_EQ(move(1, 4), "FORBIDDEN");  // as one that is not there
}

TEST_F(ToolRights, ExportNothingOfACollectionThatIsHidden) {
  EXPECT_EQ(export_of("articles"), "");
  EXPECT_EQ(export_of("songs"), "FORBIDDEN");
  EXPECT_EQ(export_of("nowhere"), "FORBIDDEN");
}

}  // namespace
}  // namespace ashlar::system
