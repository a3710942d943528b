// The hunt for leaks: versions of items. What they show is in the version, or in sight; what is promoted may be
// written.
#pragma once
#include "leak_hunt_history.h"
#include "system/versions.h"

namespace ashlar::system {

class HuntsVersions : public HuntsHistory {
 protected:
  void make_world() {
    HuntsHistory::make_world();
    versions.clear();
    for (int i = 0; i < 9; ++i) {
      auto version = random_version(i);
      if (!version) continue;
      const bool is_double = std::any_of(versions.begin(), versions.end(), [&](const Version& other) {
        return other.collection == version->collection && other.item == version->item;
      });
      if (!is_double) versions.push_back(std::move(*version));
    }
    store_versions();
  }

  struct Version {
    std::string id, collection;
    json::value item;
    json::object delta;
    bool is_nested = false;
  };

  std::optional<Version> random_version(int at) {
    const auto collection = plain_collection();
    const auto& rows = data.of(collection);
    if (!described_by(collection).has_versions || rows.empty()) return std::nullopt;
    const auto &row = pick(rows), &other = pick(rows);
    Version version{
        "00000000-0000-4000-8000-00000000d00" + std::to_string(at), collection, key_of(row, collection), {}};
    for (const auto& field : described_by(collection).fields) {
      const bool is_unique = field.name == "word" || field.name == "place" || field.name == key_name(collection);
      if (field.is_alias || is_unique || number(1, 100) > 30) continue;
      version.delta[field.name] = other.at(field.name);
      if (random() % 3 == 0) add_nested(version, field.name);
    }
    return version;
  }

  // Instead of a key, an item with a value of its own.
  void add_nested(Version& version, const std::string& link_name) {
    const auto* link = schema->link(version.collection, link_name);
    if (link == nullptr || link->kind != schema::RelationKind::many_to_one) return;
    const auto& target = *link->relation->related_collection;
    if (described_by(target).field("name") == nullptr || data.of(target).empty()) return;
    version.delta[link_name] =
        json::object{{key_name(target), key_of(pick(data.of(target)), target)}, {"name", People::user}};
    version.is_nested = true;
  }

  void store_versions() {
    database.writer()->run("delete from directus_versions");
    for (const auto& version : versions) {
      test::add_row(database, "directus_versions",
                    {{"id", version.id},
                     {"key", std::string("draft")},
                     {"collection", version.collection},
                     {"item", to_text(version.item)},
                     {"hash", std::string("none")},
                     {"delta", json::serialize(version.delta)}});
    }
  }

  // A version, of an item that may be hidden, with a key that may be taken.
  std::string make_version_at_random() {
    const auto collection = plain_collection();
    const auto key_of_item = any_key(collection);
    const auto item = to_text(key_of_item);
    const std::string key = random() % 2 == 0 ? "draft" : "new";
    const auto make = [&](const std::string& of) {
      return try_to([&] {
        create_versions(services, &who, {json::object{{"key", key}, {"collection", of}, {"item", item}}});
      });
    };
    const bool sees = expected({collection, {}, {.key = key_of_item}}).has_value();
    const bool may = rights.rules_for(asker, "create").contains("directus_versions");
    const bool is_taken = std::any_of(versions.begin(), versions.end(), [&](const Version& version) {
      return version.collection == collection && to_text(version.item) == item && key == "draft";
    });
    const auto answer = make(collection);
    const auto what = "new version \"" + key + "\" of " + collection + "/" + item;
    if (!sees) {
      const auto found = judged(what, false, answer);
      return found.empty() ? told_apart(what, answer, make("nowhere"), collection) : found + described_rights();
    }
    const bool has_versions = described_by(collection).has_versions;
    if (has_versions && !(may && is_taken)) {
      const auto found = judged(what, may, answer);
      return found.empty() ? found : found + described_rights();
    }
    if (!answer.is_null() && answer.is_object() && answer.at("status") == 422) return {};
    return judged(what + " that can't be made", false, answer) + "\n  expected 422";
  }

  enum class Way { shown, raw, saved, compared };

