// The hunt for leaks: who may change and delete what, directly, in batches and below other items. Everything is taken
// back.
#pragma once
#include "leak_hunt_hidden.h"

namespace ashlar::system {

class HuntsWrites : public HuntsHidden {
 protected:
  struct TakeBack {};

  void make_world() {
    HuntsHidden::make_world();
    services.hooks.clear();
    for (const auto& collection : schemas.current()->collections()) {
      services.hooks[collection.name].before_commit = [this](items::WriteContext&) {
        if (takes_back) throw TakeBack{};
      };
    }
  }

  bool takes_back = true;

  // ---- trying what is to be taken back

  // Null where it was done. What commits by itself is stopped before its end.
  template <typename Work>
  json::value try_to(const Work& work) {
    try {
      work();
      return "nothing was written";
    } catch (const TakeBack&) {
      return nullptr;
    } catch (const ApiError& error) {
      return told(error);
    }
  }

  json::value try_update(const std::string& collection, const items::Keys& keys, const json::object& payload) {
    return try_to([&] { items::update_items(services, &who, collection, keys, payload, unseen_by_history); });
  }
  json::value try_delete(const std::string& collection, const items::Keys& keys) {
    return try_to([&] { items::delete_items(services, &who, collection, keys, unseen_by_history); });
  }
  json::value try_create(const std::string& collection, const json::object& payload) {
    return try_to([&] { items::create_items(services, &who, collection, {payload}, unseen_by_history); });
  }

  static constexpr items::WriteOptions unseen_by_history{.allow_system = true, .track_activity = false};

  Sight sight_for(std::string_view action) const { return {data, GetParam(), rights.rules_for(asker, action)}; }

  bool may_write(const Sight& may, const std::string& collection, const items::Keys& keys,
                 const json::object& payload) {
    if (!may.may_read(collection)) return false;
    for (const auto& key : keys) {
      const auto* found = row_of(data, collection, key);
      if (found == nullptr || !may.sees(found, collection)) return false;
      for (const auto& member : payload) {
        if (!may.sees(found, collection, member.key())) return false;
      }
    }
    return true;
  }

  std::string judged(const std::string& what, bool should, const json::value& answer) {
    if (should ? answer.is_null() : is_forbidden(answer)) return {};
    return "\n  " + what + "\n  expected " + (should ? "to be done" : "FORBIDDEN") + "\n  found    " +
           json::serialize(answer) + described_model();
  }

  static std::string text_of(const items::Keys& keys) { return json::serialize(json::value_from(keys)); }

  // ---- one or several items

  // Comments are the only items of the system that are written in the same way.
  std::string written_collection() { return random() % 8 == 0 ? "directus_comments" : plain_collection(); }

  json::object random_payload(const std::string& collection, const Sight& may) {
    json::object payload;
    for (const auto& field : described_by(collection).fields) {
      const bool is_likely = may.may_name(collection, field.name);
      const bool is_order = field.name == "place" || field.name == key_name(collection);
      if (field.is_alias || is_order || number(1, 100) > (is_likely ? 30 : 3)) continue;
      payload[field.name] = nullptr;
    }
    return payload;
  }

  std::string write_at_random() {
    const auto collection = written_collection();
    const bool deletes = random() % 3 == 0;
    const auto may = sight_for(deletes ? "delete" : "update");
    items::Keys keys{any_key(collection)};
    if (random() % 3 == 0) {
      const auto other = any_key(collection);
      if (other != keys.front()) keys.push_back(other);
    }
    if (deletes) {
      return judged("delete " + collection + " " + text_of(keys), may_write(may, collection, keys, {}),
                    try_delete(collection, keys));
    }
    const auto payload = random_payload(collection, may);
    if (random() % 3 > 0) {
      return judged("update " + collection + " " + text_of(keys) + " " + json::serialize(payload),
                    may_write(may, collection, keys, payload), try_update(collection, keys, payload));
    }
    // Each with what is its own.
    bool should = true;
    json::array batch;
    for (const auto& key : keys) {
      auto item = batch.empty() ? payload : random_payload(collection, may);
      should = should && may_write(may, collection, {key}, item);
      item[key_name(collection)] = key;
      batch.push_back(std::move(item));
    }
    return judged("update " + collection + " " + json::serialize(batch), should,
                  try_to([&] { items::update_batch(services, &who, collection, batch, unseen_by_history); }));
  }

