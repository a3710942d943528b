// The hunt for leaks: who may change and delete what. Everything is taken back.
#pragma once
#include "leak_hunt_hidden.h"

namespace ashlar::system {

class HuntsWrites : public HuntsHidden {
 protected:
  struct TakeBack {};

  std::string write_at_random() {
    const auto collection = plain_collection();
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
      const auto* found = row_of(data, collection, key);
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
    return try_work([&](items::WriteContext& context) {
      const auto& target = *context.schema->collection(collection);
      if (deletes) {
        items::delete_items(context, target, keys);
      } else {
        items::update_items(context, target, keys, payload);
      }
    });
  }

  json::value try_create(const std::string& collection, const json::object& payload) {
    return try_work([&](items::WriteContext& context) {
      items::create_items(context, *context.schema->collection(collection), {payload});
    });
  }

  template <typename Work>
  json::value try_work(const Work& work) {
    try {
      items::write(services, &who, {.track_activity = false}, [&](items::WriteContext& context) {
        work(context);
        throw TakeBack{};
      });
    } catch (const TakeBack&) {
      return nullptr;
    } catch (const ApiError& error) {
      return told(error);
    }
    return "not taken back";
  }

  // ---- what may not be written, and what does not exist

  std::string compare_hidden_writes() {
    const auto collection = plain_collection();
    const auto action = std::vector<std::string>{"create", "update", "delete"}[random() % 3];
    const Sight may(data, GetParam(), rights.rules_for(asker, action));
    if (!may.may_read(collection)) return compare_collections(collection, action);
    if (action == "delete" || random() % 2 == 0) return compare_rows(collection, action == "delete");
    return compare_fields(collection, action, may);
  }

  std::string compare_collections(const std::string& collection, const std::string& action) {
    const auto tell = [&](const std::string& name) -> json::value {
      const json::object payload{{"id", 1}};
      try {
        if (action == "create") items::create_items(services, &who, name, {payload});
        if (action == "update") items::update_items(services, &who, name, {json::value(1)}, payload);
        if (action == "delete") items::delete_items(services, &who, name, {json::value(1)});
        return nullptr;
      } catch (const ApiError& error) {
        return told(error);
      }
    };
    return told_apart(action + " " + collection, tell(collection), tell("nowhere"), collection);
  }

  std::string compare_fields(const std::string& collection, const std::string& action, const Sight& may) {
    std::vector<std::string> hidden;
    for (const auto& field : schema->collection(collection)->fields) {
      // Keys in updates are ignored, whoever sends them.
      const bool is_ignored = action == "update" && field.name == "id";
      if (!is_ignored && !may.may_name(collection, field.name)) hidden.push_back(field.name);
    }
    if (hidden.empty()) return {};
    const auto name = hidden[random() % hidden.size()];
    const std::vector<json::value> values{nullptr,
                                          5,
                                          "x",
                                          json::array{1},
                                          json::object{{"id", 1}, {"name", "x"}},
                                          json::object{{"create", json::array{json::object{{"title", "x"}}}}}};
    const auto& value = values[random() % values.size()];
    const auto tell = [&](const std::string& field) {
      const json::object payload{{field, value}};
      return action == "create" ? try_create(collection, payload)
                                : try_write(collection, {json::value(number(1, 1))}, payload, false);
    };
    return told_apart(action + " " + collection + " " + json::serialize(json::object{{name, value}}), tell(name),
                      tell("nowhere"), name);
  }

