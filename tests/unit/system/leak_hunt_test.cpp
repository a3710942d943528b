// The hunt for leaks: random rights on random rows, and random questions by those who have them, in every way in which
// something can be asked. A model of plain loops says what each asker may see and change; the program's answers must be
// those of the model, so they reveal no more.
//
// ASHLAR_LEAK_HUNT_QUESTIONS says how many (make leakhunt: 20 000), ASHLAR_LEAK_HUNT_SEED with which seed.
#include <gtest/gtest.h>

#include "access/variables.h"
#include "base/error.h"
#include "items/export.h"
#include "items/fixture.h"
#include "items/read.h"
#include "system/share_rights.h"
#include "world/difference.h"
#include "world/model.h"
#include "world/rights.h"

namespace ashlar::system {
namespace {

using items::PreparedRead;
using items::Selection;
using query::Query;
using namespace query::test;

// What a question came to: data, or an error. All that the asker gets to know of an error counts.
json::value told(const ApiError& error) {
  json::array details;
  for (const auto& detail : error.details()) {
    details.push_back(
        json::object{{"code", detail.code}, {"message", detail.message}, {"extensions", detail.extensions}});
  }
  return json::object{{"status", error.status()}, {"errors", std::move(details)}};
}

bool is_forbidden(const json::value& answer) {
  const auto* object = answer.if_object();
  return object != nullptr && object->contains("errors") && object->at("status") == 403;
}

// Whether the question was not understood.
bool is_refused(const json::value& answer) {
  const auto* object = answer.if_object();
  return object != nullptr && object->contains("errors") && object->at("status") == 400;
}

// Lists in an order of their own, for where the order of the answer is not certain.
json::value in_any_order(const json::value& value) {
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
void remove_windows(json::object& question) {
  for (const std::string_view name : {"limit", "offset", "page", "_limit", "_offset", "_page"}) question.erase(name);
  for (auto& member : question) {
    if (auto* below = member.value().if_object(); below && !member.key().ends_with("filter")) remove_windows(*below);
  }
}

class LeakHunt : public items::WithItems {
 protected:
  LeakHunt() {
    setenv("TZ", "UTC", 1);
    tzset();
    make_tables(*schema, database);
    store_metadata(*schema, database);
    store_people(database);
    services.clock = [] { return parse_iso(world_time)->moment(); };
    services.limits.relational_depth = 20;
    services.limits.batch_size = 3;
  }

  // ---- the world

  void make_world() {
    shows_order = random() % 2 == 0;
    services.limits.default_limit = shows_order ? 7 : -1;
    data = make_data(random, 9);
    data.schema = schema;
    // Some rows belong to somebody.
    for (const auto* owner : {People::user, People::other_user}) {
      data.rows["people"][random() % 9]["name"] = owner;
      for (int i = 0; i < 3; ++i) data.rows["books"][random() % 18]["title"] = owner;
    }
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
          items::run_export(read, query::ExportFormat::json, [&](std::string_view piece) { text += piece; });
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
    std::optional<std::set<int>> keys;
    if (question.selection.key) {
      keys = std::set{question.selection.key->to_number<int>()};
      if (auto* filter = query.filter.if_object()) filter->erase("id");
      query.limit = 1;
      query.offset.reset();
      query.page.reset();
    } else if (question.selection.keys) {
      keys.emplace();
      for (const auto& key : *question.selection.keys) keys->insert(key.to_number<int>());
      if (!query.limit) query.limit = static_cast<std::int64_t>(question.selection.keys->size());
    }
    if (model->is_forbidden(question.collection, query)) return std::nullopt;
    json::object result;
    if (!query.group.empty() || !query.aggregate.empty()) {
      result["data"] = model->aggregate(question.collection, query);
    } else {
      result["data"] = model->answer(question.collection, query, keys);
    }
    if (question.selection.key) {
      auto& rows = result["data"].as_array();
      if (rows.empty()) return std::nullopt;
      result["data"] = json::value(rows.front());
    }
    if (question.selection.key || question.as_export) return result;
    json::object meta;
    if (query.total_count) meta["total_count"] = model->count(question.collection, Query());
    if (query.filter_count) meta["filter_count"] = model->count(question.collection, query);
    if (!meta.empty()) result["meta"] = std::move(meta);
    return result;
  }

  Question random_question() {
    Question question{readable_collection(), {}};
    const int way = number(0, 9);
    question.parameters = way < 3 ? generate->aggregation(question.collection) : generate->query(question.collection);
    if (way == 4) question.selection.key = json::value(number(1, 12));
    if (way == 5) question.selection.keys = {{json::value(number(1, 9)), json::value(number(1, 12))}};
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
    std::string text = "\n  with";
    for (const auto& [collection, rules] : rights.rules_for(asker, "read")) {
      for (const auto& rule : rules) {
        text += "\n    " + collection + " " + (rule.every_field ? "*" : "");
        for (const auto& field : rule.fields) text += field + " ";
        text += json::serialize(rule.filter);
      }
    }
    return text;
  }

  // ---- what is hidden and what does not exist must be told in the same words

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
      const auto missing = ask({collection, parameters, {.key = json::value(4711)}});
      if (hidden == missing) return {};
      return "\n  " + collection + "/" + json::serialize(row.at("id")) + "\n  hidden      " + json::serialize(hidden) +
             "\n  nonexistent " + json::serialize(missing) + described_rights();
    }
    return {};
  }

