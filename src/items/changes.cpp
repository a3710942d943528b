#include "items/changes.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "base/error.h"
#include "base/text.h"
#include "database/sql_text.h"
#include "items/activity.h"
#include "items/database_errors.h"
#include "items/nested.h"
#include "items/statements.h"
#include "items/write.h"
#include "items/write_events.h"
#include "items/write_rules.h"

namespace ashlar::items {
namespace {

using database::DatabaseError;
using schema::Collection;

// Revisions hold whole items: so many are in memory at once.
constexpr std::size_t revisions_together = 500;

const CollectionHooks* hooks_of(const WriteContext& context, const Collection& collection) {
  const auto found = context.services.hooks.find(collection.name);
  return found == context.services.hooks.end() ? nullptr : &found->second;
}

json::array array_of(const Keys& keys) { return json::array(keys.begin(), keys.end()); }

Keys typed(const WriteContext& context, const Collection& collection, const Keys& keys) {
  Keys result;
  result.reserve(keys.size());
  for (const auto& key : keys) result.push_back(typed_key(key, collection.key_field(), context.dialect()));
  return result;
}

// Items of which nothing but their children was written have activity, but no revision.
void record_update(WriteContext& context, const Collection& collection, const Keys& keys, const Row& row,
                   const json::object& data, RevisionMark mark) {
  const bool has_revisions = !row.empty() && keeps_revisions(context, collection);
  for (std::size_t start = 0; start < keys.size(); start += revisions_together) {
    const auto end = std::min(start + revisions_together, keys.size());
    const Keys piece(keys.begin() + static_cast<std::ptrdiff_t>(start),
                     keys.begin() + static_cast<std::ptrdiff_t>(end));
    std::vector<std::optional<RevisionTexts>> revisions;
    if (has_revisions) revisions = updated_revisions(context, collection, piece, row, data);
    record(context, collection, "update", piece, revisions, mark);
    // Nested items hang on the first revision only.
    mark = mark_revisions(context);
  }
}

}  // namespace

Keys keys_to_write(const Collection& collection, const Keys& keys) {
  for (const auto& key : keys) check_key(key, collection.key_field());
  return sorted_keys(keys, collection.key_field());
}

void filter_update(const Services& services, const events::Context& where, const Collection& collection,
                   const Keys& keys, json::object& data) {
  if (!has_filters(services, collection, "update")) return;
  json::value changed(std::move(data));
  filter(services, where, collection, "update", changed, {{"keys", array_of(keys)}, {"collection", collection.name}});
  if (!changed.is_object()) throw ApiError::invalid_payload("Items must be objects.");
  data = std::move(changed.get_object());
}

void filter_delete(const Services& services, const events::Context& where, const Collection& collection, Keys& keys) {
  if (!has_filters(services, collection, "delete")) return;
  json::value changed(array_of(keys));
  filter(services, where, collection, "delete", changed, {{"collection", collection.name}});
  if (!changed.is_array()) throw ApiError::invalid_payload("Keys must be a list.");
  keys = keys_to_write(collection, Keys(changed.get_array().begin(), changed.get_array().end()));
}

Keys update_filtered(WriteContext& context, const Collection& collection, const Keys& keys, json::object data) {
  data.erase(collection.primary_key);
  context.count_mutations(static_cast<std::int64_t>(keys.size()));
  lock_rows(context.connection, context.dialect(), collection, keys);
  const WriteRules rules(context, collection, access::Action::update);
  check_update(context, collection, keys, data);
  rules.add_presets(data);
  rules.validate(data);
  const auto* hooks = hooks_of(context, collection);
  if (hooks != nullptr && hooks->before_update) hooks->before_update(context, keys, data);

  Announcement announcement(context, collection, "update");
  const auto mark = mark_revisions(context);
  const auto linked = write_linked(context, collection, data);
  const RowMaker maker{context.services, context.who, context.now, context.options.keep_stamps, &context.hashes};
  const auto row = maker.make(collection, data, linked, RowMaker::Purpose::update);
  try {
    update_rows(context.connection, context.dialect(), collection, keys, row);
  } catch (const DatabaseError& error) {
    throw_api_error(error, {context, collection, &data, &linked});
  }
  context.written.insert(collection.name);
  auto written = typed(context, collection, keys);
  for (const auto& key : written) write_children(context, collection, key, data, false);
  record_update(context, collection, written, row, data, mark);
  if (hooks != nullptr && hooks->after_update) hooks->after_update(context, written, data);
  if (announcement.is_awaited()) {
    announcement.complete({{"payload", std::move(data)}, {"keys", array_of(keys)}, {"collection", collection.name}});
  }
  return written;
}

void delete_filtered(WriteContext& context, const Collection& collection, const Keys& keys) {
  context.count_mutations(static_cast<std::int64_t>(keys.size()));
  lock_rows(context.connection, context.dialect(), collection, keys);
  check_delete(context, collection, keys);
  if (keys.empty()) return;
  const auto* hooks = hooks_of(context, collection);
  if (hooks != nullptr && hooks->before_delete) hooks->before_delete(context, keys);
  Announcement announcement(context, collection, "delete");
  try {
    delete_rows(context.connection, context.dialect(), collection, keys);
  } catch (const DatabaseError& error) {
    throw_api_error(error, {context, collection});
  }
  context.written.insert(collection.name);
  const auto deleted = typed(context, collection, keys);
  for (std::size_t start = 0; start < deleted.size(); start += revisions_together) {
    const auto end = std::min(start + revisions_together, deleted.size());
    record(context, collection, "delete",
           {deleted.begin() + static_cast<std::ptrdiff_t>(start), deleted.begin() + static_cast<std::ptrdiff_t>(end)},
           {}, mark_revisions(context));
  }
  if (hooks != nullptr && hooks->after_delete) hooks->after_delete(context, deleted);
  if (announcement.is_awaited()) {
    announcement.complete({{"payload", array_of(keys)}, {"keys", array_of(keys)}, {"collection", collection.name}});
  }
}

Keys update_items(WriteContext& context, const Collection& collection, const Keys& keys, json::object data) {
  const auto to_write = keys_to_write(collection, keys);
  data.erase(collection.primary_key);
  if (to_write.empty()) return {};
  if (context.options.emit_events) {
    filter_update(context.services, event_context(context), collection, to_write, data);
  }
  return update_filtered(context, collection, to_write, std::move(data));
}

Keys update_batch(WriteContext& context, const Collection& collection, json::array items) {
  Keys keys;
  for (const auto& entry : items) {
    const auto* item = entry.if_object();
    const auto* key = item ? key_in(*item, collection.primary_key) : nullptr;
    if (key == nullptr) {
      throw ApiError::invalid_payload("Every item of a batch must have its key \"" + collection.primary_key + "\".");
    }
    check_key(*key, collection.key_field());
    keys.push_back(*key);
  }
  lock_rows(context.connection, context.dialect(), collection, keys);
  Keys written;
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto of_item = update_items(context, collection, {keys[i]}, std::move(items[i].get_object()));
    std::move(of_item.begin(), of_item.end(), std::back_inserter(written));
  }
  return written;
}

