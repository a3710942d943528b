// A version is saved without a permission to write the item: reading it must not show what its writer could bring
// about.
#include "system/people_fixture.h"
#include "system/versions.h"

namespace ashlar::system {
namespace {

class VersionRights : public WithPeople {
 protected:
  VersionRights() {
    database.writer()->run("ALTER TABLE articles ADD COLUMN owner text");
    database.writer()->run("ALTER TABLE articles ADD COLUMN parent integer REFERENCES articles (id)");
    create("directus_collections", {{"collection", "articles"}, {"versioning", true}});
    schemas.reload();
    database.writer()->run("INSERT INTO articles VALUES (1, 'Seen', 'hidden text', 'published', 'ann', NULL)");
    database.writer()->run("INSERT INTO articles VALUES (2, 'Not seen', 'secret', 'draft', 'ann', NULL)");
    permit(policy, "directus_versions", "read");
    permit(policy, "directus_versions", "create");
    // Titles of what is published, everything of what is his own.
    const auto old = one("directus_permissions", {{"collection", json::object{{"_eq", "articles"}}}});
    items::delete_items(services, nullptr, "directus_permissions", {old.at("id")}, with_system);
    permit(policy, "articles", "read", {"id", "title", "parent"}, {{"status", json::object{{"_eq", "published"}}}});
    permit(policy, "articles", "read", {"*"}, {{"owner", json::object{{"_eq", "$CURRENT_USER"}}}});
  }

  // The item 1 in a version with these changes, as the manager reads it.
  std::string in_version(json::object changes, std::vector<std::string> fields) {
    const json::object payload{{"key", "mine"}, {"collection", "articles"}, {"item", "1"}};
    const auto key = create_versions(services, &manager, {payload}).front();
    save_version(services, &manager, key, changes);
    query::Query query;
    query.version = "mine";
    query.fields = std::move(fields);
    return json::serialize(read_item_version(services, &manager, "articles", json::value(1), query));
  }
};

TEST_F(VersionRights, GiveNobodyAnItemByNamingHimItsOwner) {
  EXPECT_EQ(in_version({{"owner", *manager.user}, {"title", "Mine"}}, {"title", "text"}),
            R"({"title":"Mine","text":null})");
}

TEST_F(VersionRights, ShowNoItemThatAVersionChangesBesides) {
  EXPECT_EQ(in_version({{"parent", json::object{{"id", 2}, {"status", "published"}}}}, {"title", "parent.title"}),
            R"({"title":"Seen","parent":null})");
}

TEST_F(VersionRights, AreFullWhereTheVersionCouldBeSaved) {
  permit(policy, "articles", "update");
  EXPECT_EQ(in_version({{"parent", json::object{{"title", "New"}, {"status", "published"}}}}, {"parent.title"}),
            R"({"parent":null})")
      << "others may not be made";
}

TEST_F(VersionRights, FollowRelationsWhereAllOfItMayBeWritten) {
  permit(policy, "articles", "update");
  permit(policy, "articles", "create");
  EXPECT_EQ(in_version({{"parent", json::object{{"title", "New"}, {"status", "published"}}}}, {"parent.title"}),
            R"({"parent":{"title":"New"}})");
}

}  // namespace
}  // namespace ashlar::system
