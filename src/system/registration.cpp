#include "system/registration.h"

#include "auth/login.h"
#include "auth/users.h"
#include "base/error.h"
#include "items/read.h"
#include "items/validation.h"
#include "items/write.h"
#include "system/mail_links.h"
#include "system/users.h"

namespace ashlar::system {
namespace {

constexpr std::string_view collection = "directus_users";
constexpr std::string_view unverified = "unverified";

struct Rules {
  bool is_open = false;
  bool verifies = true;
  json::value role;
  json::value email_filter;
};

Rules read_rules(const items::Services& services) {
  query::Query query;
  query.fields = {"public_registration", "public_registration_verify_email", "public_registration_role",
                  "public_registration_email_filter"};
  const auto row = items::read_value(services, nullptr, "directus_settings", query, {});
  const auto member = [&](std::string_view name) {
    const auto* value = find_member(row, name);
    return value != nullptr ? *value : json::value();
  };
  Rules rules;
  rules.is_open = member("public_registration") == json::value(true);
  rules.verifies = member("public_registration_verify_email") != json::value(false);
  rules.role = member("public_registration_role");
  rules.email_filter = member("public_registration_email_filter");
  return rules;
}

std::optional<auth::User> find_user(const items::Services& services, std::string_view email) {
  const auto lease = services.database.reader();
  return auth::find_user_by_email(*lease, services.database.dialect(), email);
}

void check_password(const items::Services& services, std::string_view password) {
  const auto lease = services.database.reader();
  check_password_policy(*lease, services.database.dialect(), password);
}

json::value text_or_null(const std::optional<std::string>& text) { return text ? json::value(*text) : json::value(); }

void create_user(const items::Services& services, const Registration& registration, const Rules& rules) {
  json::object user{{"email", registration.email},
                    {"password", registration.password},
                    {"status", rules.verifies ? unverified : "active"},
                    {"role", rules.role}};
  if (registration.first_name) user["first_name"] = *registration.first_name;
  if (registration.last_name) user["last_name"] = *registration.last_name;
  items::create_item(services, nullptr, collection, std::move(user), {.allow_system = true});
}

// Two at the same time with one address: the second finds it taken, which is nobody's business.
void create_or_leave(const items::Services& services, const Registration& registration, const Rules& rules) {
  try {
    create_user(services, registration, rules);
  } catch (const ApiError& error) {
    if (error.details().front().code != "RECORD_NOT_UNIQUE") throw;
  }
}

}  // namespace

void register_user(const auth::Context& context, const Mails& mails, const Registration& registration) {
  const auto& services = context.services;
  const auth::Stall stall(context.login.register_stall_milliseconds);
  check_link_target(registration.url, context.login.register_url_allow_list, "verification_url");
  const auto rules = read_rules(services);
  if (!rules.is_open) throw ApiError::forbidden();
  const bool has_filter = rules.email_filter.is_object() && !rules.email_filter.get_object().empty();
  if (has_filter && !items::broken_rules(rules.email_filter, {{"email", registration.email}}).empty()) {
    throw ApiError::forbidden();
  }
  check_password(services, registration.password);

  const auto user = find_user(services, registration.email);
  if (user) {
    context.hasher.verify_nothing(registration.password);  // takes as long as making one
    if (user->status != unverified) return;
  } else {
    create_or_leave(services, registration, rules);
  }
  if (!rules.verifies) return;
  const auto email = user && user->email ? *user->email : registration.email;
  const auto token =
      sign_mail_token(context, email, purpose::registration, context.tokens.email_verification_ttl_milliseconds);
  const auto url = with_token(registration.url.value_or(mails.address_of("/users/register/verify-email")), token);
  mails.send_or_log(Mails::from_template(email, "Verify your email address", "user-registration",
                                         {{"url", url},
                                          {"email", email},
                                          {"first_name", text_or_null(registration.first_name)},
                                          {"last_name", text_or_null(registration.last_name)}}));
}

std::string verify_registration(const auth::Context& context, const std::string& token) {
  const auto read = read_mail_token(context, token, purpose::registration);
  const auto user = find_user(context.services, read.email);
  if (!user || user->status != unverified) throw ApiError::invalid_payload("There is nothing to verify any more.");
  items::update_items(context.services, nullptr, collection, {json::value(user->id)}, {{"status", "active"}},
                      {.allow_system = true});
  return user->id;
}

}  // namespace ashlar::system