json::value upsert_item(WriteContext& context, const Collection& collection, json::object payload) {
  json::array payloads;
  payloads.push_back(std::move(payload));
  return upsert_items(context, collection, std::move(payloads)).front();
}

Keys upsert_items(WriteContext& context, const Collection& collection, json::array payloads) {
  const auto& field = collection.key_field();
  const auto named_key = [&](const json::object& payload) -> const json::value* {
    const auto* key = key_in(payload, collection.primary_key);
    const bool counts_as_none = field.special.uuid && key != nullptr && key->is_string() && key->get_string().empty();
    return counts_as_none ? nullptr : key;
  };
  Keys named;
  for (const auto& payload : payloads) {
    const auto* key = named_key(payload.get_object());
    if (key == nullptr) continue;
    check_key(*key, field);
    named.push_back(*key);
  }
  // MySQL takes keys that differ in case alone for the same.
  const bool ignores_case = context.dialect().vendor() == database::Vendor::mysql;
  const auto spelling = [&](std::string text) { return ignores_case ? to_lower(text) : text; };
  std::unordered_set<std::string> known;
  for (const auto& text : existing_keys(context.connection, context.dialect(), collection, named)) {
    known.insert(spelling(text));
  }

  Keys written;
  json::array made;  // new items one after the other are made together
  const auto make = [&] {
    auto keys = create_items(context, collection, std::exchange(made, {}));
    std::move(keys.begin(), keys.end(), std::back_inserter(written));
  };
  for (auto& payload : payloads) {
    auto& object = payload.get_object();
    const auto* key = named_key(object);
    // What is named twice is there the second time.
    if (key == nullptr || known.insert(spelling(key_text(*key, field))).second) {
      // Who may make no items is told the same as of one that he may not change.
      if (key != nullptr && !context.unrestricted() && context.access(collection, access::Action::create) == nullptr) {
        auto changes = object;
        changes.erase(collection.primary_key);
        check_update(context, collection, {*key}, changes);
      }
      made.push_back(std::move(payload));
      continue;
    }
    make();
    const Keys keys{*key};
    written.push_back(update_items(context, collection, keys, std::move(object)).front());
  }
  make();
  return written;
}

json::value upsert_singleton(WriteContext& context, const Collection& collection, json::object data) {
  database::SqlText sql(context.dialect());
  sql << "select ";
  sql.name(collection.primary_key) << " from ";
  sql.name(collection.name) << " order by ";
  sql.name(collection.primary_key) << " limit 1";
  std::optional<json::value> key;
  {
    const auto cursor = context.connection.query(sql.text, sql.parameters);
    if (cursor->next()) key = typed_key(cursor->cell(0), collection.key_field(), context.dialect());
  }
  if (!key) return create_item(context, collection, std::move(data));
  return update_items(context, collection, {*key}, std::move(data)).front();
}

void delete_items(WriteContext& context, const Collection& collection, const Keys& keys) {
  auto to_write = keys_to_write(collection, keys);
  if (context.options.emit_events && !to_write.empty()) {
    filter_delete(context.services, event_context(context), collection, to_write);
  }
  delete_filtered(context, collection, to_write);
}

}  // namespace ashlar::items
