#include "auth/login.h"

#include <thread>

#include "access/policies.h"
#include "auth/activity.h"
#include "auth/errors.h"
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

Candidate find_candidate(const Context& context, const LoginRequest& request) {
  const auto connection = context.database.reader();
  const auto& dialect = context.database.dialect();
  Candidate candidate{.user = find_user_by_email(*connection, dialect, request.email)};
  if (candidate.user && (!candidate.user->is_active() || candidate.user->provider != request.provider)) {
    candidate.user.reset();
  }
  if (candidate.user) candidate.allowed_attempts = allowed_attempts(*connection, dialect);
  return candidate;
}

void suspend(const Context& context, const User& user, const Client& client) {
  const auto& dialect = context.database.dialect();
  context.database.transact([&](database::Connection& connection) {
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
  context.attempts.reset(user.id);
}

// A policy of the user's own role, attached to it directly, demands a second factor that he has not set up yet.
bool must_set_up_tfa(const Context& context, const User& user) {
  if (!user.role || (user.tfa_secret && !user.tfa_secret->empty())) return false;
  const auto data = context.access.data();
  const auto policies = data->role_policies.find(*user.role);
  return policies != data->role_policies.end() && access::enforces_tfa(*data, policies->second);
}

}  // namespace

Stall::Stall(std::int64_t milliseconds)
    : end_(std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds)) {}

Stall::~Stall() { std::this_thread::sleep_until(end_); }

Tokens login(const Context& context, const LoginRequest& request, const Client& client) {
  const Stall stall(context.login.login_stall_milliseconds);
  const auto [user, allowed] = find_candidate(context, request);
  if (!user) {
    context.hasher.verify_nothing(request.password);
    throw ApiError::invalid_credentials();
  }
  // Counted before the password is looked at, so that attempts at the same time do not get past the limit; the one that
  // is too many is refused even if its password is right.
  const auto attempts = context.attempts.add(user->id);
  if (allowed && attempts > *allowed) {
    suspend(context, *user, client);
    context.hasher.verify_nothing(request.password);
    throw ApiError::invalid_credentials();
  }
  const bool right = user->password && !user->password->empty()
                         ? context.hasher.verify(request.password, *user->password)
                         : context.hasher.verify_nothing(request.password);
  if (!right) throw ApiError::invalid_credentials();
  if (user->tfa_secret && !user->tfa_secret->empty() &&
      !(request.otp && totp_matches(*request.otp, *user->tfa_secret, context.clock()))) {
    throw invalid_otp();
  }
  context.attempts.reset(user->id);
  return open_session(context, *user, request.mode, client);
}

Tokens open_session(const Context& context, const User& user, Mode mode, const Client& client) {
  const auto& dialect = context.database.dialect();
  const Owner owner{.user = user.id, .role = user.role};
  const auto now = context.clock();
  json::object further;
  if (must_set_up_tfa(context, user)) further["enforce_tfa"] = true;
  auto session = new_session_token();
  context.database.transact([&](database::Connection& connection) {
    insert_session(context, connection, session, owner, client,
                   Moment{now.milliseconds + context.tokens.refresh.ttl_milliseconds});
    write_activity(context, connection, "login", user.id, client);
    update_rows(connection, dialect, "directus_users", {{"last_access", timestamp(dialect, now)}}, {{"id", user.id}});
  });
  auto tokens = sign_tokens(context, owner, std::move(session), mode, client, further);
  remove_expired_sessions(context);
  return tokens;
}

}  // namespace ashlar::auth
