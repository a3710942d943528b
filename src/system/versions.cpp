#include "system/versions.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/time.h"
#include "items/activity.h"
#include "items/read.h"
#include "items/write.h"
#include "system/version_delta.h"
#include "system/version_rows.h"

namespace ashlar::system {
namespace {

using items::Services;
using items::WriteContext;
using Who = const access::Accountability*;

void check_key_word(const json::value& key) {
  const auto text = as_text(key);
  if (!text || text->empty()) throw ApiError::invalid_payload("\"key\" must be a text.");
  if (*text == "main") throw ApiError::invalid_payload("\"main\" is a reserved version key.");
}

ApiError key_taken(std::string_view key) {
  return ApiError::unprocessable("The version \"" + std::string(key) + "\" of this item exists already.");
}

// What a client may give for a new version; with the digest of the item that it is made from.
json::object checked_version(const Services& services, Who who, const json::value& payload) {
  const auto* members = payload.if_object();
  if (members == nullptr) throw ApiError::invalid_payload("A version must be an object.");
  for (const auto& member : *members) {
    if (member.key() == "name" && (member.value().is_null() || member.value().is_string())) continue;
    if (member.key() == "key" || member.key() == "collection" || member.key() == "item") continue;
    throw ApiError::invalid_payload("\"" + std::string(member.key()) + "\" is not allowed here.");
  }
  for (const auto* name : {"key", "collection", "item"}) {
    const auto text = text_member(payload, name);
    if (!text || text->empty()) throw ApiError::invalid_payload("\"" + std::string(name) + "\" must be a text.");
  }
  check_key_word(members->at("key"));
  const auto collection = *text_member(payload, "collection");
  std::string hash;
  try {
    hash = main_item(services, who, collection, *text_member(payload, "item")).hash;
  } catch (const ApiError& error) {
    throw error.status() == 403 ? ApiError::forbidden() : error;
  }
  const auto schema = services.schemas.current();
  const auto* found = schema->collection(collection);
  if (found == nullptr || !found->has_versions) {
    throw ApiError::unprocessable("The collection \"" + std::string(collection) + "\" has no versions.");
  }
  auto version = *members;
  version["hash"] = hash;
  return version;
}

// Whether other versions of the item have the key. `besides`: the version that is to get it.
bool is_taken(WriteContext& context, std::string_view collection, std::string_view item, std::string_view key,
              std::string_view besides) {
  const auto& dialect = context.dialect();
  database::SqlText sql(dialect);
  sql << "select 1 from ";
  sql.name(versions_table) << " where ";
  sql.name("collection") << " = ";
  sql.bind(std::string(collection)) << " and ";
  sql.name("item") << " = ";
  sql.bind(std::string(item)) << " and ";
  sql.name("key") << " = ";
  sql.bind(std::string(key));
  if (!besides.empty()) {
    sql << " and ";
    sql.name("id") << " <> ";
    sql.bind(std::string(besides));
  }
  return context.connection.query(sql.text, sql.parameters)->next();
}

struct Place {
  std::string id, collection, item;
};

Place place_of(WriteContext& context, const json::value& id) {
  database::SqlText sql(context.dialect());
  sql << "select ";
  sql.name("id") << ", ";
  sql.name("collection") << ", ";
  sql.name("item") << " from ";
  sql.name(versions_table) << " where ";
  sql.name("id") << " = ";
  sql.bind(to_text(id));
  const auto cursor = context.connection.query(sql.text, sql.parameters);
  if (!cursor->next()) return {};
  return {cursor->cell(0).to_string(), cursor->cell(1).to_string(), cursor->cell(2).to_string()};
}

void before_update(WriteContext& context, const items::Keys& keys, const json::object& data) {
  // The program itself saves deltas.
  if (context.who == nullptr) return;
  for (const auto& member : data) {
    if (member.key() != "key" && member.key() != "name") {
      throw ApiError::invalid_payload("\"" + std::string(member.key()) + "\" of a version can't be changed.");
    }
  }
  const auto* key = data.if_contains("key");
  if (key == nullptr) return;
  check_key_word(*key);
  std::set<std::pair<std::string, std::string>> items;
  for (const auto& id : keys) {
    const auto place = place_of(context, id);
    if (place.id.empty()) continue;
    const bool is_double = !items.emplace(place.collection, place.item).second;
    if (is_double || is_taken(context, place.collection, place.item, key->get_string(), place.id)) {
      throw key_taken(key->get_string());
    }
  }
}

}  // namespace

items::Keys create_versions(const Services& services, Who who, json::array payloads) {
  json::array versions;
  std::set<std::string> places;
  for (const auto& payload : payloads) {
    auto version = checked_version(services, who, payload);
    const auto place = json::serialize(json::array{version["collection"], version["item"], version["key"]});
    if (!places.insert(place).second) throw key_taken(*text_member(payload, "key"));
    versions.push_back(std::move(version));
  }
  items::Keys keys;
  items::write(services, who, {.allow_system = true}, [&](WriteContext& context) {
    // Who may make none is not told which there are.
    const auto& table = *context.schema->collection(versions_table);
    if (!context.unrestricted() && context.access(table, access::Action::create) == nullptr) {
      throw query::forbidden_collection(versions_table);
    }
    for (const auto& version : versions) {
      const auto text = [&](std::string_view name) { return *text_member(version, name); };
      if (is_taken(context, text("collection"), text("item"), text("key"), {})) throw key_taken(text("key"));
    }
    keys = items::create_items(context, table, versions);
  });
  return keys;
}

items::CollectionHooks version_hooks() {
  items::CollectionHooks hooks;
  hooks.before_update = [](WriteContext& context, const items::Keys& keys, json::object& data) {
    before_update(context, keys, data);
  };
  return hooks;
}

json::value read_version(const Services& services, Who who, const json::value& id, const query::Query& query) {
  auto data = items::read_value(services, who, versions_table, query, {id, std::nullopt});
  auto* object = data.if_object();
  auto* delta = object ? object->if_contains("delta") : nullptr;
  if (delta != nullptr && delta->is_object()) {
    *delta = shown_delta(version_row(services, nullptr, id), *services.schemas.current());
  }
  return data;
}

json::value save_version(const Services& services, Who who, const json::value& id, const json::object& payload) {
  const auto row = version_row(services, who, id);
  auto item = main_item(services, who, row.collection, row.item).data;
  const auto moment = services.clock();
  const SavedBy by{who && who->user ? json::value(*who->user) : json::value(), json::value(format_timestamp(moment))};
  const auto delta = merged_delta(row.delta.is_object() ? row.delta.get_object() : json::object(), payload, by);

  // Saving asks for no permission to update versions; who saved is said with the rest.
  items::WriteOptions options{.allow_system = true, .keep_stamps = true};
  items::write(services, nullptr, options, [&](WriteContext& context) {
    items::update_items(context, *context.schema->collection(versions_table), {json::value(row.id)},
                        {{"delta", delta}, {"user_updated", by.user}, {"date_updated", by.date}});
    WriteContext named(services, context.schema, who, context.connection, options);
    const auto* collection = context.schema->collection(row.collection);
    if (collection == nullptr) throw ApiError::forbidden();
    items::RevisionTexts revision;
    if (!payload.empty()) revision.data = json::serialize(payload);
    revision.delta = revision.data;
    revision.version = row.id;
    items::record(named, *collection, "version_save", {json::value(row.item)}, {revision}, mark_revisions(named));
    items::write_history(named);
  });
  if (auto* members = item.if_object()) {
    for (const auto& [name, value] : delta) (*members)[name] = value;
  }
  return item;
}

json::value compare_version(const Services& services, Who who, const json::value& id) {
  const auto row = version_row(services, who, id);
  auto main = main_item(services, who, row.collection, row.item);
  return json::object{{"outdated", row.hash != main.hash},
                      {"mainHash", main.hash},
                      {"current", shown_delta(row, *services.schemas.current())},
                      {"main", std::move(main.data)}};
}

json::value promote_version(const Services& services, Who who, const json::value& id, const json::value& body) {
  const auto hash = text_member(body, "mainHash");
  if (!hash || hash->empty()) throw ApiError::invalid_payload("\"mainHash\" must be a text.");
  const auto* fields = find_member(body, "fields");
  if (fields != nullptr && !fields->is_null() && !fields->is_array()) {
    throw ApiError::invalid_payload("\"fields\" must be a list.");
  }
  const auto row = version_row(services, who, id);
  if (!row.delta.is_object()) throw ApiError::unprocessable("Nothing was saved to this version yet.");
  if (main_item(services, who, row.collection, row.item).hash != *hash) {
    throw ApiError::unprocessable("The item has changed since: compare it with the version again.");
  }
  const auto schema = services.schemas.current();
  const auto* collection = schema->collection(row.collection);
  auto delta = written_delta(row, *schema);
  if (fields != nullptr && fields->is_array()) {
    json::object chosen;
    for (const auto& field : fields->get_array()) {
      const auto name = to_text(field);
      if (const auto* value = delta.if_contains(name)) chosen.emplace(name, *value);
    }
    delta = std::move(chosen);
  }
  const json::object meta{{"collection", row.collection}, {"item", row.item}, {"version", row.id}};
  json::value payload(std::move(delta));
  const auto names = events::event_names(*collection, "promote");
  for (const auto& name : names) services.events.filter(name, payload, meta, {nullptr, schema, who});
  if (!payload.is_object()) throw ApiError::invalid_payload("What is promoted must be an object.");
  items::update_items(services, who, row.collection, {json::value(row.item)}, payload.get_object(),
                      {.allow_system = true, .keep_stamps = true});
  auto told = meta;
  told["payload"] = payload;
  for (const auto& name : names) services.events.action(name, told, {nullptr, schema, who});
  return json::value(row.item);
}

}  // namespace ashlar::system
