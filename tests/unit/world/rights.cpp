#include "world/rights.h"

#include "base/text.h"
#include "support/system_database.h"

namespace ashlar::query::test {
namespace {

using ashlar::test::add_row;
using database::Value;

Value text_or_null(const std::string& text) { return text.empty() ? Value() : Value(text); }

json::value value_or_null(const std::optional<std::string>& text) { return text ? json::value(*text) : json::value(); }

class Maker {
 public:
  Maker(const schema::Schema& schema, std::mt19937& random, bool shows_order)
      : schema_(schema), random_(random), generate_(schema, random), shows_order_(shows_order) {}

  Rights make() {
    Rights rights;
    std::set<std::string> closed;
    for (const auto& collection : schema_.collections()) {
      if (chance(8)) closed.insert(collection.name);
    }
    const std::vector<std::string> attachments{
        People::staff, People::editors, People::guests, People::user, People::other_user, "", "", People::editors};
    for (const auto& attached_to : attachments) {
      if (chance(25)) continue;
      Rights::Policy policy;
      policy.id = "00000000-0000-4000-8000-0000000001" + std::to_string(10 + rights.policies.size());
      policy.attached_to = attached_to;
      policy.is_elsewhere = chance(8);
      for (const auto& collection : schema_.collections()) {
        if (closed.contains(collection.name)) continue;
        for (int i = chance(65) ? number(1, 2) : 0; i > 0; --i) add(policy, collection.name, "read");
        if (chance(40)) add(policy, collection.name, "update");
        if (chance(25)) add(policy, collection.name, "delete");
        if (chance(20)) add(policy, collection.name, "share");
        if (chance(30) && !is_system(collection.name)) add(policy, collection.name, "create");
      }
      for (const auto* action : {"read", "create"}) {
        if (chance(50)) add_all(policy, "directus_versions", action);
      }
      if (chance(60)) add_all(policy, "directus_comments", "create");
      rights.policies.push_back(std::move(policy));
    }
    return rights;
  }

 private:
  int number(int from, int to) { return std::uniform_int_distribution(from, to)(random_); }
  bool chance(int percent) { return number(1, 100) <= percent; }

  // Every field of every item.
  void add_all(Rights::Policy& policy, const std::string& collection, const std::string& action) {
    Rights::Permission permission{collection, action, {}, {}, [](const Asker&) { return json::value(); }};
    permission.rule.every_field = true;
    policy.permissions.push_back(std::move(permission));
  }

  void add(Rights::Policy& policy, const std::string& collection, const std::string& action) {
    Rights::Permission permission;
    permission.collection = collection;
    permission.action = action;
    if (action == "delete" || chance(25)) {
      permission.rule.every_field = action != "delete" && !is_system(collection);
      if (is_system(collection) && action != "delete") {  // those that the model knows
        for (const auto& field : schema_.collection(collection)->fields) permission.rule.fields.insert(field.name);
      }
    } else {
      for (const auto& field : schema_.collection(collection)->fields) {
        const bool is_order = field.name == "place" || field.name == schema_.collection(collection)->primary_key;
        if (chance(45) || (shows_order_ && is_order && action == "read")) permission.rule.fields.insert(field.name);
      }
    }
    add_filter(permission);
    policy.permissions.push_back(std::move(permission));
  }

  void add_filter(Rights::Permission& permission) {
    const auto& collection = permission.collection;
    const auto name = field_of(collection, {schema::Type::string, schema::Type::text});
    const auto moment = field_of(collection, {schema::Type::timestamp});
    const bool has_name = !name.empty() && !is_system(collection);
    const auto use = [&](std::string stored, std::function<json::value(const Asker&)> filter) {
      permission.stored_filter = std::move(stored);
      permission.filter = std::move(filter);
    };
    const auto on = [](const std::string& field, const char* op, json::value value) {
      return json::value(json::object{{field, json::object{{op, std::move(value)}}}});
    };
    if (chance(25)) return use("", [](const Asker&) { return json::value(); });
    if (has_name && chance(12)) {
      return use(json::serialize(on(name, "_eq", "$CURRENT_USER.first_name")),
                 [=](const Asker& asker) { return on(name, "_eq", value_or_null(asker.first_name())); });
    }
    if (has_name && chance(12)) {
      return use(json::serialize(on(name, "_eq", "$CURRENT_USER")),
                 [=](const Asker& asker) { return on(name, "_eq", value_or_null(asker.user())); });
    }
    if (has_name && chance(12)) {
      return use(json::serialize(on(name, "_in", "$CURRENT_ROLES.name")), [=](const Asker& asker) {
        return on(name, "_in", asker.is_editor ? json::array{"bo", "eve"} : json::array{});
      });
    }
    if (!moment.empty() && chance(12)) {
      return use(json::serialize(on(moment, "_lt", "$NOW(-1 year)")),
                 [=](const Asker&) { return on(moment, "_lt", "2000-06-15T12:00:00.000Z"); });
    }
    json::value filter = generate_.filter(collection, number(0, 2));
    use(json::serialize(filter), [filter](const Asker&) { return filter; });
  }

