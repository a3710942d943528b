#include "auth/drivers/people.h"

#include "auth/drivers/options.h"
#include "auth/events.h"
#include "auth/rows.h"
#include "base/error.h"
#include "items/write.h"

namespace ashlar::auth {
namespace {

using database::SqlText;

constexpr std::string_view users = "directus_users";
const items::WriteOptions options{.allow_system = true};

json::object event_meta(const std::string& provider, const Person& person) {
  return {{"identifier", person.identifier}, {"provider", provider}, {"providerPayload", person.payload}};
}

// The user's fields of these names as texts, in their order; nothing where a field is null.
std::vector<std::optional<std::string>> read_fields(const Context& context, const std::string& user,
                                                    const std::vector<std::string_view>& names) {
  SqlText sql(context.services.database.dialect());
  std::string_view joint = "SELECT ";
  for (const auto name : names) {
    (sql << joint).name(name);
    joint = ", ";
  }
  (sql << " FROM ").name(users) << " WHERE ";
  (sql.name("id") << " = ").bind(user);
  const auto connection = context.services.database.reader();
  const auto rows = connection->query(sql.text, sql.parameters);
  std::vector<std::optional<std::string>> values(names.size());
  if (!rows->next()) return values;
  for (std::size_t i = 0; i < names.size(); ++i) values[i] = optional_text(rows->cell(static_cast<int>(i)));
  return values;
}

User make_user(const Context& context, const std::string& provider, const Person& person, const Client& client) {
  if (!person.may_register) throw ApiError::invalid_credentials();
  json::object payload = person.for_new;
  payload["provider"] = provider;
  payload["external_identifier"] = person.identifier;
  payload = filtered(context, "auth.create", std::move(payload), event_meta(provider, person), client);
  try {
    items::create_item(context.services, nullptr, users, std::move(payload), options);
  } catch (const ApiError& error) {
    if (error.details().front().code == "RECORD_NOT_UNIQUE") throw invalid_provider();
    throw;
  }
  auto made = find_person(context, person.identifier);
  if (!made) throw ApiError::invalid_credentials();
  return std::move(*made);
}

}  // namespace

std::optional<User> find_person(const Context& context, std::string_view identifier) {
  const auto connection = context.services.database.reader();
  return find_user_by_identifier(*connection, context.services.database.dialect(), identifier);
}

void require_user_of(const User& user, std::string_view provider) {
  if (!user.is_active() || user.provider != provider) throw ApiError::invalid_credentials();
}

User admit(const Context& context, const std::string& provider, const Person& person, const Client& client) {
  const auto known = find_person(context, person.identifier);
  if (!known) return make_user(context, provider, person, client);
  require_user_of(*known, provider);
  auto changes = filtered(context, "auth.update", person.for_known, event_meta(provider, person), client);
  update_user(context, known->id, std::move(changes));
  const auto connection = context.services.database.reader();
  auto user = find_user(*connection, context.services.database.dialect(), known->id);
  if (!user) throw ApiError::invalid_credentials();
  return std::move(*user);
}

void update_user(const Context& context, const std::string& user, json::object fields) {
  if (fields.empty()) return;
  std::vector<std::string_view> names;
  for (const auto& field : fields) names.push_back(field.key());
  const auto present = read_fields(context, user, names);
  json::object changes;
  std::size_t i = 0;
  for (auto& [name, value] : fields) {
    const auto& before = present[i++];
    const bool same = before ? as_text(value) == *before : value.is_null();
    if (!same) changes[name] = value;
  }
  if (changes.empty()) return;
  try {
    items::update_items(context.services, nullptr, users, {json::value(user)}, std::move(changes), options);
  } catch (const ApiError& error) {
    if (error.details().front().code == "RECORD_NOT_UNIQUE") throw invalid_provider();
    throw;
  }
}

std::string kept_identifier(const Context& context, const std::string& user) {
  return read_fields(context, user, {"external_identifier"}).front().value_or("");
}

std::string kept_refresh_token(const Context& context, const std::string& user) {
  const auto text = read_fields(context, user, {"auth_data"}).front();
  const auto data = text ? parse_json(*text) : std::nullopt;
  return data ? std::string(text_member(*data, "refreshToken").value_or("")) : std::string();
}

}  // namespace ashlar::auth
