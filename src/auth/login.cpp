#include "auth/login.h"

#include <thread>

#include "access/policies.h"
#include "auth/activity.h"
#include "auth/errors.h"
#include "auth/events.h"
#include "auth/rows.h"
#include "auth/totp.h"

namespace ashlar::auth {
namespace {

constexpr int default_attempts = 25;

struct Candidate {
  std::optional<User> user;
  std::optional<std::int64_t> allowed_attempts;  // nothing: any number
};

// directus_settings.auth_login_attempts.
std::optional<std::int64_t> allowed_attempts(database::Connection& connection, const database::Dialect& dialect) {
  database::SqlText sql(dialect);
  sql << "SELECT ";
  sql.name("auth_login_attempts") << " FROM ";
  sql.name("directus_settings");
  const auto rows = connection.query(sql.text);
  if (!rows->next()) return default_attempts;
  if (rows->cell(0).is_null()) return std::nullopt;
  return rows->cell(0).to_integer();
}

Candidate find_candidate(const Context& context, std::string_view email) {
  const auto connection = context.services.database.reader();
  const auto& dialect = context.services.database.dialect();
  Candidate candidate{.user = find_user_by_email(*connection, dialect, email)};
  if (candidate.user) candidate.allowed_attempts = allowed_attempts(*connection, dialect);
  return candidate;
}

void suspend(const Context& context, const User& user, const Client& client) {
  const auto& dialect = context.services.database.dialect();
  context.services.database.transact([&](database::Connection& connection) {
    const auto changed = update_rows(connection, dialect, "directus_users", {{"status", std::string("suspended")}},
                                     {{"id", user.id}, {"status", std::string("active")}});
    if (changed == 0) return;
    const std::string delta = R"({"status":"suspended"})";
    const auto activity = write_activity(context, connection, "update", user.id, client);
    insert_row(connection, dialect, "directus_revisions",
               {{"activity", activity},
                {"collection", std::string("directus_users")},
                {"item", user.id},
                {"data", delta},
                {"delta", delta}});
  });
  context.services.access.invalidate();  // his static token ends at once, in other processes too
  if (context.services.on_written) context.services.on_written({"directus_users"});
  context.attempts.reset(user.id);
}

bool has_second_factor(const User& user) { return user.tfa_secret && !user.tfa_secret->empty(); }

// A policy of the user's own role, attached to it directly, demands a second factor that he has not set up yet.
bool must_set_up_tfa(const Context& context, const User& user) {
  if (!user.role || has_second_factor(user)) return false;
  const auto data = context.services.access.data();
  const auto policies = data->role_policies.find(*user.role);
  return policies != data->role_policies.end() && access::enforces_tfa(*data, policies->second);
}

// Counted before anything is checked, so that attempts at the same time do not get past the limit; the one that is too
// many is refused even if it is right. Gives false for that one.
bool count_attempt(const Context& context, const User& user, std::optional<std::int64_t> allowed,
                   const Client& client) {
  const auto attempts = context.attempts.add(user.id);
  if (!allowed || attempts <= *allowed) return true;
  suspend(context, user, client);
  return false;
}

void check_second_factor(const Context& context, const User& user, const std::optional<std::string>& otp) {
  if (has_second_factor(user) && !(otp && totp_matches(*otp, *user.tfa_secret, context.services.clock()))) {
    throw invalid_otp();
  }
  context.attempts.reset(user.id);
}

// The user whom the credentials belong to, all factors checked.
const User& checked(const Context& context, const Candidate& candidate, const LoginRequest& request,
                    const Client& client) {
  const auto& [user, allowed] = candidate;
  if (!user || !user->is_active() || user->provider != request.provider ||
      !count_attempt(context, *user, allowed, client)) {
    context.hasher.verify_nothing(request.password);
    throw ApiError::invalid_credentials();
  }
  const bool right = user->password && !user->password->empty()
                         ? context.hasher.verify(request.password, *user->password)
                         : context.hasher.verify_nothing(request.password);
  if (!right) throw ApiError::invalid_credentials();
  check_second_factor(context, *user, request.otp);
  return *user;
}

// The user whom a provider has vouched for, all factors checked.
User vouched_for(const Context& context, const ExternalLogin& request, const Client& client) {
  const auto require = [&](const User& user) {
    if (!user.is_active() || user.provider != request.provider) throw ApiError::invalid_credentials();
  };
  if (request.known) {
    require(*request.known);
    std::optional<std::int64_t> allowed;
    {
      const auto connection = context.services.database.reader();
      allowed = allowed_attempts(*connection, context.services.database.dialect());
    }
    if (!count_attempt(context, *request.known, allowed, client)) throw ApiError::invalid_credentials();
  }
  auto user = request.vouch();
  require(user);
  check_second_factor(context, user, request.otp);
  return user;
}

// What filters of auth.login see of the request, and take back from them.
json::object credentials_of(const LoginRequest& request) {
  json::object credentials{{"email", request.email}, {"password", request.password}};
  if (request.otp) credentials["otp"] = *request.otp;
  return credentials;
}

void take_credentials(LoginRequest& request, const json::object& credentials) {
  const auto member = [&](std::string_view name) -> std::optional<std::string> {
    const auto* value = credentials.if_contains(name);
    const auto text = value ? as_text(*value) : std::nullopt;
    if (!text) return std::nullopt;
    return std::string(*text);
  };
  request.password = member("password").value_or("");
  request.otp = member("otp");
}

// Runs the login and tells the actions of auth.login how it ended.
template <typename Login>
Tokens telling(const Context& context, json::object meta, const Client& client, Login&& attempt) {
  try {
    auto tokens = attempt();
    meta["status"] = "success";
    tell(context, "auth.login", meta, client);
    return tokens;
  } catch (const ApiError& error) {
    meta["status"] = "fail";
    meta["error"] = {{"code", error.details().front().code}, {"message", error.what()}};
    tell(context, "auth.login", meta, client);
    throw;
  }
}

}  // namespace

Stall::Stall(std::int64_t milliseconds)
    : end_(std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds)) {}

