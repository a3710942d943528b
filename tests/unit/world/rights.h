// Random rights on rows of a data model: policies with rules for every action, attached to nested roles, to a user,
// to the public, and to others whom they are not meant for. What they add up to for an asker is worked out here by
// plain loops, and they can be put into the system's tables for the program to do the same.
#pragma once
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "database/database.h"
#include "world/generator.h"
#include "world/sight.h"

namespace ashlar::query::test {

// Who may ask. Editors are below staff; the guests' role has nothing to do with either.
struct People {
  static constexpr const char* user = "00000000-0000-4000-8000-00000000000a";
  static constexpr const char* other_user = "00000000-0000-4000-8000-00000000000b";
  static constexpr const char* staff = "00000000-0000-4000-8000-0000000000a1";
  static constexpr const char* editors = "00000000-0000-4000-8000-0000000000a2";
  static constexpr const char* guests = "00000000-0000-4000-8000-0000000000a3";
  static constexpr const char* address = "192.0.2.1";
};

struct Asker {
  bool has_user = false, is_editor = false, is_other = false;

  std::optional<std::string> user() const {
    if (!has_user) return std::nullopt;
    return is_other ? People::other_user : People::user;
  }
  std::optional<std::string> first_name() const {
    if (!has_user) return std::nullopt;
    return is_other ? "cy" : "ada";
  }
};

struct Rights {
  struct Permission {
    std::string collection, action;
    SightRule rule;
    // The rule with its variables as they are written; what they stand for differs between askers.
    std::string stored_filter;  // empty for none
    std::function<json::value(const Asker&)> filter;
  };
  struct Policy {
    std::string id;
    std::string attached_to;    // a role, a user, or empty for the public
    bool is_elsewhere = false;  // it counts from other addresses only
    std::vector<Permission> permissions;
  };
  std::vector<Policy> policies;

  // What the policies that reach the asker add up to.
  SightRules rules_for(const Asker& asker, std::string_view action) const;
};

// The moment that $NOW stands for.
inline constexpr const char* world_time = "2001-06-15T12:00:00.000Z";

// `shows_order`: every rule lists the keys, and what rows are sorted by of themselves, so that the order of any answer
// is certain.
Rights make_rights(const schema::Schema& schema, std::mt19937& random, bool shows_order);

// Replaces what the tables of policies hold. People and roles are made by the first call.
void store(const Rights& rights, database::Database& database);
void store_people(database::Database& database);

}  // namespace ashlar::query::test
