// Random nested writes on each database, against the model of write_model.h: after each of them, the rows, the activity
// and the revisions are the same; so are they after going back to a revision, and after a write that was refused or
// broke at any statement, which leaves nothing behind.
//
// ASHLAR_WRITE_STEPS says how many, ASHLAR_WRITE_SEED with which seed.
#include <cstdlib>
#include <random>

#include "items/read.h"
#include "items/write.h"
#include "system/fixture.h"
#include "system/revert.h"
#include "system/write_model.h"

namespace ashlar::system {
namespace {

using model::Model;
using model::ModelCollection;
using model::ModelList;
using model::ModelSchema;

const ModelSchema model_schema = {
    {"teams",
     {.fields = {"name", "label"},
      .required = {"name"},
      .lists = {{"players", {"players", "team", "pos"}},
                {"tags", {"teams_tags", "team", {}, true}},
                {"parts", {"teams_parts", "team", "sort"}}}}},
    {"players",
     {.fields = {"name", "pos"},
      .required = {"name"},
      .references = {{"team", "teams"}, {"mentor", "players"}},
      .lists = {{"pupils", {"players", "mentor"}}}}},
    {"tags", {.key = "code", .makes_keys = false, .fields = {"text"}}},
    {"teams_tags", {.fields = {"note"}, .references = {{"team", "teams"}, {"tag", "tags"}}}},
    {"teams_parts",
     {.fields = {"sort", "collection"},
      .references = {{"team", "teams"}},
      .any_field = "item",
      .any_collection_field = "collection"}},
};

constexpr int missing_key = 2'000'000'000;

// What is done in one request.
struct Operation {
  enum class Kind { create, update, upsert, remove, revert } kind;
  std::string collection;
  json::array payloads;  // one for update
  std::vector<std::string> keys;
  std::int64_t revision = 0;

  std::string text() const {
    constexpr const char* names[] = {"create", "update", "upsert", "delete", "revert"};
    return std::string(names[static_cast<int>(kind)]) + " " + collection + " " +
           json::serialize(json::array(keys.begin(), keys.end())) + " " + json::serialize(payloads);
  }
};

// Makes operations that are mostly right.
class Generator {
 public:
  Generator(const Model& model, std::mt19937& random) : model_(model), random_(random) {}

  Operation operation() {
    using Kind = Operation::Kind;
    const auto collection = any_of({"teams", "teams", "players", "players", "tags", "teams_tags", "teams_parts"});
    const auto count = model_.rows.contains(collection) ? model_.rows.at(collection).size() : 0;
    const bool is_full = count > 15;
    if (is_full && chance(0.5)) return {Kind::remove, collection, {}, some_keys(collection, 8)};
    const auto dice = number(0, 99);
    if (count > 0 && dice < 8) return {Kind::remove, collection, {}, some_keys(collection, 2)};
    if (count > 0 && dice < 20) {
      return {Kind::update, collection, {payload(collection, 2, false)}, some_keys(collection, 3)};
    }
    if (count > 0 && dice < 65) return {Kind::update, collection, {payload(collection, 3, false)}, {key(collection)}};
    if (count > 0 && dice < 72) {
      auto item = payload(collection, 2, false);
      item[of(collection).key] = key(collection);
      return {Kind::upsert, collection, {item, payload(collection, 2, true)}, {}};
    }
    Operation operation{Kind::create, collection, {}, {}};
    // Often all of it is new: then it may be written level by level.
    only_new_ = chance(0.5);
    for (auto left = dice > 85 ? number(1, 6) : 1; left > 0; --left) {
      operation.payloads.push_back(payload(collection, 3, true));
    }
    only_new_ = false;
    return operation;
  }

 private:
  const ModelCollection& of(const std::string& name) const { return model_schema.at(name); }
  int number(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }
  bool chance(double probability) { return std::bernoulli_distribution(probability)(random_); }
  std::string any_of(const std::vector<std::string>& texts) {
    return texts[static_cast<std::size_t>(number(0, static_cast<int>(texts.size()) - 1))];
  }
  std::string word() { return std::string(1, static_cast<char>('a' + number(0, 25))) + std::to_string(number(0, 999)); }

