#include "auth/refresh.h"

#include "auth/activity.h"
#include "auth/drivers/drivers.h"
#include "auth/errors.h"
#include "auth/rows.h"
#include "auth/users.h"

namespace ashlar::auth {
namespace {

using database::Connection;
using database::SqlText;

// Whether the share exists and the moment lies inside of its dates.
bool share_is_open(Connection& connection, const database::Dialect& dialect, const std::string& share, Moment now) {
  SqlText sql(dialect);
  sql << "SELECT ";
  sql.name("date_start") << ", ";
  sql.name("date_end") << " FROM ";
  sql.name("directus_shares") << " WHERE ";
  sql.name("id") << " = ";
  sql.bind(share);
  const auto rows = connection.query(sql.text, sql.parameters);
  if (!rows->next()) return false;
  const auto start = moment_of(rows->cell(0));
  const auto end = moment_of(rows->cell(1));
  return (!start || *start <= now) && (!end || *end >= now);
}

// The user's status is checked after the statement's connection went back: a dead session is deleted by a writer.
struct Found {
  Session session;
  std::optional<User> user;
};

Found find_session(const Context& context, std::string_view token) {
  const auto& dialect = context.services.database.dialect();
  const auto now = context.services.clock();
  const auto connection = context.services.database.reader();
  auto session = find_live_session(*connection, dialect, token, now);
  if (!session) throw ApiError::invalid_credentials();
  Found found{std::move(*session), std::nullopt};
  auto& owner = found.session.owner;
  if (owner.share) {
    if (!share_is_open(*connection, dialect, *owner.share, now)) throw ApiError::invalid_credentials();
    return found;
  }
  if (owner.user) found.user = find_user(*connection, dialect, *owner.user);
  if (!found.user) throw ApiError::invalid_credentials();
  owner.role = found.user->role;
  return found;
}

void refuse_inactive(const Context& context, const Found& found) {
  if (!found.user || found.user->is_active()) return;
  context.services.database.transact([&](Connection& connection) {
    delete_rows(connection, context.services.database.dialect(), "directus_sessions", {{"token", found.session.token}});
  });
  if (found.user->status == "suspended") throw user_suspended();
  throw ApiError::invalid_credentials();
}

// Gives the row a new token. Empty where another request was faster.
std::string rotate(const Context& context, Connection& connection, const Session& session, Moment now) {
  const auto& dialect = context.services.database.dialect();
  auto token = new_session_token();
  const Moment expires{now.milliseconds + context.tokens.refresh.ttl_milliseconds};
  const auto changed =
      update_rows(connection, dialect, "directus_sessions",
                  {{"token", token}, {"expires", timestamp(dialect, expires)}}, {{"token", session.token}});
  return changed == 1 ? token : std::string();
}

// Prolongs the session that follows upon an old one. Empty where it is gone.
std::string prolong(Connection& connection, const database::Dialect& dialect, const std::string& token, Moment expires,
                    Moment now) {
  update_rows(connection, dialect, "directus_sessions", {{"expires", timestamp(dialect, expires)}}, {{"token", token}});
  // Asked for rather than counted: MySQL does not count rows that had the value already.
  return find_live_session(connection, dialect, token, now) ? token : std::string();
}

// Gives the session a successor, or finds the one that it has. Of several requests at the same time one sets
// next_token; the others wait for its transaction at the same UPDATE, change nothing, and read what it set.
std::string succeed(const Context& context, Connection& connection, const Session& session, const Client& client,
                    Moment now) {
  const auto& dialect = context.services.database.dialect();
  const Moment expires{now.milliseconds + context.tokens.session.ttl_milliseconds};
  if (session.next_token) return prolong(connection, dialect, *session.next_token, expires, now);
  auto token = new_session_token();
  const Moment grace{now.milliseconds + context.tokens.session_grace_period_milliseconds};
  const auto changed = update_rows(connection, dialect, "directus_sessions",
                                   {{"next_token", token}, {"expires", timestamp(dialect, grace)}},
                                   {{"token", session.token}, {"next_token", std::monostate()}});
  if (changed == 1) {
    insert_session(context, connection, token, session.owner, client, expires);
    return token;
  }
  const auto again = find_live_session(connection, dialect, session.token, now);
  return again && again->next_token ? prolong(connection, dialect, *again->next_token, expires, now) : std::string();
}

}  // namespace

Tokens refresh(const Context& context, std::string_view token, Mode mode, const Client& client) {
  const auto& dialect = context.services.database.dialect();
  const auto found = find_session(context, token);
  refuse_inactive(context, found);
  // A session that has a successor was asked about when that was made.
  if (found.user && context.drivers && !(mode == Mode::session && found.session.next_token)) {
    context.drivers->refresh(context, *found.user);
  }
  const auto& owner = found.session.owner;
  const auto now = context.services.clock();
  std::string next;
  context.services.database.transact([&](Connection& connection) {
    next = mode == Mode::session ? succeed(context, connection, found.session, client, now)
                                 : rotate(context, connection, found.session, now);
    if (next.empty() || !owner.user) return;
    update_rows(connection, dialect, "directus_users", {{"last_access", timestamp(dialect, now)}},
                {{"id", *owner.user}});
  });
  if (next.empty()) throw ApiError::invalid_credentials();
  const Signing signing{
      .mode = mode, .purpose = "refresh", .provider = found.user ? found.user->provider : std::string()};
  auto tokens = sign_tokens(context, owner, std::move(next), signing, client);
  remove_expired_sessions(context, owner);
  return tokens;
}

void logout(const Context& context, std::string_view token, const Client& client) {
  const auto& dialect = context.services.database.dialect();
  context.services.database.transact([&](Connection& connection) {
    const auto session = find_live_session(connection, dialect, token, context.services.clock());
    if (!session) return;
    delete_rows(connection, dialect, "directus_sessions", {{"token", session->token}});
    if (session->owner.user) write_activity(context, connection, "logout", *session->owner.user, client);
  });
}

}  // namespace ashlar::auth
