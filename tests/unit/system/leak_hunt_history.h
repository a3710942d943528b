// The hunt for leaks: comments on items and versions of them, by those who may or may not read the items.
#pragma once
#include "leak_hunt_shares.h"
#include "system/comments.h"
#include "system/versions.h"

namespace ashlar::system {

class HuntsHistory : public HuntsShares {
 protected:
  void make_world() {
    HuntsShares::make_world();
    versions.clear();
    for (int i = 0; i < 9; ++i) {
      auto version = random_version(i);
      const bool is_double = std::any_of(versions.begin(), versions.end(), [&](const Version& other) {
        return other.collection == version.collection && other.item == version.item;
      });
      if (!is_double) versions.push_back(std::move(version));
    }
    store_versions();
  }

  // ---- comments: only on what one may read

  std::string comment_at_random() {
    const auto collection = plain_collection();
    const auto item = json::value(number(1, 12));
    const auto* row = row_of(data, collection, item);
    const auto rules = rights.rules_for(asker, "create");
    const bool may_comment = asker.has_user && rules.contains("directus_comments");
    const bool should = may_comment && row != nullptr && sight->may_read(collection) && sight->sees(row, collection);
    const auto answer = comment(collection, item);
    const auto what = "\n  a comment on " + collection + "/" + json::serialize(item);
    if (should != answer.is_null()) {
      return what + "\n  expected " + (should ? "to be made" : "FORBIDDEN") + "\n  found    " +
             json::serialize(answer) + described_rights();
    }
    if (should || (row != nullptr && sight->may_read(collection) && sight->sees(row, collection))) return {};
    const auto of_nothing = json::serialize(comment("nowhere", item));
    if (json::serialize(answer) == replace_all(of_nothing, "nowhere", collection)) return {};
    return what + "\n  hidden      " + json::serialize(answer) + "\n  nonexistent " + of_nothing;
  }

  json::value comment(const std::string& collection, const json::value& item) {
    return with_history([&]() -> json::value {
      const auto keys = create_comments(
          services, &who, {json::object{{"collection", collection}, {"item", item}, {"comment", "seen"}}}, "/");
      items::delete_items(services, nullptr, "directus_comments", keys, {.allow_system = true});
      return nullptr;
    });
  }

  // What is done leaves no traces in the tables of activity and revisions.
  template <typename Work>
  json::value with_history(const Work& work) {
    json::value answer;
    try {
      answer = work();
    } catch (const ApiError& error) {
      answer = told(error);
    }
    for (const std::string table : {"directus_activity", "directus_revisions"}) {
      database.writer()->run("delete from " + table + " where id > 12");
    }
    return answer;
  }

  // ---- versions: what they show is in the version, or in sight

  struct Version {
    std::string id, collection;
    json::value item;
    json::object delta;
  };

  Version random_version(int at) {
    const auto collection = std::vector<std::string>{"people", "books", "books"}[random() % 3];
    const auto& rows = data.of(collection);
    const auto& row = rows[random() % rows.size()];
    const auto& other = rows[random() % rows.size()];
    Version version{"00000000-0000-4000-8000-00000000d00" + std::to_string(at), collection, row.at("id"), {}};
    for (const auto& field : schema->collection(collection)->fields) {
      if (field.is_alias || field.name == "id" || number(1, 100) > 30) continue;
      version.delta[field.name] = other.at(field.name);
    }
    if (collection == "books" && random() % 3 == 0) {
      version.delta["author"] = json::object{{"id", number(1, 9)}, {"name", People::user}};
    }
    return version;
  }

  void store_versions() {
    database.writer()->run("delete from directus_versions");
    for (const auto& version : versions) {
      test::add_row(database, "directus_versions",
                    {{"id", version.id},
                     {"key", std::string("draft")},
                     {"collection", version.collection},
                     {"item", json::serialize(version.item)},
                     {"hash", std::string("none")},
                     {"delta", json::serialize(version.delta)}});
    }
  }

  // A version, of an item that may be hidden, with a key that may be taken.
  std::string make_version_at_random() {
    const auto collection = plain_collection();
    const auto item = std::to_string(number(1, 12));
    const std::string key = random() % 2 == 0 ? "draft" : "new";
    const auto* row = row_of(data, collection, json::value(std::stoi(item)));
    const auto make = [&](const std::string& of) {
      return with_history([&]() -> json::value {
        create_versions(services, &who, {json::object{{"key", key}, {"collection", of}, {"item", item}}});
        return nullptr;
      });
    };
    const bool sees = expected({collection, {}, {.key = json::value(std::stoi(item))}}).has_value() && row != nullptr;
    const bool may = rights.rules_for(asker, "create").contains("directus_versions");
    const bool is_taken = std::any_of(versions.begin(), versions.end(), [&](const Version& version) {
      return version.collection == collection && json::serialize(version.item) == item && key == "draft";
    });
    const auto answer = make(collection);
    if (answer.is_null()) store_versions();
    const auto what = "\n  new version \"" + key + "\" of " + collection + "/" + item;
    const bool is_right = !sees || !may ? is_forbidden(answer)
                          : is_taken    ? !answer.is_null() && answer.at("status") == 422
                                        : answer.is_null();
    if (!is_right) {
      return what + "\n  expected " +
             (!sees || !may ? "FORBIDDEN"
              : is_taken    ? "that it is taken"
                            : "to be made") +
             "\n  found    " + json::serialize(answer) + described_rights();
    }
    if (sees) return {};
    return told_apart(what, answer, make("nowhere"), collection);
  }

