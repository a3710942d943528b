#include "system/fixture.h"

namespace ashlar::system {
namespace {

using database::Vendor;

class Collections : public WithModel {};

TEST_P(Collections, AreMadeWithTheirFieldsAndAKey) {
  const auto made = create(R"({"collection": "articles", "schema": {}, "meta": {"icon": "book"}, "fields": [
    {"field": "title", "type": "string", "schema": {"max_length": 50}, "meta": {"interface": "input"}},
    {"field": "data", "type": "json"}]})");
  EXPECT_EQ(made.at_pointer("/meta/icon"), "book");
  EXPECT_EQ(field_names("articles"), (std::vector<std::string>{"id", "title", "data"}));
  EXPECT_EQ(field("articles", "id").at_pointer("/schema/has_auto_increment"), true);
  EXPECT_EQ(field("articles", "title").at_pointer("/schema/max_length"), 50);
  EXPECT_EQ(field("articles", "title").at_pointer("/meta/sort"), 2);
  EXPECT_EQ(printed(field("articles", "data").at_pointer("/meta/special")), R"(["cast-json"])");
}

TEST_P(Collections, AreMadeAllOrNone) {
  table("taken");
  const auto before = activity();
  EXPECT_EQ(code_of([&] {
              create(R"([{"collection": "first", "schema": {}, "meta": {}}, {"collection": "taken", "schema": {}}])");
            }),
            "INVALID_PAYLOAD");
  EXPECT_FALSE(has_collection("first"));
  EXPECT_EQ(rows("directus_collections", {"collection"}), "taken\n");
  EXPECT_EQ(rows("directus_fields", {"collection", "field"}), "taken,id\n");
  EXPECT_EQ(activity(), before);
}

TEST_P(Collections, AreRefusedWithMetadataThatIsNoObject) {
  EXPECT_EQ(code_of([&] { create(R"({"collection": "odd", "schema": {}, "meta": 5})"); }), "INVALID_PAYLOAD");
  EXPECT_FALSE(has_collection("odd"));
}

TEST_P(Collections, LeaveNoTableBehindWhenTheirMetadataIsRefused) {
  EXPECT_EQ(code_of([&] { create(R"({"collection": "lost", "schema": {}, "meta": {"group": "nowhere"}})"); }),
            "INVALID_FOREIGN_KEY");
  EXPECT_FALSE(has_collection("lost"));
  EXPECT_EQ(rows("directus_fields", {"id"}), "");
  table("lost");  // the name is free
}

TEST_P(Collections, CanBeRefusedByAFilter) {
  services.events.on_filter("collections.create", [](auto, json::value&, const json::object&, const auto&) {
    throw ApiError::forbidden("not today");
  });
  EXPECT_EQ(code_of([&] { table("lost"); }), "FORBIDDEN");
  EXPECT_FALSE(has_collection("lost"));
}

TEST_P(Collections, TellActionsWhenTheyAreThere) {
  std::vector<std::string> told;
  for (const auto* event : {"collections.create", "fields.create", "collections.delete"}) {
    services.events.on_action(event, [&](std::string_view name, const json::object& meta, const events::Context& at) {
      const bool is_there = at.schema->collection("things") != nullptr;
      told.push_back(std::string(name) + " " + to_text(meta.at("collection")) + (is_there ? " there" : " gone"));
    });
  }
  table("things");
  delete_collection(services, &admin, "things");
  EXPECT_EQ(told,
            (std::vector<std::string>{"fields.create things there", "collections.create directus_collections there",
                                      "collections.delete directus_collections gone"}));
}

TEST_P(Collections, AreChangedByAdministratorsOnly) {
  access::Accountability user;
  user.user = admin.user;
  EXPECT_EQ(code_of([&] { create_collections(services, &user, parsed("{}"), false); }), "FORBIDDEN");
  EXPECT_EQ(code_of([&] { update_collection(services, &user, "directus_users", parsed("{}")); }), "FORBIDDEN");
  EXPECT_EQ(code_of([&] { delete_collection(services, &user, "nothing"); }), "FORBIDDEN");
}

TEST_P(Collections, OfTheSystemStay) {
  EXPECT_EQ(code_of([&] { delete_collection(services, &admin, "directus_users"); }), "FORBIDDEN");
  EXPECT_EQ(
      code_of([&] { update_collection(services, &admin, "directus_users", parsed(R"({"meta": {"note": "x"}})")); }),
      "FORBIDDEN");
}

