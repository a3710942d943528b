#include <fmt/format.h>

#include "base/text.h"
#include "config/groups.h"

namespace ashlar::config {
namespace {

constexpr std::size_t good_secret_length = 32;

CookieSettings read_cookie(const Reader& reader, const std::string& prefix, std::string_view ttl_name) {
  return {.name = reader.text(prefix + "NAME"),
          .domain = reader.optional_text(prefix + "DOMAIN"),
          .secure = reader.boolean(prefix + "SECURE"),
          .same_site = reader.choice(prefix + "SAME_SITE"),
          .ttl_milliseconds = reader.milliseconds(ttl_name)};
}

HashSettings read_hash(const Reader& reader) {
  HashSettings hash;
  hash.memory_kib = reader.integer("HASH_MEMORY_COST");
  hash.passes = reader.integer("HASH_TIME_COST");
  hash.lanes = reader.integer("HASH_PARALLELISM");
  hash.length = reader.integer("HASH_HASH_LENGTH");
  const auto variant = reader.integer("HASH_TYPE");
  if (variant > 2) reader.refuse("HASH_TYPE", "0 (Argon2d), 1 (Argon2i) or 2 (Argon2id)");
  hash.variant = static_cast<int>(variant);
  hash.associated_data = reader.text("HASH_ASSOCIATED_DATA");
  hash.secret = reader.text("HASH_SECRET");
  return hash;
}

AuthProvider read_provider(const Reader& reader, const std::string& prefix) {
  AuthProvider provider;
  provider.driver = reader.choice(prefix + "DRIVER");
  provider.label = reader.optional_text(prefix + "LABEL");
  provider.icon = reader.optional_text(prefix + "ICON");
  provider.mode = reader.text(prefix + "MODE");
  provider.login_timeout_milliseconds = reader.milliseconds(prefix + "LOGIN_TIMEOUT");
  provider.cookie_secure = reader.boolean(prefix + "COOKIE_SECURE");
  provider.allow_public_registration = reader.boolean(prefix + "ALLOW_PUBLIC_REGISTRATION");
  provider.default_role = reader.optional_text(prefix + "DEFAULT_ROLE_ID");
  provider.role_mapping = reader.object(prefix + "ROLE_MAPPING");
  provider.sync_user_info = reader.boolean(prefix + "SYNC_USER_INFO");
  provider.redirect_allow_list = reader.patterns(prefix + "REDIRECT_ALLOW_LIST");
  return provider;
}

}  // namespace

TokenSettings read_tokens(const Reader& reader, Remarks& remarks) {
  TokenSettings tokens;
  tokens.secret = reader.text("SECRET");
  if (!tokens.secret.empty() && tokens.secret.size() < good_secret_length) {
    remarks.warnings.push_back(
        fmt::format("SECRET is shorter than {} bytes: tokens signed with it may be guessed", good_secret_length));
  }
  tokens.access_ttl_milliseconds = reader.milliseconds("ACCESS_TOKEN_TTL");
  tokens.refresh = read_cookie(reader, "REFRESH_TOKEN_COOKIE_", "REFRESH_TOKEN_TTL");
  tokens.session = read_cookie(reader, "SESSION_COOKIE_", "SESSION_COOKIE_TTL");
  tokens.session_grace_period_milliseconds = reader.milliseconds("SESSION_REFRESH_GRACE_PERIOD");
  tokens.email_verification_ttl_milliseconds = reader.milliseconds("EMAIL_VERIFICATION_TOKEN_TTL");
  tokens.user_invite_ttl_milliseconds = reader.milliseconds("USER_INVITE_TOKEN_TTL");
  return tokens;
}

LoginSettings read_login(const Reader& reader) {
  return {.invite_url_allow_list = reader.patterns("USER_INVITE_URL_ALLOW_LIST"),
          .register_url_allow_list = reader.patterns("USER_REGISTER_URL_ALLOW_LIST"),
          .password_reset_url_allow_list = reader.patterns("PASSWORD_RESET_URL_ALLOW_LIST"),
          .login_stall_milliseconds = reader.milliseconds("LOGIN_STALL_TIME"),
          .register_stall_milliseconds = reader.milliseconds("REGISTER_STALL_TIME"),
          .hash = read_hash(reader),
          .admin_access_limit = reader.limit("USERS_ADMIN_ACCESS_LIMIT"),
          .app_access_limit = reader.limit("USERS_APP_ACCESS_LIMIT"),
          .api_access_limit = reader.limit("USERS_API_ACCESS_LIMIT")};
}

AuthSettings read_auth(const Reader& reader, const Environment& environment, Remarks& remarks) {
  AuthSettings auth;
  auth.disable_default = reader.boolean("AUTH_DISABLE_DEFAULT");
  auth.allowed_public_urls = reader.list("AUTH_ALLOWED_PUBLIC_URLS");
  const auto names = reader.list("AUTH_PROVIDERS");
  for (const auto& name : names) {
    const auto prefix = "AUTH_" + to_upper(name) + "_";
    if (!reader.is_given(prefix + "DRIVER")) {
      remarks.warnings.push_back(
          fmt::format("AUTH_PROVIDERS names {}, but {}DRIVER is not set: ignored", name, prefix));
      continue;
    }
    auto provider = read_provider(reader, prefix);
    provider.name = name;
    provider.options = options_of(environment, "AUTH_", name, names);
    auth.providers.push_back(std::move(provider));
  }
  return auth;
}

}  // namespace ashlar::config
