#include "system/setup.h"

#include "base/error.h"
#include "database/sql_text.h"
#include "items/write.h"

namespace ashlar::system {
namespace {

using database::Connection;
using database::Dialect;

items::WriteOptions system_write() {
  items::WriteOptions options;
  options.allow_system = true;
  return options;
}

bool has_users(Connection& connection, const Dialect& dialect) {
  database::SqlText sql(dialect);
  sql << "select 1 from ";
  sql.name("directus_users") << " limit 1";
  return connection.query(sql.text)->next();
}

// A role whose policy makes administrators; as nobody is a user yet, nobody has it.
std::optional<std::string> admin_role(Connection& connection, const Dialect& dialect) {
  database::SqlText sql(dialect);
  sql << "select ";
  sql.name("directus_access") << ".";
  sql.name("role") << " from ";
  sql.name("directus_access") << " join ";
  sql.name("directus_policies") << " on ";
  sql.name("directus_policies") << ".";
  sql.name("id") << " = ";
  sql.name("directus_access") << ".";
  sql.name("policy") << " where ";
  sql.name("directus_policies") << ".";
  sql.name("admin_access") << " = ";
  sql.bind(true) << " and ";
  sql.name("directus_access") << ".";
  sql.name("role") << " is not null limit 1";
  const auto rows = connection.query(sql.text, sql.parameters);
  if (!rows->next()) return std::nullopt;
  return rows->cell(0).to_string();
}

json::value make_admin_role(items::WriteContext& context) {
  const auto create = [&](std::string_view collection, json::object payload) {
    return items::create_item(context, *context.schema->collection(collection), std::move(payload));
  };
  const json::object look{{"name", "Administrator"}, {"icon", "verified"}, {"description", "$t:admin_description"}};
  auto policy = look;
  policy["admin_access"] = true;
  policy["app_access"] = true;
  const auto role = create("directus_roles", look);
  create("directus_access", {{"role", role}, {"policy", create("directus_policies", std::move(policy))}});
  return role;
}

json::object owner_of(const json::object& body) {
  json::object owner{{"project_status", nullptr}};
  for (const auto* name : {"project_owner", "project_usage", "org_name", "product_updates"}) {
    if (const auto* value = body.if_contains(name)) owner[name] = *value;
  }
  return owner;
}

json::value member_or(const json::object& body, std::string_view name, const json::value& standard) {
  const auto* value = body.if_contains(name);
  return value == nullptr || value->is_null() || *value == json::value("") ? standard : *value;
}

json::value value_of(const std::optional<std::string>& text) { return text ? json::value(*text) : json::value(); }

}  // namespace

bool has_users(const items::Services& services) {
  return has_users(*services.database.reader(), services.database.dialect());
}

void set_up(const items::Services& services, const config::BootstrapSettings& given, const json::object& body) {
  const json::object user{{"email", member_or(body, "project_owner", value_of(given.admin_email))},
                          {"password", member_or(body, "password", value_of(given.admin_password))},
                          {"first_name", member_or(body, "first_name", "Admin")},
                          {"last_name", member_or(body, "last_name", "User")},
                          {"status", "active"}};
  for (const auto* name : {"email", "password"}) {
    if (user.at(name).is_null()) throw ApiError::invalid_payload("An email address and a password are required.");
  }
  items::write(services, nullptr, system_write(), [&](items::WriteContext& context) {
    if (has_users(context.connection, context.dialect())) throw ApiError::forbidden();
    auto administrator = user;
    const auto role = admin_role(context.connection, context.dialect());
    administrator["role"] = role ? json::value(*role) : make_admin_role(context);
    items::create_item(context, *context.schema->collection("directus_users"), std::move(administrator));
    items::upsert_singleton(context, *context.schema->collection("directus_settings"), owner_of(body));
  });
}

void store_owner(const items::Services& services, const access::Accountability* who, const json::object& body) {
  items::upsert_singleton(services, who, "directus_settings", owner_of(body), system_write());
}

}  // namespace ashlar::system
