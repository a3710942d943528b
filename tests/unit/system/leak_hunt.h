// The hunt for leaks: its worlds, its askers, and the ways in which they ask (leak_hunt_test.cpp).
#pragma once
#include <gtest/gtest.h>

#include "access/variables.h"
#include "base/error.h"
#include "base/text.h"
#include "items/export.h"
#include "items/fixture.h"
#include "items/read.h"
#include "system/share_rights.h"
#include "world/difference.h"
#include "world/model.h"
#include "world/random_model.h"
#include "world/rights.h"

namespace ashlar::system {

using items::PreparedRead;
using items::Selection;
using query::Query;
using namespace query::test;

// What a question came to: data, or an error. All that the asker gets to know of an error counts.
inline json::value told(const ApiError& error) {
  json::array details;
  for (const auto& detail : error.details()) {
    details.push_back(
        json::object{{"code", detail.code}, {"message", detail.message}, {"extensions", detail.extensions}});
  }
  return json::object{{"status", error.status()}, {"errors", std::move(details)}};
}

inline bool is_forbidden(const json::value& answer) {
  const auto* object = answer.if_object();
  return object != nullptr && object->contains("errors") && object->at("status") == 403;
}

// Whether the question was not understood.
inline bool is_refused(const json::value& answer) {
  const auto* object = answer.if_object();
  return object != nullptr && object->contains("errors") && object->at("status") == 400;
}

// Lists in an order of their own, for where the order of the answer is not certain.
inline json::value in_any_order(const json::value& value) {
  if (const auto* object = value.if_object()) {
    std::map<std::string, json::value> members;
    for (const auto& member : *object) members[member.key()] = in_any_order(member.value());
    return json::object(members.begin(), members.end());
  }
  if (const auto* list = value.if_array()) {
    std::vector<std::pair<std::string, json::value>> entries;
    for (const auto& entry : *list) {
      auto ordered = in_any_order(entry);
      auto name = json::serialize(ordered);
      entries.emplace_back(std::move(name), std::move(ordered));
    }
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    json::array result;
    for (auto& entry : entries) result.push_back(std::move(entry.second));
    return result;
  }
  // Some databases give numbers as texts.
  const auto text = as_text(value);
  const auto number = value.is_number()        ? value.to_number<double>()
                      : text && !text->empty() ? parse_number(*text)
                                               : std::optional<double>();
  return number ? json::value(std::round(*number * 1000) / 1000) : value;
}

// Without what cuts lists off, at every level.
inline void remove_windows(json::object& question) {
  for (const std::string_view name : {"limit", "offset", "page", "_limit", "_offset", "_page"}) question.erase(name);
  for (auto& member : question) {
    if (auto* below = member.value().if_object(); below && !member.key().ends_with("filter")) remove_windows(*below);
  }
}

class HuntingGround : public items::WithItems {
 protected:
  HuntingGround() {
    setenv("TZ", "UTC", 1);
    tzset();
    store_people(database);
    test::make_system_tables(database,
                             {"directus_comments", "directus_versions", "directus_notifications", "directus_files"});
    if (is(database::Vendor::postgres)) {
      // Rows are put in with keys of their own; what the program adds comes after them.
      for (const std::string table : {"directus_activity", "directus_revisions"}) {
        database.writer()->run("alter sequence " + table + "_id_seq restart with 1000");
      }
    }
    services.clock = [] { return parse_iso(world_time)->moment(); };
    services.limits.relational_depth = 20;
    services.limits.batch_size = 3;
  }

  // ---- the world

  void make_world() {
    if (schema) drop_tables(data_model, database);
    data_model = make_random_model(random);
    schema = data_model.schema;
    make_tables(data_model, database);
    schemas.reload();
    shows_order = random() % 2 == 0;
    services.limits.default_limit = shows_order ? 7 : -1;
    data = make_random_data(data_model, {People::user, People::other_user}, random);
    recent.clear();
    fill(data, database);
    rights = make_rights(*schema, random, shows_order);
    store(rights, database);
    access.invalidate();
    choose_asker();
  }

  void choose_asker() {
    asker.is_editor = random() % 2 == 0;
    asker.has_user = asker.is_editor || random() % 2 == 0;
    asker.is_other = random() % 2 == 0;
    who = identity(asker);
    sight.emplace(data, GetParam(), rights.rules_for(asker, "read"));
    model.emplace(data, GetParam(), services.limits, &*sight);
    generate.emplace(*schema, random);
    generate->prefers = [this](const auto& collection, const auto& field) {
      return sight->may_name(collection, field);
    };
  }