Stall::~Stall() { std::this_thread::sleep_until(end_); }

Tokens login(const Context& context, LoginRequest request, const Client& client) {
  const Stall stall(context.login.login_stall_milliseconds);
  const auto candidate = find_candidate(context, request.email);
  json::object meta{{"status", "pending"},
                    {"user", candidate.user ? json::value(candidate.user->id) : json::value(nullptr)},
                    {"provider", request.provider}};
  auto credentials = filtered(context, "auth.login", credentials_of(request), meta, client);
  take_credentials(request, credentials);
  meta["payload"] = std::move(credentials);
  return telling(context, std::move(meta), client, [&] {
    return open_session(context, checked(context, candidate, request, client), request.mode, client);
  });
}

Tokens login_externally(const Context& context, ExternalLogin request, const Client& client) {
  json::object meta{{"status", "pending"},
                    {"user", request.known ? json::value(request.known->id) : json::value(nullptr)},
                    {"provider", request.provider}};
  meta["payload"] = filtered(context, "auth.login", std::move(request.payload), meta, client);
  return telling(context, std::move(meta), client,
                 [&] { return open_session(context, vouched_for(context, request, client), request.mode, client); });
}

Tokens open_session(const Context& context, const User& user, Mode mode, const Client& client) {
  const auto& dialect = context.services.database.dialect();
  const Owner owner{.user = user.id, .role = user.role};
  const auto now = context.services.clock();
  Signing signing{.mode = mode, .purpose = "login", .provider = user.provider};
  const bool lacks_tfa = must_set_up_tfa(context, user);
  if (lacks_tfa) signing.claims["enforce_tfa"] = true;
  const auto session = new_session_token();
  auto tokens = sign_tokens(context, owner, session, signing, client);
  tokens.must_set_up_tfa = lacks_tfa;
  context.services.database.transact([&](database::Connection& connection) {
    insert_session(context, connection, session, owner, client,
                   Moment{now.milliseconds + context.tokens.refresh.ttl_milliseconds});
    write_activity(context, connection, "login", user.id, client);
    update_rows(connection, dialect, "directus_users", {{"last_access", timestamp(dialect, now)}}, {{"id", user.id}});
  });
  remove_expired_sessions(context);
  return tokens;
}

}  // namespace ashlar::auth
