// The hunt for leaks: what is hidden and what does not exist must be told in the same words.
#pragma once
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
    const auto name = hidden[random() % hidden.size()]->name;
    const std::string unknown = "nowhere";
    const auto on = [](const std::string& field, const char* op, const json::value& value) {
      return json::object{{"filter", json::object{{field, json::object{{op, value}}}}}};
    };
    const std::vector<std::function<json::object(const std::string&)>> shapes{
        [](const std::string& field) {
          return json::object{{"fields", json::array{"id", field + ".id"}}};
        },
        [](const std::string& field) {
          return json::object{{"fields", json::array{"id", field + ".*"}}};
        },
        [](const std::string& field) {
          return json::object{{"fields", json::array{"id", field + ":people.id"}}};
        },
        [](const std::string& field) {
          return json::object{{"alias", json::object{{"a", field}}}, {"fields", json::array{"id", "a.id"}}};
        },
        [&](const std::string& field) {
          return on("$FOLLOW(books," + field + ")", "_some", json::object{{"id", 1}});
        },
        [](const std::string& field) {
          return json::object{{"fields", json::array{"id", field}}};
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
    const auto& shape = shapes[random() % shapes.size()];
    const auto of_hidden = json::serialize(ask({collection, shape(name)}));
    const auto of_unknown = json::serialize(ask({collection, shape(unknown)}));
    if (replace_all(of_unknown, unknown, name) == of_hidden) return {};
    return "\n  " + collection + " " + json::serialize(shape(name)) + "\n  hidden      " + of_hidden +
           "\n  nonexistent " + of_unknown + described_rights();
  }

  std::string compare_hidden_rows(const std::string& collection) {
    for (const auto& row : data.of(collection)) {
      if (sight->sees(&row, collection)) continue;
      const json::object parameters{{"fields", json::array{"*"}}};
      const auto hidden = ask({collection, parameters, {.key = row.at("id")}});
      const auto missing =
          ask({collection,
               parameters,
               {.key = collection == "directus_comments" ? json::value(comment_key(99)) : json::value(4711)}});
      if (hidden == missing) return {};
      return "\n  " + collection + "/" + json::serialize(row.at("id")) + "\n  hidden      " + json::serialize(hidden) +
             "\n  nonexistent " + json::serialize(missing) + described_rights();
    }
    return {};
  }
};

}  // namespace ashlar::system