  // Whether there are items that may be named.
  bool has_items(const std::string& name) const {
    return !only_new_ && model_.rows.contains(name) && !model_.rows.at(name).empty();
  }
  std::string key(const std::string& name) {
    const auto& items = model_.rows.at(name);
    return std::next(items.begin(), number(0, static_cast<int>(items.size()) - 1))->first;
  }
  std::vector<std::string> some_keys(const std::string& name, int most) {
    std::set<std::string> keys;
    for (auto left = number(1, most); left > 0; --left) keys.insert(key(name));
    return {keys.begin(), keys.end()};
  }
  // As clients spell keys: numbers, or their texts.
  json::value spelled(const std::string& name, const std::string& text) {
    if (of(name).makes_keys && chance(0.7)) return json::value(std::stoll(text));
    return json::value(text);
  }

  // With the key of an item that is there, and perhaps more.
  json::object known_item(const std::string& name, int depth) {
    json::object item = chance(0.3) ? json::object() : payload(name, depth, false);
    item[of(name).key] = spelled(name, key(name));
    return item;
  }

  json::value reference(const std::string& target, int depth) {
    const auto dice = number(0, 99);
    if (dice < 10) return nullptr;
    if (dice < 12) return json::value(of(target).makes_keys ? json::value(missing_key) : json::value("nowhere"));
    if (has_items(target) && (dice < 50 || depth == 0)) return spelled(target, key(target));
    if (depth == 0) return nullptr;
    if (has_items(target) && dice < 75) return known_item(target, depth - 1);
    return payload(target, depth - 1, true);
  }

  json::value list(const ModelList& list, int depth) {
    const auto& target = list.collection;
    if (chance(0.05)) return nullptr;
    const auto entries = [&](int most, auto make) {
      json::array made;
      for (auto left = number(0, most); left > 0; --left) made.push_back(make());
      return made;
    };
    if (chance(0.5)) {
      return entries(3, [&]() -> json::value {
        if (chance(0.01)) return missing_key;
        if (has_items(target) && chance(0.4)) return spelled(target, key(target));
        if (has_items(target) && chance(0.4)) return known_item(target, depth - 1);
        return payload(target, depth - 1, true);
      });
    }
    json::object changes;
    if (chance(0.7)) changes["create"] = entries(2, [&] { return payload(target, depth - 1, true); });
    if (has_items(target) && chance(0.6)) changes["update"] = entries(2, [&] { return known_item(target, depth - 1); });
    if (has_items(target) && chance(0.6)) {
      changes["delete"] = entries(3, [&] { return spelled(target, key(target)); });
    }
    return changes;
  }

  json::object payload(const std::string& name, int depth, bool is_new) {
    const auto& collection = of(name);
    std::vector<std::pair<std::string, json::value>> members;
    for (const auto& field : collection.fields) {
      if (field == "collection") continue;
      const bool is_required = collection.required.contains(field);
      if (is_required && is_new ? chance(0.01) : chance(0.5)) continue;
      if (chance(is_required ? 0.01 : 0.1)) {
        members.emplace_back(field, nullptr);
      } else if (field == "pos" || field == "sort") {
        members.emplace_back(field, number(0, 50));
      } else {
        members.emplace_back(field, word());
      }
    }
    if (is_new && (!collection.makes_keys || chance(0.05))) {
      members.emplace_back(collection.key,
                           collection.makes_keys ? json::value(next_key_ += 1000) : json::value(word()));
    }
    for (const auto& [field, target] : collection.references) {
      if (chance(0.4)) members.emplace_back(field, reference(target, depth));
    }
    if (!collection.any_field.empty() && chance(0.7)) {
      const auto target = any_of({"players", "tags"});
      auto value = reference(target, depth);
      members.emplace_back(collection.any_collection_field, target);
      if (!value.is_null()) members.emplace_back(collection.any_field, std::move(value));
    }
    for (const auto& [field, of_field] : collection.lists) {
      if (depth > 0 && chance(0.4)) members.emplace_back(field, list(of_field, depth));
    }
    std::shuffle(members.begin(), members.end(), random_);
    return {members.begin(), members.end()};
  }