TEST_P(Collections, GoWithAllThatHangsOnThem) {
  create(R"({"collection": "folder", "meta": {}})");
  table("authors", R"({"field": "books", "type": "alias", "meta": {"special": ["o2m"]}})");
  table("books", R"({"field": "author", "type": "integer", "meta": {}}, {"field": "sequel_of", "type": "integer"})");
  table("notes", R"({"field": "item", "type": "string", "meta": {}}, {"field": "collection", "type": "string"},
                    {"field": "book", "type": "integer", "meta": {}})");
  update_collection(services, &admin, "authors",
                    parsed(R"({"meta": {"group": "books", "item_duplication_fields": ["id", "books.id"]}})"));
  relate(
      R"({"collection": "books", "field": "author", "related_collection": "authors", "meta": {"one_field": "books"}})");
  relate(R"({"collection": "books", "field": "sequel_of", "related_collection": "books"})");
  relate(R"({"collection": "notes", "field": "book", "related_collection": "books"})");
  relate(R"({"collection": "notes", "field": "item", "meta": {"one_collection_field": "collection",
             "one_allowed_collections": ["authors", "books"]}})");
  add("directus_presets", {{"collection", std::string("books")}});
  add("directus_policies", {{"id", std::string("00000000-0000-4000-8000-000000000011")}, {"name", std::string("p")}});
  add("directus_permissions", {{"policy", std::string("00000000-0000-4000-8000-000000000011")},
                               {"collection", std::string("books")},
                               {"action", std::string("read")}});

  delete_collection(services, &admin, "books");
  EXPECT_FALSE(has_collection("books"));
  EXPECT_EQ(field_names("authors"), (std::vector<std::string>{"id"}));
  EXPECT_EQ(field_names("notes"), (std::vector<std::string>{"id", "item", "collection"}));
  EXPECT_EQ(rows("directus_relations", {"many_collection", "many_field", "one_allowed_collections"}),
            "notes,item,authors\n");
  EXPECT_EQ(rows("directus_collections", {"collection", "group"}, "collection = 'authors'"), "authors,null\n");
  EXPECT_EQ(printed(read_collection(services, &admin, "authors").at("meta").at("item_duplication_fields")),
            R"(["id"])");
  EXPECT_EQ(rows("directus_presets", {"id"}), "");
  EXPECT_EQ(rows("directus_permissions", {"id"}), "");
}

TEST_P(Collections, RecordWhoMadeAndRemovedThem) {
  table("authors", R"({"field": "books", "type": "alias", "meta": {"special": ["o2m"]}})");
  table("books", R"({"field": "author", "type": "integer", "meta": {}})");
  relate(
      R"({"collection": "books", "field": "author", "related_collection": "authors", "meta": {"one_field": "books"}})");
  delete_collection(services, &admin, "books");
  EXPECT_EQ(activity(),
            "create directus_fields 1\n"
            "create directus_fields 2\n"
            "create directus_collections authors\n"
            "create directus_fields 3\n"
            "create directus_fields 4\n"
            "create directus_collections books\n"
            "delete directus_collections books\n"
            "delete directus_fields 3\n"
            "delete directus_fields 4\n"
            "delete directus_fields 2\n");
}

TEST_P(Collections, ThatAreExcludedAreNeverSeen) {
  EXPECT_EQ(code_of([&] { table("excluded"); }), "FORBIDDEN");
  EXPECT_EQ(code_of([&] { read_collection(services, &admin, "excluded"); }), "FORBIDDEN");
}

TEST_P(Collections, AreSeenWhereTheyMayBeRead) {
  create(R"({"collection": "folder", "meta": {}})");
  table("open");
  table("closed");
  update_collection(services, &admin, "open", parsed(R"({"meta": {"group": "folder"}})"));
  const std::string policy = "00000000-0000-4000-8000-000000000011";
  add("directus_policies", {{"id", policy}, {"name", std::string("p")}});
  for (const auto* name : {"open", "directus_collections"}) {
    add("directus_permissions", {{"policy", policy},
                                 {"collection", std::string(name)},
                                 {"action", std::string("read")},
                                 {"fields", std::string("*")}});
  }
  access.invalidate();
  access::Accountability user;
  user.policies = {policy};
  std::string seen;
  for (const auto& collection : read_collections(services, &user)) seen += to_text(collection.at("collection")) + ' ';
  EXPECT_EQ(seen, "folder open directus_collections ");
  EXPECT_EQ(code_of([&] { read_collection(services, &user, "folder"); }), "FORBIDDEN");
  EXPECT_EQ(code_of([&] { read_fields(services, &user, "closed"); }), "FORBIDDEN");
}

ASHLAR_ON_ALL_DATABASES(Collections);

}  // namespace
}  // namespace ashlar::system