  std::string read_version_at_random() {
    if (versions.empty()) return {};
    const auto& version = pick(versions);
    const int chosen = number(0, 7);
    const auto way = chosen < 5 ? Way::shown : chosen == 5 ? Way::raw : chosen == 6 ? Way::saved : Way::compared;
    const bool by_item = way == Way::shown || way == Way::raw;
    const bool is_missing = by_item && random() % 8 == 0;
    json::array fields{std::vector<const char*>{"*", "*.*", "*.*.*"}[by_item ? random() % 3 : 0]};
    const Question plain{version.collection, {{"fields", fields}}, {.key = version.item}};
    const auto main = expected(plain);
    json::object change;
    if (way == Way::saved && random() % 2 == 0 && described_by(version.collection).field("name") != nullptr) {
      change["name"] = "changed";
    }
    const auto answer = ask_version(version, plain, way, is_missing ? "nothing" : "draft", change);
    const auto what = [&](const std::string& found) {
      return "\n  version of " + described(plain) + " " + json::serialize(version.delta) + " way " +
             std::to_string(chosen) + found + "\n  without it " + (main ? json::serialize(*main) : "FORBIDDEN") +
             "\n  answer " + json::serialize(answer) + described_rights();
    };
    if (!main || is_missing || !sight->may_read("directus_versions")) {
      if (!is_forbidden(answer)) return what("\n  expected FORBIDDEN");
      if (main || !by_item) return {};
      const auto missing =
          ask({version.collection, plain.parameters, {.key = missing_key(described_by(version.collection))}});
      return answer == missing ? "" : what("\n  nonexistent " + json::serialize(missing));
    }
    if (answer.as_object().contains("errors")) {
      // What he changes may get out of his own sight.
      return by_item && is_forbidden(answer) && is_hidden_by(version) ? "" : what("\n  expected an item");
    }
    return beyond_sight(version, change, answer, what);
  }

  json::value ask_version(const Version& version, const Question& plain, Way way, const std::string& key,
                          const json::object& change) {
    takes_back = false;
    json::value answer;
    try {
      if (way == Way::saved) {
        answer = save_version(services, &who, json::value(version.id), change);
      } else if (way == Way::compared) {
        answer = compare_version(services, &who, json::value(version.id)).at("main");
      } else {
        auto query = query::parse_query(plain.parameters, services.limits);
        query.version = key;
        query.version_raw = way == Way::raw;
        answer = read_item_version(services, &who, version.collection, version.item, query);
      }
    } catch (const ApiError& error) {
      answer = told(error);
    }
    takes_back = true;
    if (way == Way::saved) {
      store_versions();
      for (const std::string table : {"directus_activity", "directus_revisions"}) {
        database.writer()->run("delete from " + table + " where id > 12");
      }
    }
    return answer;
  }

  // ---- promoting: as an update with what the version holds

  std::string promote_at_random() {
    if (versions.empty()) return {};
    const auto& version = pick(versions);
    const json::value id(version.id);
    const bool sees =
        expected({version.collection, {}, {.key = version.item}}).has_value() && sight->may_read("directus_versions");
    json::object body{{"mainHash", "unknown"}};
    auto delta = version.delta;
    try {
      body["mainHash"] = compare_version(services, &who, id).at("mainHash");
    } catch (const ApiError& error) {
      if (sees) return "\n  comparing " + version.collection + " gives " + json::serialize(told(error));
    }
    if (random() % 2 == 0 && !delta.empty()) {
      const std::string chosen(delta.begin()->key());
      body["fields"] = json::array{chosen};
      delta = json::object{{chosen, version.delta.at(chosen)}};
    }
    const auto may = sight_for("update");
    bool should = sees && may_write(may, version.collection, {version.item}, delta);
    for (const auto& [name, value] : delta) should = should && may_write_below(may, version.collection, name, value);
    return judged(
        "promoting " + json::serialize(delta) + " to " + version.collection + "/" + json::serialize(version.item),
        should, try_to([&] { promote_version(services, &who, id, body); }));
  }

  // Whether what stands instead of a key may be written.
  bool may_write_below(const Sight& may, const std::string& collection, const std::string& name,
                       const json::value& value) {
    const auto* link = value.is_object() ? schema->link(collection, name) : nullptr;
    if (link == nullptr) return true;
    const auto& target = *link->relation->related_collection;
    const auto* row = row_of(data, target, value.at(key_name(target)));
    return row != nullptr && may.sees(row, target, "name");
  }

  // ---- what a version may show

  // What the asker may write he may also see the effects of.
  template <typename What>
  std::string beyond_sight(const Version& version, const json::object& change, const json::value& answer,
                           const What& what) {
    auto changed = data;
    const auto may = sight_for("update");
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

  bool is_hidden_by(const Version& version) {
    auto changed = data;
    const auto may = sight_for("update");
    if (!may_write(may, version.collection, {version.item}, version.delta) || !apply(changed, version, may))
      return false;
    const Sight later(changed, GetParam(), rights.rules_for(asker, "read"));
    return !later.sees(row_of(changed, version.collection, version.item), version.collection);
  }

  bool apply(DataSet& changed, const Version& version, const Sight& may) {
    for (const auto& [name, value] : version.delta) {
      const auto* link = value.is_object() ? schema->link(version.collection, name) : nullptr;
      auto& row = *const_cast<json::object*>(row_of(changed, version.collection, version.item));
      if (link == nullptr) {
        row[name] = value;
        continue;
      }
      if (!may_write_below(may, version.collection, name, value)) return false;
      const auto& target = *link->relation->related_collection;
      const auto& key = value.at(key_name(target));
      row[name] = key;
      (*const_cast<json::object*>(row_of(changed, target, key)))["name"] = value.at("name");
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
      if (value.is_null() || name == key_name(collection)) continue;
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
        const auto* below = object ? object->if_contains(key_name(target)) : &entry;
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