  const Model& model_;
  std::mt19937& random_;
  bool only_new_ = false;
  int next_key_ = 100'000;  // of keys that are sent: far from those that the database makes
};

class WriteProperty : public WithModel {
 protected:
  WriteProperty() {
    const auto column = [](const std::string& name, const std::string& type, bool is_nullable = true) {
      return R"({"field": ")" + name + R"(", "type": ")" + type + R"(", "meta": {}, "schema": {"is_nullable": )" +
             (is_nullable ? "true" : "false") + "}}";
    };
    table("teams", column("name", "string", false) + "," + column("label", "string"));
    table("players", column("name", "string", false) + "," + column("pos", "integer") + "," +
                         column("team", "integer") + "," + column("mentor", "integer"));
    create(R"({"collection": "tags", "schema": {}, "meta": {}, "fields": [{"field": "code", "type": "string",
           "meta": {}, "schema": {"is_primary_key": true, "max_length": 100}}, )" +
           column("text", "string") + "]}");
    table("teams_tags", column("note", "string") + "," + column("team", "integer") + "," + column("tag", "string"));
    table("teams_parts", column("sort", "integer") + "," + column("collection", "string") + "," +
                             column("item", "string") + "," + column("team", "integer"));
    const auto link = [&](const std::string& many, const std::string& field, const std::string& one,
                          const std::string& meta) {
      relate(R"({"collection": ")" + many + R"(", "field": ")" + field + R"(", "related_collection": ")" + one +
             R"(", "meta": )" + meta + R"(, "schema": {"on_delete": "SET NULL"}})");
    };
    link("players", "team", "teams", R"({"one_field": "players", "sort_field": "pos"})");
    link("players", "mentor", "players", R"({"one_field": "pupils"})");
    link("teams_tags", "team", "teams",
         R"({"one_field": "tags", "junction_field": "tag", "one_deselect_action": "delete"})");
    link("teams_tags", "tag", "tags", R"({"junction_field": "team"})");
    link("teams_parts", "team", "teams", R"({"one_field": "parts", "junction_field": "item", "sort_field": "sort"})");
    relate(R"({"collection": "teams_parts", "field": "item", "related_collection": null, "meta":
           {"one_collection_field": "collection", "one_allowed_collections": ["players", "tags"],
            "junction_field": "team"}})");
    for (const auto* alias : {"players", "tags", "parts"}) {
      add_field("teams",
                R"({"field": ")" + std::string(alias) + R"(", "type": "alias", "meta": {"special": ["o2m"]}})");
    }
    add_field("players", R"({"field": "pupils", "type": "alias", "meta": {"special": ["o2m"]}})");
    last_activity = highest("directus_activity");
    last_revision = highest("directus_revisions");
  }

  std::int64_t highest(std::string_view name) {
    const auto connection = database.reader();
    const auto cursor = connection->query("select max(" + database.dialect().quoted("id") + ") from " +
                                          database.dialect().quoted(name));
    return cursor->next() ? cursor->cell(0).to_integer() : 0;
  }

  json::array read(std::string_view collection, std::vector<std::string> fields, std::int64_t after = 0) {
    query::Query query;
    query.sort = {{fields.front(), false}};
    query.fields = std::move(fields);
    query.limit = -1;
    if (after > 0) query.filter = json::object{{"id", {{"_gt", after}}}};
    return items::read_value(services, nullptr, collection, query, {}).as_array();
  }

  // Databases and the model spell keys as numbers and as texts.
  static json::value plain(const json::value& value) {
    if (value.is_object()) {
      json::object object;
      for (const auto& member : value.get_object()) object[member.key()] = plain(member.value());
      return object;
    }
    return value.is_null() ? value : json::value(to_text(value));
  }

  using Rows = std::map<std::string, std::map<std::string, json::object>>;
  Rows stored_rows() {
    Rows rows;
    for (const auto& [name, collection] : model_schema) {
      std::vector<std::string> fields{collection.key};
      fields.insert(fields.end(), collection.fields.begin(), collection.fields.end());
      for (const auto& [field, target] : collection.references) fields.push_back(field);
      if (!collection.any_field.empty()) fields.push_back(collection.any_field);
      for (auto& item : read(name, std::move(fields))) {
        auto row = plain(item).as_object();
        const auto key = to_text(row.at(collection.key));
        row.erase(collection.key);
        rows[name][key] = std::move(row);
      }
    }
    return rows;
  }

  // Gives the model's new items the keys that they got.
  static void bind(Model& model, const Rows& stored) {
    for (const auto& [name, collection] : model_schema) {
      std::vector<std::string> made;
      const auto items = stored.find(name);
      for (const auto& [key, row] : items == stored.end() ? Rows::mapped_type() : items->second) {
        if (!model.rows[name].contains(key)) made.push_back(key);
      }
      if (collection.makes_keys) {
        std::sort(made.begin(), made.end(), [](const auto& a, const auto& b) { return std::stoll(a) < std::stoll(b); });
      }
      model.bind(name, made);
    }
  }

  static std::string row_difference(const Model& model, const Rows& stored) {
    for (const auto& [name, collection] : model_schema) {
      const auto found = stored.find(name);
      const auto items = found == stored.end() ? Rows::mapped_type() : found->second;
      const auto expected_items = model.rows.find(name);
      for (const auto& [key, row] : expected_items == model.rows.end() ? Rows::mapped_type() : expected_items->second) {
        const auto item = items.find(key);
        const auto expected = plain(row);
        if (item == items.end()) return name + " " + key + " is missing";
        if (json::value(item->second) != expected) {
          return name + " " + key + "\n  expected " + json::serialize(expected) + "\n  found    " +
                 json::serialize(item->second);
        }
      }
      const auto count = expected_items == model.rows.end() ? 0 : expected_items->second.size();
      if (items.size() != count) return name + " has items too many";
    }
    return {};
  }

  // What was recorded since the last time; forgets it.
  std::string history_difference(const Model& model) {
    const auto activity = read("directus_activity", {"id", "action", "collection", "item"}, last_activity);
    const auto revisions =
        read("directus_revisions", {"id", "collection", "item", "data", "delta", "parent", "activity"}, last_revision);
    std::string expected, found;
    for (const auto& entry : model.activity) {
      expected += entry.action + " " + entry.collection + " " + entry.item + "\n";
    }
    std::map<std::int64_t, std::string> names;
    for (const auto& entry : activity) {
      const auto name = to_text(entry.at("collection")) + " " + to_text(entry.at("item"));
      found += to_text(entry.at("action")) + " " + name + "\n";
      last_activity = entry.at("id").to_number<std::int64_t>();
      names[last_activity] = name;
    }
    std::map<std::int64_t, std::size_t> places;
    for (const auto& revision : model.revisions) {
      expected +=
          print_revision(revision.collection + " " + revision.item, revision.data, revision.delta, revision.parent);
    }
    for (const auto& revision : revisions) {
      last_revision = revision.at("id").to_number<std::int64_t>();
      const auto place = places.size();
      places[last_revision] = place;
    }
    for (const auto& revision : revisions) {
      const auto& parent = revision.at("parent");
      found += print_revision(
          names[revision.at("activity").to_number<std::int64_t>()], revision.at("data"), revision.at("delta"),
          parent.is_null() ? std::optional<std::size_t>() : places.at(parent.to_number<std::int64_t>()));
      known_revisions.push_back(revision);
    }
    return expected == found ? std::string() : "expected\n" + expected + "found\n" + found;
  }

  static std::string print_revision(const std::string& name, const json::value& data, const json::value& delta,
                                    std::optional<std::size_t> parent) {
    const auto sorted = [](const json::value& value) {
      const auto object = plain(value).as_object();
      std::map<std::string, json::value> members;
      for (const auto& member : object) members[member.key()] = member.value();
      return json::serialize(json::value_from(members));
    };
    return name + " data " + sorted(data) + " delta " + sorted(delta) + " parent " +
           (parent ? std::to_string(*parent) : "none") + "\n";
  }

  static void apply(Model& model, const Operation& operation) {
    using Kind = Operation::Kind;
    for (const auto& payload : operation.payloads) {
      const auto& object = payload.get_object();
      if (operation.kind == Kind::create) model.create(operation.collection, object);
      if (operation.kind == Kind::upsert) model.upsert(operation.collection, object);
      if (operation.kind == Kind::update) model.update(operation.collection, operation.keys, object);
      if (operation.kind == Kind::revert) model.update(operation.collection, operation.keys, object);
    }
    if (operation.kind == Kind::remove) model.remove(operation.collection, operation.keys);
  }

  void perform(const Operation& operation) {
    using Kind = Operation::Kind;
    const auto& name = operation.collection;
    const items::Keys keys(operation.keys.begin(), operation.keys.end());
    switch (operation.kind) {
      case Kind::create:
        items::create_items(services, &admin, name, operation.payloads);
        break;
      case Kind::upsert:
        items::upsert_items(services, &admin, name, operation.payloads);
        break;
      case Kind::update:
        items::update_items(services, &admin, name, keys, operation.payloads.front().as_object());
        break;
      case Kind::remove:
        items::delete_items(services, &admin, name, keys);
        break;
      case Kind::revert:
        revert_to(services, &admin, operation.revision);
        break;
    }
  }

  // With a statement that breaks, the one with this number; whether it came to that. What takes a broken transaction
  // back does not break: the connection would be gone, and the transaction with it.
  bool perform_with_fault(const Operation& operation, int at, database::DatabaseError::Kind kind) {
    bool has_failed = false;
    statement_watch = [&](std::string_view sql) {
      if (sql.starts_with("ROLLBACK") || --at != 0) return;
      has_failed = true;
      throw database::DatabaseError(kind, "a fault of the test");
    };
    try {
      perform(operation);
    } catch (const database::DatabaseError&) {
      statement_watch = nullptr;
      throw;
    } catch (const ApiError&) {
      statement_watch = nullptr;
      if (has_failed) throw database::DatabaseError(kind, "became another error");
      throw;
    }
    statement_watch = nullptr;
    return has_failed;
  }

  Operation random_revert(const Model& model, std::mt19937& random) {
    std::vector<const json::value*> fitting;
    for (const auto& revision : known_revisions) {
      const auto& data = revision.at("data");
      const auto items = model.rows.find(to_text(revision.at("collection")));
      if (data.is_object() && !data.get_object().empty() && items != model.rows.end() &&
          items->second.contains(to_text(revision.at("item")))) {
        fitting.push_back(&revision);
      }
    }
    if (fitting.empty()) return {Operation::Kind::create, "teams", {{{"name", "t"}}}, {}};
    const auto& revision = *fitting[std::uniform_int_distribution<std::size_t>(0, fitting.size() - 1)(random)];
    return {Operation::Kind::revert,
            to_text(revision.at("collection")),
            {revision.at("data")},
            {to_text(revision.at("item"))},
            revision.at("id").to_number<std::int64_t>()};
  }

  std::int64_t last_activity = 0, last_revision = 0;
  std::vector<json::value> known_revisions;
};

