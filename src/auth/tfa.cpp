#include "auth/tfa.h"

#include "auth/rows.h"
#include "auth/totp.h"
#include "auth/users.h"
#include "base/error.h"

namespace ashlar::auth {
namespace {

User load(const Context& context, std::string_view id) {
  const auto connection = context.services.database.reader();
  auto user = find_user(*connection, context.services.database.dialect(), id);
  if (!user) throw ApiError::invalid_credentials();
  return std::move(*user);
}

bool has_secret(const User& user) { return user.tfa_secret && !user.tfa_secret->empty(); }

// directus_settings.project_name: authenticator apps show it above the code.
std::string project_name(const Context& context) {
  database::SqlText sql(context.services.database.dialect());
  sql << "SELECT ";
  sql.name("project_name") << " FROM ";
  sql.name("directus_settings");
  const auto connection = context.services.database.reader();
  const auto rows = connection->query(sql.text);
  auto name = rows->next() ? rows->cell(0).to_string() : std::string();
  return name.empty() ? "Directus" : name;
}

void store(const Context& context, std::string_view user, database::Value secret) {
  context.services.database.transact([&](database::Connection& connection) {
    update_rows(connection, context.services.database.dialect(), "directus_users", {{"tfa_secret", secret}},
                {{"id", std::string(user)}});
  });
}

}  // namespace

TfaSetup generate_tfa(const Context& context, std::string_view id, const std::optional<std::string>& password) {
  const auto user = load(context, id);
  if (user.provider == "default") {
    if (!password || password->empty()) throw ApiError::invalid_payload(R"("password" is required)");
    if (!user.password || !context.hasher.verify(*password, *user.password)) throw ApiError::invalid_credentials();
  }
  if (has_secret(user)) throw ApiError::invalid_payload("Two-factor authentication is enabled already");
  if (!user.email || user.email->empty()) throw ApiError::invalid_payload("The user has no email address");
  auto secret = new_totp_secret();
  auto url = otpauth_url(project_name(context), *user.email, secret);
  return {std::move(secret), std::move(url)};
}

void enable_tfa(const Context& context, std::string_view id, std::string_view secret, std::string_view otp) {
  const auto user = load(context, id);
  if (has_secret(user)) throw ApiError::invalid_payload("Two-factor authentication is enabled already");
  if (!totp_matches(otp, secret, context.services.clock())) throw ApiError::invalid_payload(R"("otp" is invalid)");
  store(context, id, std::string(secret));
}

void check_tfa_code(const Context& context, std::string_view id, std::string_view otp) {
  const auto user = load(context, id);
  if (!has_secret(user)) throw ApiError::invalid_payload("Two-factor authentication is not enabled");
  if (!totp_matches(otp, *user.tfa_secret, context.services.clock()))
    throw ApiError::invalid_payload(R"("otp" is invalid)");
}

void disable_tfa(const Context& context, std::string_view id, std::string_view otp) {
  check_tfa_code(context, id, otp);
  store(context, id, std::monostate());
}

void reset_tfa(const Context& context, std::string_view id) { store(context, id, std::monostate()); }

}  // namespace ashlar::auth
