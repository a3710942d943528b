#include "items/services.h"

#include <algorithm>
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

std::shared_ptr<query::Reader> full_rights(schema::SchemaPointer schema) {
  auto reader = std::make_shared<query::Reader>();
  reader->schema = std::move(schema);
  reader->resolve_own = reader->resolve_rule = [](const json::value& value) { return value; };
  return reader;
}

// Reads what lies behind the paths of variables. `own`: paths that can't be read are an error, else they are null.
access::FieldLookup lookup(const Services& services, database::Connection& connection,
                           std::shared_ptr<const query::Reader> rights, bool own) {
  return [&services, &connection, rights = std::move(rights), own](std::string_view collection, std::string_view key,
                                                                   std::string_view path) -> json::value {
    try {
      return look_up(services, *rights, connection, collection, key, path);
    } catch (const ApiError&) {
      if (!own) return nullptr;
      throw ApiError::invalid_query("The variable's path \"" + std::string(path) + "\" can't be read.");
    }
  };
}

}  // namespace

query::Reader make_reader(const Services& services, schema::SchemaPointer schema, const access::Accountability* who,
                          database::Connection& connection) {
  query::Reader reader;
  reader.schema = std::move(schema);
  if (who != nullptr && !who->admin) reader.permissions = services.access.permissions(*who);

  // Rules see every field; the asker's own filters only those that he may read himself.
  auto own_rights = full_rights(reader.schema);
  own_rights->permissions = reader.permissions;
  auto own = std::make_shared<const access::Variables>(who, services.clock(),
                                                       lookup(services, connection, std::move(own_rights), true));
  auto rule = std::make_shared<const access::Variables>(rule_variables(services, reader.schema, who, connection));
  reader.used_variables = [rule, own] { return std::max(rule->use(), own->use()); };
  reader.resolve_rule = [rule = std::move(rule)](const json::value& value) { return rule->resolve(value); };
  reader.resolve_own = [own = std::move(own)](const json::value& value) { return own->resolve(value); };
  return reader;
}

access::Variables rule_variables(const Services& services, schema::SchemaPointer schema,
                                 const access::Accountability* who, database::Connection& connection) {
  return {who, services.clock(), lookup(services, connection, full_rights(std::move(schema)), false)};
}

}  // namespace ashlar::items
