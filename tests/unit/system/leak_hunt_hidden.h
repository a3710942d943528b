// The hunt for leaks: what is hidden and what does not exist must be told in the same words.
#pragma once
#include <functional>

#include "leak_hunt.h"

namespace ashlar::system {

class HuntsHidden : public HuntingGround {
 protected:
  std::string compare_hidden() {
    const auto collection = generate->collection();
    std::vector<const schema::Field*> hidden;
    for (const auto& field : schema->collection(collection)->fields) {
      if (!sight->may_name(collection, field.name)) hidden.push_back(&field);
    }
    if (hidden.empty()) return compare_hidden_rows(collection);
    const auto name = pick(hidden)->name;
    const std::string unknown = "nowhere";
    const auto &key = key_name(collection), other = plain_collection();
    const auto on = [](const std::string& field, const char* op, const json::value& value) {
      return json::object{{"filter", json::object{{field, json::object{{op, value}}}}}};
    };
    const std::vector<std::function<json::object(const std::string&)>> shapes{
        [&](const std::string& field) {
          return json::object{{"fields", json::array{key, field + ".id"}}};
        },
        [&](const std::string& field) {
          return json::object{{"fields", json::array{key, field + ".*"}}};
        },
        [&](const std::string& field) {
          return json::object{{"fields", json::array{key, field + ":" + other + ".id"}}};
        },
        [&](const std::string& field) {
          return json::object{{"alias", json::object{{"a", field}}}, {"fields", json::array{key, "a.id"}}};
        },
        [&](const std::string& field) {
          return on("$FOLLOW(" + other + "," + field + ")", "_some", json::object{{"id", 1}});
        },
        [&](const std::string& field) {
          return json::object{{"fields", json::array{key, field}}};
        },
        [](const std::string& field) {
          return json::object{{"fields", json::array{"year(" + field + ")"}}};
        },
        [](const std::string& field) {
          return json::object{{"fields", json::array{"count(" + field + ")"}}};
        },
        [](const std::string& field) {
          return json::object{{"fields", json::array{"json(" + field + ", a)"}}};
        },
        [](const std::string& field) {
          return json::object{{"sort", json::array{field}}};
        },
        [](const std::string& field) {
          return json::object{{"sort", json::array{"-" + field + ".id"}}};
        },
        [](const std::string& field) {
          return json::object{{"sort", json::array{"month(" + field + ")"}}};
        },
        [](const std::string& field) {
          return json::object{{"aggregate", json::object{{"sum", json::array{field}}}}};
        },
        [](const std::string& field) {
          return json::object{{"aggregate", json::object{{"count", json::array{field}}}}};
        },
        [](const std::string& field) {
          return json::object{{"groupBy", json::array{field}}};
        },
        [](const std::string& field) {
          return json::object{{"groupBy", json::array{"year(" + field + ")"}}};
        },
        [](const std::string& field) {
          return json::object{{"alias", json::object{{"a", field}}}, {"fields", json::array{"a"}}};
        },
        [](const std::string& field) {
          return json::object{{"deep", json::object{{field, json::object{{"_limit", 1}}}}}};
        },
        [&](const std::string& field) { return on(field, "_eq", 1); },
        [&](const std::string& field) { return on(field, "_contains", "a"); },
        [&](const std::string& field) { return on(field, "_nonsense", "a"); },
        [&](const std::string& field) {
          return on(field, "_some", json::object{{"id", 1}});
        },
        [&](const std::string& field) {
          return on(field, "id", json::object{{"_eq", 1}});
        },
        [&](const std::string& field) { return on("year(" + field + ")", "_eq", 1); },
        [&](const std::string& field) { return on("count(" + field + ")", "_eq", 1); },
    };
    const auto& shape = pick(shapes);
    return compare_names(collection, shape(name), shape(unknown), name, unknown);
  }

