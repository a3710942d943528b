#include "auth/sessions.h"

#include "auth/events.h"
#include "auth/rows.h"
#include "base/log.h"
#include "base/random.h"

namespace ashlar::auth {
namespace {

using database::SqlText;

constexpr std::size_t token_length = 64;

void remove_expired(const Context& context, std::string_view owner_column, const std::optional<std::string>& owner) {
  try {
    SqlText sql(context.services.database.dialect());
    sql << "DELETE FROM ";
    sql.name("directus_sessions");
    sql << " WHERE ";
    sql.name("expires");
    sql << " < ";
    sql.bind(timestamp(*sql.dialect, context.services.clock()));
    if (owner) {
      sql << " AND ";
      sql.name(owner_column);
      sql << " = ";
      sql.bind(*owner);
    }
    context.services.database.writer()->execute(sql.text, sql.parameters);
  } catch (const database::DatabaseError& error) {
    log::debug("expired sessions were not removed: {}", error.what());
  }
}

json::value id_or_null(const std::optional<std::string>& id) { return id ? json::value(*id) : json::value(nullptr); }

json::object access_claims(const Context& context, const Owner& owner, const Client& client) {
  if (owner.share) return {{"share", *owner.share}, {"role", nullptr}, {"app_access", false}, {"admin_access", false}};
  access::Accountability who{.user = owner.user, .role = owner.role, .ip = client.ip};
  context.services.access.complete(who);
  return {{"id", id_or_null(owner.user)},
          {"role", id_or_null(owner.role)},
          {"app_access", who.app},
          {"admin_access", who.admin}};
}

}  // namespace

std::optional<Mode> mode_from_name(std::string_view name) {
  if (name == "json") return Mode::json;
  if (name == "cookie") return Mode::cookie;
  if (name == "session") return Mode::session;
  return std::nullopt;
}

std::optional<Session> find_live_session(database::Connection& connection, const database::Dialect& dialect,
                                         std::string_view token, Moment now) {
  SqlText sql(dialect);
  std::string_view joint = "SELECT ";
  for (const std::string_view column : {"token", "user", "share", "expires", "next_token"}) {
    sql << joint;
    sql.name(column);
    joint = ", ";
  }
  sql << " FROM ";
  sql.name("directus_sessions");
  sql << " WHERE ";
  sql.name("token");
  sql << " = ";
  sql.bind(std::string(token));
  const auto rows = connection.query(sql.text, sql.parameters);
  // MySQL compares without case by default: what was found need not be what was asked for.
  if (!rows->next() || rows->cell(0).text != token) return std::nullopt;
  const auto expires = moment_of(rows->cell(3));
  if (!expires || *expires < now) return std::nullopt;
  Session session;
  session.token = token;
  session.owner.user = optional_text(rows->cell(1));
  session.owner.share = optional_text(rows->cell(2));
  session.expires = *expires;
  session.next_token = optional_text(rows->cell(4));
  return session;
}

std::string new_session_token() { return random_token(token_length); }

void insert_session(const Context& context, database::Connection& connection, const std::string& token,
                    const Owner& owner, const Client& client, Moment expires) {
  const auto& dialect = context.services.database.dialect();
  insert_row(connection, dialect, "directus_sessions",
             {{"token", token},
              {"user", text_or_null(owner.user)},
              {"share", text_or_null(owner.share)},
              {"expires", timestamp(dialect, expires)},
              {"ip", filled_or_null(cut_to(client.ip, 255))},
              {"user_agent", filled_or_null(cut_to(client.user_agent, 1024))},
              {"origin", filled_or_null(cut_to(client.origin, 255))}});
}

void remove_expired_sessions(const Context& context) { remove_expired(context, {}, std::nullopt); }

void remove_expired_sessions(const Context& context, const Owner& owner) {
  if (owner.user) {
    remove_expired(context, "user", owner.user);
  } else if (owner.share) {
    remove_expired(context, "share", owner.share);
  }
}

std::int64_t access_token_life(const config::TokenSettings& settings, Mode mode) {
  return mode == Mode::session ? settings.session.ttl_milliseconds : settings.access_ttl_milliseconds;
}

Tokens sign_tokens(const Context& context, const Owner& owner, std::string session, const Signing& signing,
                   const Client& client) {
  auto claims = access_claims(context, owner, client);
  if (signing.mode == Mode::session) claims["session"] = session;
  for (const auto& [name, value] : signing.claims) claims[name] = value;
  if (!owner.share) {
    claims = filtered(context, "auth.jwt", std::move(claims),
                      {{"status", "pending"},
                       {"user", id_or_null(owner.user)},
                       {"provider", signing.provider},
                       {"type", signing.purpose}},
                      client);
  }
  const auto life = access_token_life(context.tokens, signing.mode);
  return {.access_token = context.key.sign(std::move(claims), context.services.clock(), life),
          .refresh_token = std::move(session),
          .expires = life,
          .owner = owner};
}

}  // namespace ashlar::auth