  // ---- writes: who may change and delete what; everything is taken back

  struct TakeBack {};

  std::string write_at_random() {
    const auto collection = generate->collection();
    const bool deletes = random() % 3 == 0;
    const Sight may(data, GetParam(), rights.rules_for(asker, deletes ? "delete" : "update"));
    items::Keys keys{json::value(number(1, 9))};
    if (random() % 3 == 0) keys.push_back(json::value(number(10, 40)));
    json::object payload;
    if (!deletes) {
      for (const auto& field : schema->collection(collection)->fields) {
        const bool is_likely = may.may_name(collection, field.name);
        if (field.is_alias || field.name == "id" || field.type == schema::Type::json ||
            number(1, 100) > (is_likely ? 30 : 3))
          continue;
        payload[field.name] = nullptr;
      }
    }
    const bool should = may_write(may, collection, keys, payload);
    const auto answer = try_write(collection, keys, payload, deletes);
    if (should ? answer.is_null() : is_forbidden(answer)) return {};
    return std::string("\n  ") + (deletes ? "delete " : "update ") + collection + " " +
           json::serialize(json::value_from(keys)) + " " + json::serialize(payload) + "\n  expected " +
           (should ? "to be done" : "FORBIDDEN") + "\n  found    " + json::serialize(answer);
  }

  // A book and its author, either of them written below the other, with the values that they have: every row needs its
  // own permission.
  std::string write_nested() {
    const auto& book = data.of("books")[random() % data.of("books").size()];
    if (book.at("author").is_null()) return {};
    const auto& person = data.of("people")[book.at("author").to_number<std::size_t>() - 1];
    const Sight may(data, GetParam(), rights.rules_for(asker, "update"));
    const bool from_book = random() % 2 == 0;
    const auto& outer = from_book ? book : person;
    const std::string collection = from_book ? "books" : "people", link = from_book ? "author" : "books";
    json::object payload;
    if (from_book) {
      payload[link] = json::object{{"id", person.at("id")}, {"name", person.at("name")}};
    } else {
      payload[link] =
          json::object{{"update", json::array{json::object{{"id", book.at("id")}, {"title", book.at("title")}}}}};
    }
    const bool should = may.sees(&outer, collection, link) &&
                        (from_book ? may.sees(&person, "people", "name") : may.sees(&book, "books", "title"));
    const auto answer = try_write(collection, {outer.at("id")}, payload, false);
    if (should ? answer.is_null() : is_forbidden(answer)) return {};
    return "\n  nested update of " + collection + "/" + json::serialize(outer.at("id")) + " " +
           json::serialize(payload) + "\n  expected " + (should ? "to be done" : "FORBIDDEN") + "\n  found    " +
           json::serialize(answer);
  }

  bool may_write(const Sight& may, const std::string& collection, const items::Keys& keys,
                 const json::object& payload) {
    if (!may.may_read(collection)) return false;
    for (const auto& key : keys) {
      const json::object* found = nullptr;
      for (const auto& row : data.of(collection)) {
        if (row.at("id") == key) found = &row;
      }
      if (found == nullptr || !may.sees(found, collection)) return false;
      for (const auto& member : payload) {
        if (!may.sees(found, collection, member.key())) return false;
      }
    }
    return true;
  }