  // Empty where the two questions, one about the name of something hidden, are answered alike.
  std::string compare_names(const std::string& collection, const json::object& about_hidden,
                            const json::object& about_unknown, const std::string& name, const std::string& unknown) {
    const auto of_hidden = json::serialize(ask({collection, about_hidden}));
    const auto of_unknown = json::serialize(ask({collection, about_unknown}));
    if (replace_all(of_unknown, unknown, name) == of_hidden) return {};
    return "\n  " + collection + " " + json::serialize(about_hidden) + "\n  hidden      " + of_hidden +
           "\n  nonexistent " + of_unknown + described_rights();
  }

  // A hidden field of a collection that a relation leads to, from each side.
  std::string compare_hidden_below() {
    const auto collection = readable_collection();
    std::vector<std::pair<std::string, std::string>> steps;  // and where they lead
    for (const auto& field : described_by(collection).fields) {
      const auto* link = schema->link(collection, field.name);
      if (link == nullptr || !sight->may_name(collection, field.name)) continue;
      if (link->kind == schema::RelationKind::any_to_one) {
        for (const auto& target : link->relation->one_allowed_collections) {
          steps.emplace_back(field.name + ":" + target, target);
        }
      } else {
        steps.emplace_back(field.name, link->kind == schema::RelationKind::one_to_many
                                           ? link->relation->collection
                                           : *link->relation->related_collection);
      }
    }
    if (steps.empty()) return {};
    const auto& [step, target] = pick(steps);
    std::vector<std::string> hidden;
    for (const auto& field : described_by(target).fields) {
      if (!sight->may_name(target, field.name)) hidden.push_back(field.name);
    }
    if (hidden.empty()) return {};
    const auto name = pick(hidden);
    const auto deep = [&](const char* member, json::value value) {
      return json::object{{"fields", json::array{step + ".*"}},
                          {"deep", json::object{{step, json::object{{member, std::move(value)}}}}}};
    };
    const auto filter = [&](const std::string& field) { return json::object{{field, json::object{{"_nnull", true}}}}; };
    const std::vector<std::function<json::object(const std::string&)>> shapes{
        [&](const std::string& field) {
          return json::object{{"fields", json::array{step + "." + field}}};
        },
        [&](const std::string& field) {
          return json::object{{"fields", json::array{step + ".count(" + field + ")"}}};
        },
        [&](const std::string& field) {
          return json::object{{"fields", json::array{step + "." + field + ".*"}}};
        },
        [&](const std::string& field) {
          return json::object{{"sort", json::array{step + "." + field}}};
        },
        [&](const std::string& field) {
          return json::object{{"filter", json::object{{step, filter(field)}}}};
        },
        [&](const std::string& field) {
          return json::object{{"filter", json::object{{step, json::object{{"_some", filter(field)}}}}}};
        },
        [&](const std::string& field) {
          return json::object{{"filter", json::object{{step, json::object{{"_none", filter(field)}}}}}};
        },
        [&](const std::string& field) { return deep("_filter", filter(field)); },
        [&](const std::string& field) { return deep("_sort", json::array{field}); },
        [&](const std::string& field) {
          return deep("_alias", json::object{{"a", field}});
        },
        [&](const std::string& field) {
          return json::object{{"filter", json::object{{"_or", json::array{json::object{{step, filter(field)}}}}}},
                              {"aggregate", json::object{{"count", json::array{"*"}}}}};
        },
    };
    const auto& shape = pick(shapes);
    return compare_names(collection, shape(name), shape("nowhere"), name, "nowhere");
  }

  std::string compare_hidden_rows(const std::string& collection) {
    for (const auto& row : data.of(collection)) {
      if (sight->sees(&row, collection)) continue;
      const json::object parameters{{"fields", json::array{"*"}}};
      const auto hidden = ask({collection, parameters, {.key = key_of(row, collection)}});
      const auto missing = ask({collection, parameters, {.key = missing_key(described_by(collection))}});
      if (hidden == missing) return {};
      return "\n  " + collection + "/" + json::serialize(key_of(row, collection)) + "\n  hidden      " +
             json::serialize(hidden) + "\n  nonexistent " + json::serialize(missing) + described_rights();
    }
    return {};
  }
};

}  // namespace ashlar::system
