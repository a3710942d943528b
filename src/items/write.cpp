#include "items/write.h"

#include <optional>

#include "base/error.h"
#include "items/activity.h"
#include "items/changes.h"
#include "items/model_race.h"
#include "items/write_events.h"
#include "query/plan.h"
#include "query/run.h"
#include "schema/system_tables.h"

namespace ashlar::items {
namespace {

using schema::Collection;

// Throws FORBIDDEN, the same for what is not there and for what nobody may write here.
const Collection& writable(const schema::Schema& schema, std::string_view name, const WriteOptions& options) {
  if (schema::is_system_collection(name) && !options.allow_system) throw ApiError::forbidden();
  const auto* found = schema.collection(name);
  if (found == nullptr) throw query::forbidden_collection(name);
  return *found;
}

// Who may update nothing of a collection learns it also where no item was named.
void require_access(const Services& services, const access::Accountability* who, const Collection& collection,
                    access::Action action) {
  if (who == nullptr || who->admin) return;
  const auto permissions = services.access.permissions(*who);
  if (!permissions->admin && permissions->find(collection.name, action) == nullptr) {
    throw query::forbidden_collection(collection.name);
  }
}

// The keys that a query finds, whatever the asker may read.
Keys find_keys(const Services& services, const access::Accountability* who, std::string_view name, query::Query query,
               const WriteOptions& options) {
  const auto schema = services.schemas.current();
  const auto& collection = writable(*schema, name, options);
  const auto lease = services.database.reader();
  auto reader = make_reader(services, schema, who, *lease);
  // As the asker sees them: whatever else was found would tell him of what is hidden.
  reader.readable(collection.name);
  query.fields = {collection.primary_key};
  query.aggregate.clear();
  query.group.clear();
  query.alias.clear();
  query.deep.clear();
  std::string out;
  const auto plan = query::plan(query, collection, reader, {services.limits, std::nullopt, std::nullopt});
  query::run(plan, *lease, services.database.dialect(), services.limits, out);
  Keys keys;
  const auto found = parse_json(out).value_or(nullptr);
  for (const auto& item : found.is_array() ? found.get_array() : json::array{found}) {
    if (const auto* key = find_member(item, collection.primary_key)) keys.push_back(*key);
  }
  return keys;
}

// One transaction on a collection, known by its name: the schema is that of the attempt. `payload` is what will be
// written there.
template <typename Work>
void write_to(const Services& services, const access::Accountability* who, std::string_view name,
              const WriteOptions& options, const json::value& payload, const Work& work) {
  constexpr std::size_t many_rows = 1000;
  PreparedHashes hashes;
  const auto schema = services.schemas.current();
  hashes.add(services, *schema, writable(*schema, name, options), payload);
  write(services, who, options, [&](WriteContext& context) {
    if (payload.is_array() && payload.get_array().size() >= many_rows) context.expect_many_rows();
    context.hashes = hashes;
    work(context, writable(*context.schema, name, options));
  });
}

}  // namespace

void write(const Services& services, const access::Accountability* who, const WriteOptions& options,
           const std::function<void(WriteContext&)>& work) {
  // Loaded before the transaction holds the one connection that may be left.
  const auto schema = services.schemas.current();
  if (who != nullptr && !who->admin) services.access.permissions(*who);
  std::optional<WriteContext> context;
  const auto attempt = [&](database::Connection& connection) {
    context.emplace(services, services.schemas.current(), who, connection, options);
    work(*context);
    for (const auto& name : std::set(context->written)) {
      const auto hooks = services.hooks.find(name);
      if (hooks != services.hooks.end() && hooks->second.before_commit) hooks->second.before_commit(*context);
    }
    write_history(*context);
  };
  with_current_model(services, [&] { services.database.transact(attempt); });
  tell(*context);
}

// The payloads are copied: the transaction may be tried again.
Keys create_items(const Services& services, const access::Accountability* who, std::string_view name,
                  json::array payloads, const WriteOptions& options) {
  require_access(services, who, writable(*services.schemas.current(), name, options), access::Action::create);
  const json::value payload(std::move(payloads));
  Keys keys;
  write_to(services, who, name, options, payload, [&](WriteContext& context, const Collection& collection) {
    keys = create_items(context, collection, payload.get_array());
    if (options.tried_keys) *options.tried_keys = keys;
  });
  return keys;
}

json::value create_item(const Services& services, const access::Accountability* who, std::string_view name,
                        json::object payload, const WriteOptions& options) {
  json::array payloads;
  payloads.push_back(std::move(payload));
  return create_items(services, who, name, std::move(payloads), options).front();
}

Keys update_items(const Services& services, const access::Accountability* who, std::string_view name, const Keys& keys,
                  json::object data, const WriteOptions& options) {
  const auto schema = services.schemas.current();
  const auto& collection = writable(*schema, name, options);
  // First: of what may not be written not even the form of its keys is told.
  require_access(services, who, collection, access::Action::update);
  const auto to_write = keys_to_write(collection, keys);
  if (to_write.empty()) return {};
  data.erase(collection.primary_key);
  // Filters of updates and deletes run before the transaction: what they do on other connections must not wait for it.
  if (options.emit_events) filter_update(services, {nullptr, schema, who}, collection, to_write, data);
  const json::value payload(std::move(data));
  Keys written;
  write_to(services, who, name, options, payload, [&](WriteContext& context, const Collection& now) {
    written = update_filtered(context, now, to_write, payload.get_object());
  });
  return written;
}

Keys update_batch(const Services& services, const access::Accountability* who, std::string_view name, json::array items,
                  const WriteOptions& options) {
  require_access(services, who, writable(*services.schemas.current(), name, options), access::Action::update);
  const json::value payload(std::move(items));
  Keys keys;
  write_to(services, who, name, options, payload, [&](WriteContext& context, const Collection& collection) {
    keys = update_batch(context, collection, payload.get_array());
  });
  return keys;
}

Keys update_by_query(const Services& services, const access::Accountability* who, std::string_view name,
                     const query::Query& query, json::object data, const WriteOptions& options) {
  require_access(services, who, writable(*services.schemas.current(), name, options), access::Action::update);
  return update_items(services, who, name, find_keys(services, who, name, query, options), std::move(data), options);
}

Keys upsert_items(const Services& services, const access::Accountability* who, std::string_view name,
                  json::array payloads, const WriteOptions& options) {
  const json::value payload(std::move(payloads));
  Keys keys;
  write_to(services, who, name, options, payload, [&](WriteContext& context, const Collection& collection) {
    for (const auto& item : payload.get_array()) {
      if (!item.is_object()) throw ApiError::invalid_payload("Items must be objects.");
    }
    keys = upsert_items(context, collection, payload.get_array());
  });
  return keys;
}

json::value upsert_singleton(const Services& services, const access::Accountability* who, std::string_view name,
                             json::object data, const WriteOptions& options) {
  const json::value payload(std::move(data));
  json::value key;
  write_to(services, who, name, options, payload, [&](WriteContext& context, const Collection& collection) {
    key = upsert_singleton(context, collection, payload.get_object());
  });
  return key;
}

void delete_items(const Services& services, const access::Accountability* who, std::string_view name, const Keys& keys,
                  const WriteOptions& options) {
  const auto schema = services.schemas.current();
  const auto& collection = writable(*schema, name, options);
  require_access(services, who, collection, access::Action::remove);
  auto to_write = keys_to_write(collection, keys);
  if (options.emit_events && !to_write.empty()) filter_delete(services, {nullptr, schema, who}, collection, to_write);
  write_to(services, who, name, options, {},
           [&](WriteContext& context, const Collection& now) { delete_filtered(context, now, to_write); });
}

void delete_by_query(const Services& services, const access::Accountability* who, std::string_view name,
                     const query::Query& query, const WriteOptions& options) {
  require_access(services, who, writable(*services.schemas.current(), name, options), access::Action::remove);
  const auto keys = find_keys(services, who, name, query, options);
  if (!keys.empty()) delete_items(services, who, name, keys, options);
}

}  // namespace ashlar::items