  access::Accountability identity(const Asker& of) {
    access::Accountability result;
    result.user = of.user();
    if (of.is_editor) result.role = People::editors;
    result.ip = People::address;
    access.complete(result);
    return result;
  }

  std::string readable_collection() {
    for (int i = 0; i < 5; ++i) {
      auto name = generate->collection();
      if (sight->may_read(name)) return name;
    }
    return generate->collection();
  }

  // One of the entries.
  template <class List>
  const typename List::value_type& pick(const List& list) {
    return list[random() % list.size()];
  }

  // A collection that is not the system's.
  std::string plain_collection() {
    for (;;) {
      auto name = generate->collection();
      if (!is_system(name)) return name;
    }
  }

  const schema::Collection& described_by(std::string_view collection) const { return *schema->collection(collection); }
  const std::string& key_name(std::string_view collection) const { return described_by(collection).primary_key; }
  const json::value& key_of(const json::object& row, std::string_view collection) const {
    return row.at(key_name(collection));
  }
  // Mostly one that is there.
  json::value any_key(std::string_view collection) {
    const auto& rows = data.of(collection);
    if (rows.empty() || random() % 8 == 0) return missing_key(described_by(collection));
    return key_of(pick(rows), collection);
  }

  const json::object* row_of(const DataSet& rows, std::string_view collection, const json::value& key) const {
    for (const auto& row : rows.of(collection)) {
      if (to_text(key_of(row, collection)) == to_text(key)) return &row;
    }
    return nullptr;
  }

  int number(int from, int to) { return std::uniform_int_distribution(from, to)(random); }

  // ---- ways to ask

  struct Question {
    std::string collection;
    json::object parameters;
    Selection selection = {};
    bool as_export = false;
  };

  json::value ask(const Question& question) {
    try {
      std::string text;
      const auto run = [&](PreparedRead& read) {
        if (question.as_export) {
          items::run_export(read, query::ExportFormat::json, items::Heads::of_rows,
                            [&](std::string_view piece) { text += piece; });
        } else {
          read.run(text);
        }
      };
      if (turns++ % 2 == 0) {
        PreparedRead read(services, &who, question.collection, query::parse_query(question.parameters, services.limits),
                          question.selection);
        run(read);
      } else {
        // As a URL, so that what was decided for others may be used again.
        const auto written = json::serialize(question.parameters);
        PreparedRead read(
            services, &who, question.collection,
            items::UrlQuery{written, [&] { return query::parse_query(question.parameters, services.limits); }},
            question.selection);
        run(read);
      }
      auto answer = json::parse(text);
      return question.as_export ? json::object{{"data", std::move(answer)}} : std::move(answer);
    } catch (const ApiError& error) {
      return told(error);
    }
  }

  // What the asker must get to know; nothing for FORBIDDEN.
  std::optional<json::value> expected(const Question& question) {
    auto query = query::parse_query(question.parameters, services.limits);
    std::optional<std::set<std::string>> keys;
    const bool is_single = !question.selection.key && described_by(question.collection).is_singleton;
    if (is_single || question.selection.key) {
      query.limit = 1;
      query.offset.reset();
      query.page.reset();
    }
    if (question.selection.key) {
      keys = std::set{to_text(*question.selection.key)};
      if (auto* filter = query.filter.if_object()) filter->erase(key_name(question.collection));
    } else if (question.selection.keys) {
      keys.emplace();
      for (const auto& key : *question.selection.keys) keys->insert(to_text(key));
      if (!query.limit) query.limit = static_cast<std::int64_t>(question.selection.keys->size());
    }
    if (model->is_forbidden(question.collection, query)) return std::nullopt;
    json::object result;
    if (!query.group.empty() || !query.aggregate.empty()) {
      result["data"] = model->aggregate(question.collection, query);
    } else {
      result["data"] = model->answer(question.collection, query, keys);
    }
    if (question.selection.key || is_single) {
      auto& rows = result["data"].as_array();
      if (rows.empty() && !is_single) return std::nullopt;
      result["data"] =
          rows.empty() ? json::value(empty_singleton(question.collection, query)) : json::value(rows.front());
    }
    if (question.selection.key || question.as_export) return result;
    json::object meta;
    if (query.total_count) meta["total_count"] = model->count(question.collection, Query());
    if (query.filter_count) meta["filter_count"] = model->count(question.collection, query);
    if (!meta.empty()) result["meta"] = std::move(meta);
    return result;
  }

  // Columns have no defaults here: the key is all that an empty one shows.
  json::object empty_singleton(const std::string& collection, const Query& query) const {
    const auto& key = key_name(collection);
    const bool is_asked = std::any_of(query.fields.begin(), query.fields.end(),
                                      [&](const auto& field) { return field == "*" || field == key; });
    if (!is_asked || !sight->may_name(collection, key)) return {};
    return {{key, nullptr}};
  }

