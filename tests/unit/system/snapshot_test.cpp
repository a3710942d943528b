#include "system/snapshot.h"

#include "system/fixture.h"
#include "system/snapshot_apply.h"
#include "system/snapshot_diff.h"

namespace ashlar::system {
namespace {

class Snapshots : public WithModel {
 protected:
  void make_model() {
    create(R"({"collection": "shop", "meta": {"icon": "store"}})");
    create(R"({"collection": "brands", "schema": {}, "meta": {"group": "shop"}, "fields": [
      {"field": "id", "type": "uuid", "schema": {"is_primary_key": true}, "meta": {"special": ["uuid"]}},
      {"field": "products", "type": "alias", "meta": {"special": ["o2m"]}}]})");
    table("products", R"({"field": "title", "type": "string", "meta": {"options": {"trim": true}},
                          "schema": {"max_length": 80, "default_value": "it's new", "is_nullable": false}},
                         {"field": "price", "type": "decimal", "meta": {}, "schema": {"is_indexed": true}},
                         {"field": "code", "type": "string", "meta": {}, "schema": {"is_unique": true}},
                         {"field": "brand", "type": "uuid", "meta": {"special": ["m2o"]}})");
    relate(R"({"collection": "products", "field": "brand", "related_collection": "brands",
               "schema": {"on_delete": "SET NULL"}, "meta": {"one_field": "products"}})");
    add_field("directus_users", R"({"field": "badge", "type": "string", "meta": {}})");
  }
  json::object snapshot() { return read_snapshot(services, &admin); }
  json::value diff_to(const json::object& wanted) {
    return diff_snapshot(services, &admin, wanted, false).value_or(json::object{});
  }
};

TEST_P(Snapshots, BringAModelBack) {
  const auto empty = snapshot();
  make_model();
  const auto full = snapshot();
  EXPECT_TRUE(diff_to(full).get_object().empty());

  apply_snapshot(services, &admin, diff_to(empty), false);
  EXPECT_EQ(printed(snapshot()), printed(empty));
  EXPECT_FALSE(has_collection("products"));

  apply_snapshot(services, &admin, diff_to(full), false);
  EXPECT_TRUE(diff_to(full).get_object().empty()) << printed(diff_to(full));
  EXPECT_EQ(snapshot_hash(snapshot()), snapshot_hash(full));
}

TEST_P(Snapshots, TakeChangesBack) {
  make_model();
  const auto full = snapshot();
  change_field("products", "title", R"({"schema": {"max_length": 120, "is_nullable": true}, "meta": {"note": "x"}})");
  change_field("products", "code", R"({"schema": {"is_unique": false, "is_indexed": true}})");
  delete_field(services, &admin, "products", "price");
  add_field("brands", R"({"field": "country", "type": "string", "meta": {}})");
  update_relation(services, &admin, "products", "brand", parsed(R"({"schema": {"on_delete": "CASCADE"}})"));
  change_field("directus_users", "title", R"({"schema": {"is_indexed": true}})");
  update_collection(services, &admin, "brands", parsed(R"({"meta": {"note": "n", "group": null}})"));

  apply_snapshot(services, &admin, diff_to(full), false);
  EXPECT_TRUE(diff_to(full).get_object().empty()) << printed(diff_to(full));
}

TEST_P(Snapshots, ChangeNothingWhenTheLastStepFails) {
  make_model();
  const auto full = snapshot();
  change_field("products", "title", R"({"meta": {"note": "x"}})");
  table("extra");
  const auto before = snapshot();
  auto body = diff_to(full);
  body.at("diff")
      .at("relations")
      .as_array()
      .push_back(parsed(R"({"collection": "products", "field": "nothing", "related_collection": "brands",
                 "diff": [{"kind": "N", "rhs": {"collection": "products", "field": "nothing",
                                                "related_collection": "brands"}}]})"));
  auto& collections = body.at("diff").at("collections").as_array();
  // What only removes can't be taken back on MySQL: here, something is made and changed.
  collections.clear();
  collections.push_back(parsed(R"({"collection": "made", "diff": [{"kind": "N", "rhs": {"collection": "made",
                                   "meta": {"collection": "made"}, "schema": {"name": "made"}}}]})"));
  EXPECT_EQ(code_of([&] { apply_snapshot(services, &admin, body, true); }), "INVALID_PAYLOAD");
  EXPECT_EQ(printed(snapshot()), printed(before));
}

TEST_P(Snapshots, LeaveWhatTheyDoNotSay) {
  make_model();
  auto wanted = snapshot();
  for (auto& field : wanted.at("fields").as_array()) {
    if (field.at("field") != "title") continue;
    field.as_object()["meta"] = {{"collection", "products"}, {"field", "title"}, {"note", "said"}};
    field.as_object()["schema"] = {{"name", "title"}, {"max_length", 90}};
  }
  apply_snapshot(services, &admin, diff_to(wanted), false);
  const auto title = field("products", "title");
  EXPECT_EQ(title.at_pointer("/meta/note"), "said");
  EXPECT_EQ(printed(title.at_pointer("/meta/options")), R"({"trim":true})");
  EXPECT_EQ(title.at_pointer("/schema/max_length"), 90);
  EXPECT_EQ(title.at_pointer("/schema/is_nullable"), false);
}

TEST_P(Snapshots, AreRefusedWhenTheModelHasChangedSince) {
  make_model();
  const auto full = snapshot();
  change_field("products", "title", R"({"meta": {"note": "x"}})");
  const auto body = diff_to(full);
  change_field("products", "title", R"({"meta": {"note": "y"}})");
  EXPECT_EQ(code_of([&] { apply_snapshot(services, &admin, body, false); }), "INVALID_PAYLOAD");
  apply_snapshot(services, &admin, body, true);
  EXPECT_EQ(printed(snapshot()), printed(full));
}

ASHLAR_ON_ALL_DATABASES(Snapshots);

}  // namespace
}  // namespace ashlar::system