  // Null where it is done.
  json::value try_write(const std::string& collection, const items::Keys& keys, const json::object& payload,
                        bool deletes) {
    try {
      items::write(services, &who, {.track_activity = false}, [&](items::WriteContext& context) {
        const auto& target = *context.schema->collection(collection);
        if (deletes) {
          items::delete_items(context, target, keys);
        } else {
          items::update_items(context, target, keys, payload);
        }
        throw TakeBack{};
      });
    } catch (const TakeBack&) {
      return nullptr;
    } catch (const ApiError& error) {
      return told(error);
    }
    return "not taken back";
  }

  // ---- shares: whatever one opens, both who made it and whom it is for may see

  ShareSide side(const Asker& of) {
    return {access.permissions(identity(of)), [of](const json::value& value) {
              access::Accountability variables;
              variables.user = of.user();
              return access::Variables(&variables, parse_iso(world_time)->moment(),
                                       [of](auto, auto, auto) -> json::value {
                                         const auto name = of.first_name();
                                         return name ? json::value(*name) : json::value();
                                       })
                  .resolve(value);
            }};
  }

  std::string open_share_at_random() {
    // Variables are left aside: sides without a user and a role have none.
    const Asker nobody{};
    const Sight of_nobody(data, GetParam(), rights.rules_for(nobody, "read"));
    const auto collection = generate->collection();
    auto before = std::exchange(who, identity(nobody));
    const auto everything = access.permissions(before);
    auto opened = share_rights(*services.schemas.current(), collection, std::to_string(number(1, 9)),
                               {everything, side(asker).resolve}, {access.permissions(who), side(nobody).resolve});
    who.opened = std::make_shared<const access::Permissions>(std::move(opened));
    std::string found;
    for (const auto& other : schema->collections()) {
      const auto answer = ask({other.name, {{"limit", -1}}});
      if (is_forbidden(answer)) continue;
      if (!answer.as_object().contains("data")) {
        // Rights as wild as these may add up to more than databases can take.
        if (json::serialize(answer).find("too many relations") != std::string::npos) continue;
        found += "\n  a share answers " + json::serialize(answer);
        continue;
      }
      for (const auto& shown : answer.at("data").as_array()) found += unseen(other, shown.as_object(), of_nobody);
    }
    who = std::move(before);
    return found;
  }

  std::string unseen(const schema::Collection& collection, const json::object& shown, const Sight& creator) {
    const auto* key = shown.if_contains("id");
    if (key == nullptr || key->is_null()) return {};
    for (const auto& row : data.of(collection.name)) {
      if (row.at("id") != *key) continue;
      for (const auto& [name, value] : shown) {
        if (value.is_null()) continue;
        if (creator.sees(&row, collection.name, name)) continue;
        return "\n  a share shows " + collection.name + "/" + json::serialize(*key) + " " + std::string(name);
      }
    }
    return {};
  }

  schema::SchemaPointer schema = make_schema();
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

TEST_P(LeakHunt, FindsNothing) {
  const auto seed = static_cast<unsigned>(number_from("ASHLAR_LEAK_HUNT_SEED", 1));
  const int questions = number_from("ASHLAR_LEAK_HUNT_QUESTIONS", 1200);
  const int most = number_from("ASHLAR_LEAK_HUNT_FAILURES", 3);
  random.seed(seed);
  int failures = 0;
  for (int i = 0; i < questions && failures < most; ++i) {
    if (i % 150 == 0) make_world();
    if (i % 15 == 0) choose_asker();
    std::string found;
    try {
      const int kind = number(0, 19);
      found = kind < 3   ? compare_hidden()
              : kind < 4 ? write_nested()
              : kind < 6 ? write_at_random()
              : kind < 7 ? open_share_at_random()
                         : read_at_random();
    } catch (const std::exception& error) {
      found = std::string("\n  failed: ") + error.what();
    }
    if (found.empty()) continue;
    ++failures;
    ADD_FAILURE() << "seed " << seed << ", question " << i << found;
  }
}

INSTANTIATE_TEST_SUITE_P(All, LeakHunt, testing::ValuesIn(database::all_vendors), database::vendor_test_name);

}  // namespace
}  // namespace ashlar::system