  Question random_question() {
    Question question{readable_collection(), {}};
    const bool is_singleton = described_by(question.collection).is_singleton;
    const int way = number(is_singleton ? 4 : 0, 9);
    question.parameters = way < 3 ? generate->aggregation(question.collection) : generate->query(question.collection);
    if (way == 4) question.selection.key = any_key(question.collection);
    if (way == 5 && !is_singleton) {
      question.selection.keys = {{any_key(question.collection), any_key(question.collection)}};
    }
    if (way == 6) question.as_export = true;
    if (way >= 7 || way == 0) question.parameters["meta"] = json::array{"*"};
    if (!shows_order) remove_windows(question.parameters);
    return question;
  }

  // Empty where the answer is what it must be.
  std::string difference(const Question& question) {
    const auto should = expected(question);
    const auto answer = ask(question);
    const bool is_right = !should       ? is_forbidden(answer)
                          : shows_order ? same(*should, answer)
                                        : same(in_any_order(*should), in_any_order(answer));
    if (is_right) return {};
    return "\n  " + described(question) + "\n  expected " + (should ? json::serialize(*should) : "FORBIDDEN") +
           "\n  found    " + json::serialize(answer) +
           (should ? "\n  at " + (shows_order ? place_of_difference(*should, answer)
                                              : place_of_difference(in_any_order(*should), in_any_order(answer)))
                   : "");
  }

  std::string described(const Question& question) const {
    auto text = question.collection;
    if (question.selection.key) text += "/" + json::serialize(*question.selection.key);
    if (question.selection.keys) text += " keys " + json::serialize(json::value_from(*question.selection.keys));
    if (question.as_export) text += " as a file";
    return text + " " + json::serialize(question.parameters);
  }

  // What the asker was allowed, and where he asked.
  std::string described_model() const {
    std::string text = "\n  in";
    for (const auto& collection : schema->collections()) {
      if (is_system(collection.name)) continue;
      text += "\n    " + collection.name + (collection.is_singleton ? " (one)" : "") + ":";
      for (const auto& field : collection.fields) {
        text += " " + field.name;
        if (const auto* link = schema->link(collection.name, field.name)) {
          const auto& relation = *link->relation;
          text += " -> " + (link->kind == schema::RelationKind::one_to_many
                                ? relation.collection + "." + relation.field
                                : relation.related_collection.value_or(join(relation.one_allowed_collections, "/")));
          if (relation.sort_field) text += " by " + *relation.sort_field;
        }
        text += ",";
      }
    }
    return text;
  }

  std::string read_at_random() {
    // What others asked before is asked again, too: what was decided for them is not for everybody.
    const bool again = !recent.empty() && random() % 4 == 0;
    auto question = again ? recent[random() % recent.size()] : random_question();
    if (!again) recent.push_back(question);
    if (recent.size() > 10) recent.erase(recent.begin());
    if (difference(question).empty()) return {};
    const auto with = [&](const json::object& parameters) {
      return Question{question.collection, parameters, question.selection, question.as_export};
    };
    const bool was_refused = is_refused(ask(question));
    question.parameters = shrunk(question.parameters, [&](const json::object& smaller) {
      // Without an order of all groups any will do.
      const auto *groups = smaller.if_contains("groupBy"), *sorts = smaller.if_contains("sort");
      if (groups != nullptr && (sorts == nullptr || sorts->as_array().size() < groups->as_array().size())) return false;
      try {
        return is_refused(ask(with(smaller))) == was_refused && !difference(with(smaller)).empty();
      } catch (const std::exception&) {
        return false;
      }
    });
    return difference(question) + described_rights();
  }

  std::string described_rights() {
    auto text = described_model() + "\n  with";
    for (const auto& [collection, rules] : rights.rules_for(asker, "read")) {
      for (const auto& rule : rules) {
        text += "\n    " + collection + " " + (rule.every_field ? "*" : "");
        for (const auto& field : rule.fields) text += field + " ";
        text += json::serialize(rule.filter);
      }
    }
    return text;
  }

  DataModel data_model;
  schema::SchemaPointer schema;
  std::mt19937 random;
  bool shows_order = true;
  DataSet data;
  Rights rights;
  Asker asker;
  access::Accountability who;
  std::optional<Sight> sight;
  std::optional<Model> model;
  std::optional<Generator> generate;
  std::vector<Question> recent;
  int turns = 0;
};

}  // namespace ashlar::system