  std::string read_version_at_random() {
    const auto& version = versions[random() % versions.size()];
    const int way = number(0, 7);
    const bool is_missing = way < 6 && random() % 8 == 0;
    json::array fields{std::vector<const char*>{"*", "*.*", "*.*.*"}[way < 6 ? random() % 3 : 0]};
    const Question plain{version.collection, {{"fields", fields}}, {.key = version.item}};
    const auto main = expected(plain);
    json::object change;
    if (way == 6 && random() % 2 == 0) change[version.collection == "books" ? "title" : "name"] = "changed";
    const auto answer = with_history([&]() -> json::value {
      if (way == 6) {
        auto item = save_version(services, &who, json::value(version.id), change);
        store_versions();
        return item;
      }
      if (way == 7) return compare_version(services, &who, json::value(version.id)).at("main");
      auto query = query::parse_query(plain.parameters, services.limits);
      query.version = is_missing ? "nothing" : "draft";
      query.version_raw = way == 5;
      return read_item_version(services, &who, version.collection, version.item, query);
    });
    const auto what = [&](const std::string& found) {
      return "\n  version of " + described(plain) + " " + json::serialize(version.delta) + " way " +
             std::to_string(way) + found + "\n  without it " + (main ? json::serialize(*main) : "FORBIDDEN") +
             "\n  answer " + json::serialize(answer) + described_rights();
    };
    if (!main || is_missing || !sight->may_read("directus_versions")) {
      if (!is_forbidden(answer)) return what("\n  expected FORBIDDEN");
      if (main || way >= 6) return {};
      const auto missing = ask({version.collection, plain.parameters, {.key = json::value(4711)}});
      return answer == missing ? "" : what("\n  nonexistent " + json::serialize(missing));
    }
    if (answer.as_object().contains("errors")) return what("\n  expected an item");
    return beyond_sight(version, change, answer, what);
  }

  // What the asker may write he may also see the effects of.
  template <typename What>
  std::string beyond_sight(const Version& version, const json::object& change, const json::value& answer,
                           const What& what) {
    auto changed = data;
    const Sight may(data, GetParam(), rights.rules_for(asker, "update"));
    std::vector<World> worlds{{&data, &*sight}};
    std::optional<Sight> later;
    if (may_write(may, version.collection, {version.item}, version.delta) && apply(changed, version, may)) {
      later.emplace(changed, GetParam(), rights.rules_for(asker, "read"));
      worlds.push_back({&changed, &*later});
    }
    auto delta = version.delta;
    for (const auto& member : change) delta[member.key()] = member.value();
    // Whoever saves is told when he did.
    for (const auto* mark : {"_user", "_date"}) {
      if (const auto* shown = answer.as_object().if_contains(mark)) delta[mark] = *shown;
    }
    const auto found = beyond(worlds, version.collection, version.item, answer, &delta);
    return found.empty() ? "" : what(found);
  }

  bool apply(DataSet& changed, const Version& version, const Sight& may) {
    auto& row = *const_cast<json::object*>(row_of(changed, version.collection, version.item));
    for (const auto& [name, value] : version.delta) {
      const auto* nested = value.is_object() && schema->link(version.collection, name) ? value.if_object() : nullptr;
      row[name] = nested ? nested->at("id") : value;
      if (nested == nullptr) continue;
      const auto* person = row_of(data, "people", nested->at("id"));
      if (person == nullptr || !may.sees(person, "people", "name")) return false;
      (*const_cast<json::object*>(row_of(changed, "people", nested->at("id"))))["name"] = nested->at("name");
    }
    return true;
  }

  struct World {
    const DataSet* data;
    const Sight* sight;
  };

  // The first value of the answer that is in none of the worlds in sight, and not in the delta.
  std::string beyond(const std::vector<World>& worlds, const std::string& collection, const json::value& key,
                     const json::value& shown, const json::object* delta) const {
    for (const auto& [name, value] : shown.as_object()) {
      if (value.is_null() || name == "id") continue;
      const auto* sent = delta ? delta->if_contains(name) : nullptr;
      if (sent != nullptr && same(*sent, value)) continue;
      if (!is_in_sight(worlds, collection, key, name) && sent == nullptr) {
        return "\n  shows " + collection + "/" + json::serialize(key) + " " + std::string(name);
      }
      const auto* link = schema->link(collection, name);
      const auto target = link == nullptr || link->kind == schema::RelationKind::any_to_one ? ""
                          : link->kind == schema::RelationKind::many_to_one ? *link->relation->related_collection
                                                                            : link->relation->collection;
      if (target.empty()) continue;
      const auto entries = value.is_array() ? value.get_array() : json::array{value};
      const bool is_plain_key = link->kind == schema::RelationKind::many_to_one && !value.is_object();
      for (const auto& entry : entries) {
        if (is_plain_key) continue;
        const auto* object = entry.if_object();
        const auto* below = object ? object->if_contains("id") : &entry;
        if (below == nullptr || below->is_null()) continue;
        if (!is_in_sight(worlds, target, *below, "")) {
          return "\n  shows " + target + "/" + json::serialize(*below) + " below " + collection;
        }
        if (object == nullptr) continue;
        auto found = beyond(worlds, target, *below, entry, sent ? sent->if_object() : nullptr);
        if (!found.empty()) return found;
      }
    }
    return {};
  }

  bool is_in_sight(const std::vector<World>& worlds, const std::string& collection, const json::value& key,
                   std::string_view field) const {
    for (const auto& world : worlds) {
      const auto* row = row_of(*world.data, collection, key);
      if (row == nullptr || !world.sight->may_read(collection)) continue;
      if (field.empty() ? world.sight->sees(row, collection) : world.sight->sees(row, collection, field)) return true;
    }
    return false;
  }

  std::vector<Version> versions;
};

}  // namespace ashlar::system
