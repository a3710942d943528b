// What a share opens: its item and what hangs on it.
#include "system/share_rights.h"

#include "system/people_fixture.h"
#include "system/shares.h"

namespace ashlar::system {
namespace {

// Houses with rooms (a list), an owner (of whom houses know, but not the other way round), and plans of rooms.
class ShareRights : public WithPeople {
 protected:
  ShareRights() {
    for (const auto* sql :
         {"CREATE TABLE owners (id integer PRIMARY KEY, name text)",
          "CREATE TABLE houses (id integer PRIMARY KEY, address text, price integer,"
          " owner integer REFERENCES owners (id))",
          "CREATE TABLE rooms (id integer PRIMARY KEY, name text, house integer REFERENCES houses (id))",
          "CREATE TABLE plans (id integer PRIMARY KEY, name text, room integer REFERENCES rooms (id))",
          "CREATE TABLE others (id integer PRIMARY KEY, name text)",
          "INSERT INTO owners VALUES (1, 'Olga'), (2, 'Otto')",
          "INSERT INTO houses VALUES (1, 'Elm 1', 100, 1), (2, 'Oak 2', 200, 2)",
          "INSERT INTO rooms VALUES (1, 'hall', 1), (2, 'attic', 1), (3, 'barn', 2)",
          "INSERT INTO plans VALUES (1, 'hall plan', 1), (2, 'attic plan', 2), (3, 'barn plan', 3)",
          "INSERT INTO others VALUES (1, 'other')",
          "INSERT INTO directus_relations (many_collection, many_field, one_collection, one_field) VALUES"
          " ('rooms', 'house', 'houses', 'rooms'), ('plans', 'room', 'rooms', 'plans')",
          "INSERT INTO directus_collections (collection) VALUES ('houses')",
          "INSERT INTO directus_fields (collection, field, special) VALUES ('houses', 'rooms', 'o2m'),"
          " ('rooms', 'plans', 'o2m')"}) {
      database.writer()->run(sql);
    }
    schemas.reload();
    visitors = create("directus_roles", {{"name", "Visitors"}});
    visiting = create("directus_policies", {{"name", "Visitors"}});
    create("directus_access", {{"role", visitors}, {"policy", visiting}});
    permit(visiting, "rooms", "read", {"*"}, {{"name", json::object{{"_neq", "attic"}}}});
    permit(visiting, "houses", "read", {"id", "address", "rooms", "owner"});
    for (const auto* name : {"owners", "plans", "others"}) permit(visiting, name, "read");
    for (const auto* name : {"houses", "rooms", "owners", "plans"}) permit(policy, name, "read");
    share = create("directus_shares", {{"collection", "houses"}, {"item", "1"}, {"role", visitors}});
    auth_as(*manager.user);
  }

  // Who made the share; asks by it from then on.
  void auth_as(const std::string& creator) {
    database.transact([&](database::Connection& connection) {
      connection.execute("UPDATE directus_shares SET user_created = ?", std::vector<database::Value>{creator});
    });
    guest = {.share = share};
    open_share(services, guest);
  }

  std::string read(std::string_view collection, std::string_view field) {
    query::Query query;
    query.fields = {std::string(field)};
    try {
      std::string values;
      const auto rows = items::read_value(services, &guest, collection, query, {});
      for (const auto& row : rows.as_array()) values += to_text(row.at(field)) + " ";
      return values;
    } catch (const ApiError& error) {
      return error.details().front().code;
    }
  }

  std::string visitors, visiting, share;
  access::Accountability guest;
};

TEST_F(ShareRights, TheItemAndNoOther) { EXPECT_EQ(read("houses", "address"), "Elm 1 "); }

TEST_F(ShareRights, OnlyFieldsThatBothSidesMayRead) { EXPECT_EQ(read("houses", "price"), "FORBIDDEN"); }

TEST_F(ShareRights, ListsAndWhatTheyHoldAsFarAsBothSidesSeeThem) {
  EXPECT_EQ(read("rooms", "name"), "hall ");
  // What hangs on a room that is not shown is not shown either.
  EXPECT_EQ(read("plans", "name"), "hall plan ");
}

TEST_F(ShareRights, WhatTheItemRefersTo) { EXPECT_EQ(read("owners", "name"), "Olga "); }

TEST_F(ShareRights, NothingThatIsNotRelated) { EXPECT_EQ(read("others", "name"), "FORBIDDEN"); }

TEST_F(ShareRights, NothingOfPeopleAndRights) {
  for (const auto* name : {"directus_users", "directus_policies", "directus_shares"}) {
    EXPECT_EQ(read(name, "id"), "FORBIDDEN") << name;
  }
}

TEST_F(ShareRights, AnAdministratorsShareShowsWhatTheRoleMayRead) {
  auth_as(to_text(one("directus_users", {{"email", json::object{{"_eq", "admin@example.com"}}}}).at("id")));
  EXPECT_EQ(read("houses", "address"), "Elm 1 ");
  EXPECT_EQ(read("houses", "price"), "FORBIDDEN");
  EXPECT_EQ(read("others", "name"), "FORBIDDEN");
}

TEST_F(ShareRights, VariablesAreThoseOfTheirSide) {
  const auto named =
      one("directus_permissions",
          {{"_and", json::array{json::object{{"policy", policy}}, json::object{{"collection", "owners"}}}}});
  update("directus_permissions", to_text(named.at("id")),
         {{"permissions", json::object{{"name", json::object{{"_eq", "$CURRENT_USER.first_name"}}}}}});
  auth_as(*manager.user);
  EXPECT_EQ(read("owners", "name"), "");
  update("directus_users", *manager.user, {{"first_name", "Olga"}});
  auth_as(*manager.user);
  EXPECT_EQ(read("owners", "name"), "Olga ");
}

TEST_F(ShareRights, NothingIsWritten) {
  EXPECT_EQ(code_of([&] { items::create_item(services, &guest, "rooms", {{"name", "x"}}); }), "FORBIDDEN");
  EXPECT_EQ(code_of([&] {
              items::update_items(services, &guest, "houses", {json::value(1)}, {{"address", "x"}});
            }),
            "FORBIDDEN");
}

TEST_F(ShareRights, AShareThatIsGoneOpensNothing) {
  items::delete_items(services, nullptr, "directus_shares", {json::value(share)}, with_system);
  access::Accountability late{.share = share};
  EXPECT_EQ(code_of([&] { open_share(services, late); }), "FORBIDDEN");
}

}  // namespace
}  // namespace ashlar::system