  // Rows that may not be changed, directly and below a book that may be.
  std::string compare_rows(const std::string& collection, bool deletes) {
    const Sight may(data, GetParam(), rights.rules_for(asker, deletes ? "delete" : "update"));
    const bool is_nested = !deletes && random() % 2 == 0;
    const std::string target = is_nested ? "people" : collection;
    std::vector<std::string> fields;
    for (const auto& field : schema->collection(target)->fields) {
      if (!field.is_alias && field.name != "id" && may.may_name(target, field.name)) fields.push_back(field.name);
    }
    if (fields.empty() && !deletes) return {};
    const auto field = fields.empty() ? std::string() : fields[random() % fields.size()];
    const auto& rows = data.of(target);
    const auto& row = rows[random() % rows.size()];
    if (may.may_read(target) && may.sees(&row, target) && (deletes || may.sees(&row, target, field))) return {};
    const auto& book = data.of("books")[random() % data.of("books").size()];
    const auto tell = [&](const json::value& key) {
      if (deletes) return try_write(target, {key}, {}, true);
      if (!is_nested) return try_write(target, {key}, {{field, nullptr}}, false);
      return try_write("books", {book.at("id")}, {{"author", json::object{{"id", key}, {field, nullptr}}}}, false);
    };
    // Whoever may make the row makes it, where it is not there.
    if (is_nested && rights.rules_for(asker, "create").contains(target)) return {};
    return told_apart((deletes ? "delete " : "update ") + target + "/" + json::serialize(row.at("id")) + " " + field +
                          (is_nested ? " below a book" : ""),
                      tell(row.at("id")), tell(json::value(4711)), "4711");
  }

  // Empty where a refusal says the same of what is hidden as of what does not exist.
  static std::string told_apart(const std::string& what, const json::value& hidden, const json::value& missing,
                                const std::string& name) {
    const auto of_hidden = json::serialize(hidden);
    if (is_forbidden(hidden) && replace_all(json::serialize(missing), "nowhere", name) == of_hidden) return {};
    return "\n  " + what + "\n  hidden      " + of_hidden + "\n  nonexistent " + json::serialize(missing);
  }

  // ---- values that must be unique: that one is taken is all there is to know, and nobody but who may write it does

  std::string write_taken_values() {
    const auto& genres = data.of("genres");
    const auto& own = genres[random() % genres.size()];
    const auto& other = genres[random() % genres.size()];
    const bool creates = random() % 2 == 0;
    if (!creates && &own == &other) return {};
    json::object payload;
    const int way = number(0, creates ? 2 : 1);
    std::string fields = way == 0 ? "code" : way == 1 ? "label, place" : "id";
    if (creates) payload["id"] = 900;
    if (way == 0) payload["code"] = other.at("code");
    if (way == 2) payload["id"] = other.at("id");
    if (way == 1) {
      if (other.at("label").is_null()) return {};
      payload["place"] = other.at("place");
      if (creates || own.at("label") != other.at("label")) payload["label"] = other.at("label");
    }
    const auto rules = rights.rules_for(asker, creates ? "create" : "update");
    const Sight may(data, GetParam(), rules);
    bool should = creates ? may.may_read("genres") : may_write(may, "genres", {own.at("id")}, payload);
    for (const auto& member : payload) should = should && may.may_name("genres", member.key());
    const auto answer = creates ? try_create("genres", payload) : try_write("genres", {own.at("id")}, payload, false);
    if (should ? tells_of_taken(answer, fields, payload) : is_forbidden(answer)) return {};
    return std::string("\n  ") + (creates ? "create" : "update of " + json::serialize(own.at("id"))) + " genres " +
           json::serialize(payload) + "\n  expected " + (should ? "RECORD_NOT_UNIQUE" : "FORBIDDEN") + "\n  found    " +
           json::serialize(answer);
  }

  bool tells_of_taken(const json::value& answer, const std::string& fields, const json::object& payload) const {
    const auto* object = answer.if_object();
    if (object == nullptr || object->at("status") != 400 || object->at("errors").as_array().size() != 1) return false;
    const auto& error = object->at("errors").as_array().front().as_object();
    if (error.at("code") != "RECORD_NOT_UNIQUE") return false;
    const auto& told = error.at("extensions").as_object();
    for (const auto& member : told) {
      const bool is_known = member.key() == "collection" || member.key() == "field" || member.key() == "value" ||
                            (member.key() == "primaryKey" && is(database::Vendor::mysql));
      if (!is_known) return false;
    }
    // MySQL names the key of the table only.
    if (!is(database::Vendor::mysql) && (told.at("collection") != "genres" || told.at("field") != json::value(fields)))
      return false;
    const auto& value = told.at("value");
    if (value.is_null()) return true;
    if (fields != "label, place") return value == payload.at(fields);
    return payload.contains("label") && payload.contains("place");
  }
};

}  // namespace ashlar::system