  // Those that a query finds, of what the asker sees: all of them, or none.
  std::string write_by_query() {
    const auto collection = written_collection();
    if (described_by(collection).is_singleton) return {};
    const bool deletes = random() % 2 == 0;
    const auto may = sight_for(deletes ? "delete" : "update");
    const auto& key = key_name(collection);
    const auto filter = generate->filter(collection, number(0, 2));
    const auto payload = deletes ? json::object() : random_payload(collection, may);
    const auto found = expected({collection, {{"fields", json::array{key}}, {"filter", filter}, {"limit", -1}}});
    const auto answer = try_to([&] {
      const auto query = query::parse_query({{"filter", filter}, {"limit", -1}}, services.limits);
      if (deletes) {
        items::delete_by_query(services, &who, collection, query, unseen_by_history);
      } else {
        items::update_by_query(services, &who, collection, query, payload, unseen_by_history);
      }
    });
    const auto what = std::string(deletes ? "delete" : "update") + " by query " + collection + " " +
                      json::serialize(filter) + " " + json::serialize(payload);
    const bool may_ask = may.may_read(collection) && found;
    items::Keys keys;
    if (found) {
      for (const auto& row : found->at("data").as_array()) keys.push_back(row.at(key));
    }
    if (may_ask && keys.empty() && answer.is_string()) return {};
    const auto wrong = judged(what, may_ask && may_write(may, collection, keys, payload), answer);
    return wrong.empty() ? wrong : wrong + "\n  of " + text_of(keys) + described_rights();
  }

  // ---- items below items: every row needs its own permission. Values stay what they are, so that no rule changes its
  // mind in between.

  // A row and one that a many-to-one relation leads it to.
  struct Pair {
    const schema::Relation* relation;
    const json::object *many, *one;

    const std::string& many_name() const { return relation->collection; }
    const std::string& one_name() const { return *relation->related_collection; }
  };
  std::optional<Pair> random_pair(bool with_list) {
    std::vector<Pair> pairs;
    for (const auto& relation : schema->relations()) {
      if (is_system(relation.collection) || !relation.related_collection) continue;
      if (with_list && !relation.one_field) continue;
      for (const auto& row : data.of(relation.collection)) {
        const auto& key = row.at(relation.field);
        const auto* one = key.is_null() ? nullptr : row_of(data, *relation.related_collection, key);
        if (one != nullptr) pairs.push_back({&relation, &row, one});
      }
    }
    if (pairs.empty()) return std::nullopt;
    return pick(pairs);
  }

  // A plain field, likely one that may be named; empty where there is none.
  std::string plain_field(const std::string& collection, const Sight& may) {
    std::vector<std::string> all, likely;
    for (const auto& field : described_by(collection).fields) {
      const bool is_plain = !field.is_alias && field.name != key_name(collection) &&
                            schema->link(collection, field.name) == nullptr && !field.special.conceal;
      if (!is_plain) continue;
      all.push_back(field.name);
      if (may.may_name(collection, field.name)) likely.push_back(field.name);
    }
    if (all.empty()) return {};
    return likely.empty() || random() % 5 == 0 ? pick(all) : pick(likely);
  }

  std::string write_nested() {
    const bool from_many = random() % 2 == 0;
    const auto pair = random_pair(!from_many);
    if (!pair) return {};
    const auto may = sight_for("update");
    const auto &outer = from_many ? *pair->many : *pair->one, &inner = from_many ? *pair->one : *pair->many;
    const auto &outer_name = from_many ? pair->many_name() : pair->one_name(),
               &inner_name = from_many ? pair->one_name() : pair->many_name();
    const auto& link = from_many ? pair->relation->field : *pair->relation->one_field;
    const auto field = plain_field(inner_name, may);
    if (field.empty()) return {};
    const auto& inner_key = key_of(inner, inner_name);
    const json::object same{{key_name(inner_name), inner_key}, {field, inner.at(field)}};
    const auto way = from_many ? std::string() : pick(std::vector<std::string>{"update", "create", "delete"});
    bool should = may.sees(&outer, outer_name, link);
    json::object payload;
    if (from_many) {
      payload[link] = same;
      should = should && may.sees(&inner, inner_name, field);
    } else if (way == "update") {
      payload[link] = json::object{{way, json::array{same}}};
      should = should && may.sees(&inner, inner_name, field);
    } else if (way == "delete") {
      // It is let go of.
      payload[link] = json::object{{way, json::array{inner_key}}};
      should = should && may.sees(&inner, inner_name, pair->relation->field);
    } else {
      const auto may_create = sight_for("create");
      const auto& key = key_name(inner_name);
      payload[link] = json::object{{way, json::array{json::object{{key, new_key(described_by(inner_name))}}}}};
      should = should && may_create.may_name(inner_name, key) && may_create.may_name(inner_name, pair->relation->field);
      // It is given a place.
      if (const auto& place = pair->relation->sort_field) should = should && may_create.may_name(inner_name, *place);
    }
    const auto& outer_key = key_of(outer, outer_name);
    return judged("nested update of " + outer_name + "/" + json::serialize(outer_key) + " " + json::serialize(payload),
                  should, try_update(outer_name, {outer_key}, payload));
  }