int number_from(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atoi(text);
}

TEST_P(WriteProperty, WritesWhatTheModelWrites) {
  using Kind = database::DatabaseError::Kind;
  const auto seed = static_cast<unsigned>(number_from("ASHLAR_WRITE_SEED", 1));
  const int steps = number_from("ASHLAR_WRITE_STEPS", 250);
  std::mt19937 random(seed);
  const auto number = [&](int least, int most) { return std::uniform_int_distribution<int>(least, most)(random); };
  Model state(model_schema);
  Generator generator(state, random);
  int written = 0, refused = 0, broken = 0, repeated = 0;
  for (int step = 0; step < steps; ++step) {
    const auto operation = number(0, 9) == 0 ? random_revert(state, random) : generator.operation();
    const auto where = "seed " + std::to_string(seed) + ", step " + std::to_string(step) + ": " + operation.text();
    auto after = state;
    after.clear_history();
    std::string refusal;
    try {
      apply(after, operation);
    } catch (const model::Refused& error) {
      refusal = error.what();
    }
    // Often the first statements, where most operations are at work.
    const int fault = number(0, 3) == 0 ? number(1, number(0, 1) == 0 ? 8 : 40) : 0;
    const auto kind = number(0, 4) == 0 ? Kind::busy : Kind::other;
    bool has_failed = false;
    std::string error;
    try {
      if (fault > 0) {
        has_failed = perform_with_fault(operation, fault, kind);
        repeated += has_failed;
      } else {
        perform(operation);
      }
    } catch (const database::DatabaseError& thrown) {
      error = thrown.what();
      has_failed = true;
    } catch (const ApiError& thrown) {
      error = thrown.what();
    }
    const auto stored = stored_rows();
    if (!error.empty()) {
      if (has_failed) {
        ASSERT_GT(fault, 0) << where << "\n" << error;
        ++broken;
      } else {
        ASSERT_FALSE(refusal.empty()) << where << "\nfailed: " << error;
        ++refused;
      }
      state.clear_history();
    } else {
      ASSERT_TRUE(refusal.empty()) << where << "\nshould have been refused: " << refusal;
      ASSERT_NO_THROW(bind(after, stored)) << where;
      state = std::move(after);
      ++written;
    }
    const auto rows = row_difference(state, stored);
    ASSERT_TRUE(rows.empty()) << where << "\n" << error << "\n" << rows;
    const auto history = history_difference(state);
    ASSERT_TRUE(history.empty()) << where << "\n" << error << "\n" << history;
  }
  std::cout << "seed " << seed << ": " << written << " written (" << repeated << " at the second try), " << refused
            << " refused, " << broken << " broken\n";
}

INSTANTIATE_TEST_SUITE_P(All, WriteProperty, testing::ValuesIn(database::all_vendors), database::vendor_test_name);

}  // namespace
}  // namespace ashlar::system