  // Any plain field of these types that is not concealed; empty where there is none.
  std::string field_of(const std::string& collection, const std::set<schema::Type>& types) {
    std::vector<std::string> found;
    for (const auto& field : schema_.collection(collection)->fields) {
      const bool is_plain =
          !field.is_alias && !field.special.conceal && schema_.link(collection, field.name) == nullptr;
      if (is_plain && types.contains(field.type)) found.push_back(field.name);
    }
    return found.empty() ? std::string() : found[random_() % found.size()];
  }

  const schema::Schema& schema_;
  std::mt19937& random_;
  Generator generate_;
  bool shows_order_;
};

}  // namespace

SightRules Rights::rules_for(const Asker& asker, std::string_view action) const {
  SightRules rules;
  for (const auto& policy : policies) {
    if (policy.is_elsewhere) continue;
    bool reaches = asker.has_user && policy.attached_to == asker.user();
    if (asker.is_editor && (policy.attached_to == People::staff || policy.attached_to == People::editors)) {
      reaches = true;
    }
    if (!asker.is_editor && policy.attached_to.empty()) reaches = true;
    if (!reaches) continue;
    for (const auto& permission : policy.permissions) {
      if (permission.action != action) continue;
      auto rule = permission.rule;
      rule.filter = permission.filter(asker);
      rules[permission.collection].push_back(std::move(rule));
    }
  }
  return rules;
}

Rights make_rights(const schema::Schema& schema, std::mt19937& random, bool shows_order) {
  return Maker(schema, random, shows_order).make();
}

void store_people(database::Database& database) {
  const auto role = [&](const char* id, const char* name, Value parent) {
    add_row(database, "directus_roles",
            {{"id", std::string(id)}, {"name", std::string(name)}, {"parent", std::move(parent)}});
  };
  role(People::staff, "bo", {});
  role(People::editors, "eve", std::string(People::staff));
  role(People::guests, "cy", {});
  for (const bool is_other : {false, true}) {
    const Asker user{.has_user = true, .is_other = is_other};
    add_row(database, "directus_users", {{"id", *user.user()}, {"first_name", *user.first_name()}});
  }
}

void store(const Rights& rights, database::Database& database) {
  for (const auto* table : {"directus_access", "directus_permissions", "directus_policies"}) {
    database.writer()->run("DELETE FROM " + database.dialect().quoted(table));
  }
  int attachments = 0;
  for (const auto& policy : rights.policies) {
    add_row(database, "directus_policies",
            {{"id", policy.id},
             {"name", std::string("p")},
             {"ip_access", policy.is_elsewhere ? Value(std::string("10.0.0.0/8")) : Value()}});
    const bool is_user = policy.attached_to == People::user || policy.attached_to == People::other_user;
    add_row(database, "directus_access",
            {{"id", "00000000-0000-4000-8000-0000000002" + std::to_string(10 + attachments++)},
             {"role", is_user ? Value() : text_or_null(policy.attached_to)},
             {"user", is_user ? Value(policy.attached_to) : Value()},
             {"policy", policy.id},
             {"sort", std::int64_t{attachments}}});
    for (const auto& permission : policy.permissions) {
      const std::vector<std::string> fields(permission.rule.fields.begin(), permission.rule.fields.end());
      add_row(database, "directus_permissions",
              {{"policy", policy.id},
               {"collection", permission.collection},
               {"action", permission.action},
               {"fields", permission.rule.every_field ? "*" : join(fields, ",")},
               {"permissions", text_or_null(permission.stored_filter)}});
    }
  }
}

}  // namespace ashlar::query::test