  // ---- what may not be written, and what does not exist

  std::string compare_hidden_writes() {
    const auto collection = plain_collection();
    const auto action = pick(std::vector<std::string>{"create", "update", "delete"});
    const auto may = sight_for(action);
    if (!may.may_read(collection)) return compare_collections(collection, action);
    if (action == "delete" || random() % 2 == 0) return compare_rows(collection, action == "delete");
    return compare_fields(collection, action, may);
  }

  std::string compare_collections(const std::string& collection, const std::string& action) {
    // Also one that can't be a key: how it is refused must not tell which there may be.
    const auto key = pick(std::vector<json::value>{1, "x"});
    const auto tell = [&](const std::string& name) -> json::value {
      const json::object payload{{"id", 1}};
      if (action == "create") return try_create(name, payload);
      return action == "update" ? try_update(name, {key}, payload) : try_delete(name, {key});
    };
    return told_apart(action + " " + collection, tell(collection), tell("nowhere"), collection);
  }

  std::string compare_fields(const std::string& collection, const std::string& action, const Sight& may) {
    std::vector<std::string> hidden;
    for (const auto& field : described_by(collection).fields) {
      // Keys in updates are ignored, whoever sends them.
      const bool is_ignored = action == "update" && field.name == key_name(collection);
      if (!is_ignored && !may.may_name(collection, field.name)) hidden.push_back(field.name);
    }
    if (hidden.empty()) return {};
    const auto name = pick(hidden);
    const std::vector<json::value> values{nullptr,
                                          5,
                                          "x",
                                          json::array{1},
                                          json::object{{"id", 1}, {"name", "x"}},
                                          json::object{{"create", json::array{json::object{{"title", "x"}}}}}};
    const auto& value = pick(values);
    const auto key = any_key(collection);
    const auto tell = [&](const std::string& field) {
      const json::object payload{{field, value}};
      return action == "create" ? try_create(collection, payload) : try_update(collection, {key}, payload);
    };
    return told_apart(action + " " + collection + " " + json::serialize(json::object{{name, value}}), tell(name),
                      tell("nowhere"), name);
  }

  // Rows that may not be changed, directly and below a row that may be.
  std::string compare_rows(const std::string& collection, bool deletes) {
    const auto may = sight_for(deletes ? "delete" : "update");
    const auto pair = random_pair(false);
    const bool is_nested = pair && !deletes && random() % 2 == 0;
    const auto target = is_nested ? pair->one_name() : collection;
    std::vector<std::string> fields;
    for (const auto& field : described_by(target).fields) {
      if (!field.is_alias && field.name != key_name(target) && may.may_name(target, field.name)) {
        fields.push_back(field.name);
      }
    }
    const auto& rows = data.of(target);
    if (rows.empty() || (fields.empty() && !deletes)) return {};
    const auto field = fields.empty() ? std::string() : pick(fields);
    const auto& row = pick(rows);
    if (may.may_read(target) && may.sees(&row, target) && (deletes || may.sees(&row, target, field))) return {};
    const auto tell = [&](const json::value& key) {
      if (deletes) return try_delete(target, {key});
      if (!is_nested) return try_update(target, {key}, {{field, nullptr}});
      return try_update(pair->many_name(), {key_of(*pair->many, pair->many_name())},
                        {{pair->relation->field, json::object{{key_name(target), key}, {field, nullptr}}}});
    };
    // Whoever may make the row makes it, where it is not there.
    if (is_nested && rights.rules_for(asker, "create").contains(target)) return {};
    return told_apart((deletes ? "delete " : "update ") + target + "/" + json::serialize(key_of(row, target)) + " " +
                          field + (is_nested ? " below " + pair->many_name() : ""),
                      tell(key_of(row, target)), tell(missing_key(described_by(target))), "nowhere");
  }

  // Empty where a refusal says the same of what is hidden as of what does not exist.
  static std::string told_apart(const std::string& what, const json::value& hidden, const json::value& missing,
                                const std::string& name) {
    const auto of_hidden = json::serialize(hidden);
    if (is_forbidden(hidden) && replace_all(json::serialize(missing), "nowhere", name) == of_hidden) return {};
    return "\n  " + what + "\n  hidden      " + of_hidden + "\n  nonexistent " + json::serialize(missing);
  }
};

}  // namespace ashlar::system
