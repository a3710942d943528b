#include "system/explain.h"

#include <fmt/format.h>

#include "access/explain.h"
#include "auth/users.h"
#include "base/error.h"
#include "base/text.h"

namespace ashlar::system {
namespace {

auth::User user_named(const items::Services& services, const std::string& name) {
  const auto connection = services.database.reader();
  const auto& dialect = services.database.dialect();
  auto user = is_uuid(name) ? auth::find_user(*connection, dialect, name)
                            : auth::find_user_by_email(*connection, dialect, name);
  if (!user) throw ApiError::invalid_query(fmt::format("There is no user \"{}\".", name));
  return std::move(*user);
}

std::string role_named(const access::AccessData& data, const std::string& name) {
  if (data.roles.contains(name)) return name;
  std::vector<std::string> keys;
  for (const auto& [id, role] : data.roles) {
    if (role.name == name) keys.push_back(id);
  }
  if (keys.empty()) throw ApiError::invalid_query(fmt::format("There is no role \"{}\".", name));
  if (keys.size() > 1) {
    throw ApiError::invalid_query(
        fmt::format("There are {} roles \"{}\": name one by its key: {}.", keys.size(), name, join(keys, ", ")));
  }
  return keys.front();
}

// A role is of many users: their variables have no one value.
void leave_out_users(json::object& variables) {
  for (auto variable = variables.begin(); variable != variables.end();) {
    variable = variable->key().starts_with("$CURRENT_USER") ? variables.erase(variable) : std::next(variable);
  }
}

json::value text_or_null(const std::optional<std::string>& text) {
  return text ? json::value(*text) : json::value(nullptr);
}

}  // namespace

json::object explain_access(const items::Services& services, const AccessQuestion& question) {
  const auto schema = services.schemas.current();
  if (schema->collection(question.collection) == nullptr) {
    throw ApiError::invalid_query(fmt::format("There is no collection \"{}\".", question.collection));
  }
  const auto data = services.access.data();
  access::Accountability who;
  who.ip = question.ip;
  json::value email, status;
  if (question.user) {
    const auto user = user_named(services, *question.user);
    who.user = user.id;
    who.role = user.role;
    email = text_or_null(user.email);
    status = user.status;
  } else if (question.role) {
    who.role = role_named(*data, *question.role);
  }
  services.access.complete(who);

  json::array roles;
  for (const auto& role : who.roles) roles.push_back(access::role_reference(*data, role));
  const auto connection = services.database.reader();
  const auto variables = items::rule_variables(services, schema, &who, *connection);
  json::object result{{"collection", question.collection},
                      {"action", access::action_name(question.action)},
                      {"asker", json::object{{"user", text_or_null(who.user)},
                                             {"email", email},
                                             {"status", status},
                                             {"role", text_or_null(who.role)},
                                             {"roles", std::move(roles)},
                                             {"admin", who.admin},
                                             {"app", who.app},
                                             {"ip", who.ip.empty() ? json::value() : json::value(who.ip)}}}};
  for (auto& [name, value] : access::explain(*data, who, question.collection, question.action, variables)) {
    result[name] = std::move(value);
  }
  if (question.role) leave_out_users(result.at("variables").as_object());
  return result;
}

}  // namespace ashlar::system
