// The hunt for leaks: what may be done to an item (/permissions/me), putting items into an order, and exports into
// files.
#pragma once
#include "leak_hunt_versions.h"
#include "system/export.h"
#include "system/permissions.h"
#include "system/sorting.h"

namespace ashlar::system {

class HuntsTools : public HuntsVersions {
 protected:
  std::string ask_permissions_at_random() {
    if (random() % 4 == 0) return ask_all_permissions();
    const auto collection = generate->collection();
    const auto key = to_text(any_key(collection));
    json::value answer;
    try {
      answer = own_permissions(services, who, collection, key);
    } catch (const ApiError& error) {
      answer = told(error);
    }
    if (!asker.has_user) return judged("own permissions as nobody", false, answer);
    const auto* row = row_of(data, collection, json::value(key));
    json::object should;
    for (const auto* action : {"update", "delete", "share"}) {
      const auto may = sight_for(action);
      should[action] =
          json::object{{"access", row != nullptr && may.may_read(collection) && may.sees(row, collection)}};
    }
    if (same(should, answer)) return {};
    return "\n  own permissions for " + collection + "/" + key + "\n  expected " + json::serialize(should) +
           "\n  found    " + json::serialize(answer) + described_model();
  }

  std::string ask_all_permissions() {
    if (!asker.has_user) return {};
    const auto answer = own_permissions(services, who);
    for (const auto* action : {"create", "read", "update", "delete", "share"}) {
      const auto rules = rights.rules_for(asker, action);
      for (const auto& collection : schema->collections()) {
        const auto* all = answer.if_contains(collection.name);
        const auto* found = all == nullptr ? nullptr : all->as_object().if_contains(action);
        const auto allowed = found == nullptr ? std::string("none") : to_text(found->at("access"));
        if ((allowed != "none") != rules.contains(collection.name)) {
          return "\n  own permissions to " + std::string(action) + " " + collection.name + ": " + allowed;
        }
      }
    }
    return {};
  }

  // Whoever moves an item changes its place and that of the one whose place it takes.
  std::string sort_at_random() {
    const auto collection = plain_collection();
    const auto item = any_key(collection), to = any_key(collection);
    const auto& field = described_by(collection).sort_field;
    const auto may = sight_for("update");
    const auto move = [&](const std::string& in) {
      return try_to([&] { sort_item(services, &who, in, json::object{{"item", item}, {"to", to}}); });
    };
    const auto answer = move(collection);
    const auto what = "moving " + collection + "/" + json::serialize(item) + " to " + json::serialize(to);
    if (!may.may_read(collection)) return told_apart(what, answer, move("nowhere"), collection);
    if (!field) {
      return !answer.is_null() && answer.is_object() && answer.at("status") == 400 ? "" : judged(what, false, answer);
    }
    return judged(what, may_write(may, collection, {item, to}, {{*field, 1}}), answer);
  }

  std::string export_at_random() {
    const auto collection = generate->collection();
    const auto& key = key_name(collection);
    auto parameters = generate->query(collection);
    remove_windows(parameters);
    const auto start = [&](const std::string& of) {
      return parse_export(services, who, of, json::object{{"query", parameters}, {"format", "json"}});
    };
    const auto refusal = [&](const std::string& of) -> json::value {
      try {
        start(of);
        return nullptr;
      } catch (const ApiError& error) {
        return told(error);
      }
    };
    if (!sight->may_read(collection)) {
      return told_apart("export of " + collection, refusal(collection), refusal("nowhere"), collection);
    }
    std::optional<std::string> content;
    const auto store = [&](const access::Accountability&, const json::object&, const auto& write) {
      content.emplace();
      write([&](std::string_view piece) { *content += piece; });
      return comment_key(1);
    };
    takes_back = false;
    run_export_and_tell(services, who, start(collection), store, "/");
    takes_back = true;
    // Everything, in an order in which nothing comes twice.
    Question question{collection, parameters, {}, true};
    question.parameters["limit"] = -1;
    json::array sort;
    if (const auto* given = parameters.if_contains("sort")) sort = given->as_array();
    sort.emplace_back(key);
    question.parameters["sort"] = std::move(sort);
    const auto should = expected(question);
    if (should.has_value() != content.has_value()) {
      return "\n  export of " + described(question) + (should ? " was not made" : " was made") + described_rights();
    }
    if (!should) return {};
    const json::value found = json::object{{"data", json::parse(*content)}};
    if (same(in_any_order(*should), in_any_order(found))) return {};
    return "\n  " + described(question) + "\n  expected " + json::serialize(*should) + "\n  found    " +
           json::serialize(found) + described_rights();
  }
};

}  // namespace ashlar::system
