#include "items/services.h"

#include <memory>

#include "access/variables.h"
#include "base/error.h"
#include "query/function.h"
#include "query/plan.h"
#include "query/run.h"

namespace ashlar::items {
namespace {

// The value at a path of fields in the answer for one item; a list of them where the path passes a list.
json::value value_at(const json::value& item, const std::vector<std::string>& path, std::size_t at) {
  if (at == path.size()) return item;
  if (const auto* list = item.if_array()) {
    json::array values;
    for (const auto& entry : *list) values.push_back(value_at(entry, path, at));
    return values;
  }
  const auto* member = find_member(item, path[at]);
  return member ? value_at(*member, path, at + 1) : json::value();
}

json::value look_up(const Services& services, const query::Reader& reader, database::Connection& connection,
                    std::string_view collection, std::string_view key, std::string_view path) {
  query::Query query;
  query.fields = {std::string(path)};
  query::PlanOptions options{services.limits, json::value(key), std::nullopt};
  const auto* found = reader.schema->collection(collection);
  if (found == nullptr) return nullptr;
  const auto plan = query::plan(query, *found, reader, options);
  std::string out;
  query::run(plan, connection, services.database.dialect(), services.limits, out);
  return value_at(parse_json(out).value_or(nullptr), query::split_path(path), 0);
}

}  // namespace

query::Reader make_reader(const Services& services, schema::SchemaPointer schema, const access::Accountability* who,
                          database::Connection& connection) {
  query::Reader reader;
  reader.schema = std::move(schema);
  if (who != nullptr && !who->admin) reader.permissions = services.access.permissions(*who);

  // Rules see every field; the asker's own filters only those that he may read himself.
  auto full_rights = std::make_shared<query::Reader>();
  full_rights->schema = reader.schema;
  full_rights->resolve_own = full_rights->resolve_rule = [](const json::value& value) { return value; };
  auto own_rights = std::make_shared<query::Reader>(*full_rights);
  own_rights->permissions = reader.permissions;

  const auto moment = services.clock();
  const auto with = [&](std::shared_ptr<const query::Reader> rights, bool own) {
    auto lookup = [&services, &connection, rights, own](std::string_view collection, std::string_view key,
                                                        std::string_view path) -> json::value {
      try {
        return look_up(services, *rights, connection, collection, key, path);
      } catch (const ApiError&) {
        if (!own) return nullptr;
        throw ApiError::invalid_query("The variable's path \"" + std::string(path) + "\" can't be read.");
      }
    };
    return std::make_shared<const access::Variables>(who, moment, std::move(lookup));
  };
  reader.resolve_rule = [variables = with(full_rights, false)](const json::value& value) {
    return variables->resolve(value);
  };
  reader.resolve_own = [variables = with(own_rights, true)](const json::value& value) {
    return variables->resolve(value);
  };
  return reader;
}

}  // namespace ashlar::items
