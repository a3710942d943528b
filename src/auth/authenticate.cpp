#include "auth/authenticate.h"

#include "auth/errors.h"
#include "auth/rows.h"
#include "auth/sessions.h"

namespace ashlar::auth {
namespace {

using access::Accountability;

// A claim that is a text, or nothing where it is absent or null. Throws INVALID_TOKEN for anything else.
std::optional<std::string> text_claim(const json::object& claims, std::string_view name) {
  const auto* claim = claims.if_contains(name);
  if (claim == nullptr || claim->is_null()) return std::nullopt;
  const auto text = as_text(*claim);
  if (!text) throw invalid_token();
  return std::string(*text);
}

bool session_is_live(const Context& context, const Accountability& who) {
  const auto connection = context.services.database.reader();
  const auto session =
      find_live_session(*connection, context.services.database.dialect(), *who.session, context.services.clock());
  return session &&
         (who.share ? session->owner.share == who.share : session->owner.user && session->owner.user == who.user);
}

void by_access_token(const Context& context, const DecodedJwt& token, Accountability& who) {
  context.key.verify(token, context.services.clock());
  // Present, not trusted: what a caller may do is computed anew.
  for (const std::string_view name : {"role", "app_access", "admin_access"}) {
    if (!token.claims.contains(name)) throw invalid_token();
  }
  who.user = text_claim(token.claims, "id");
  who.role = text_claim(token.claims, "role");
  who.share = text_claim(token.claims, "share");
  who.session = text_claim(token.claims, "session");
  if (who.session && !session_is_live(context, who)) throw ApiError::invalid_credentials();
}

std::optional<access::TokenHolder> find_token_holder(const Context& context, std::string_view token) {
  database::SqlText sql(context.services.database.dialect());
  sql << "SELECT ";
  sql.name("id") << ", ";
  sql.name("role") << ", ";
  sql.name("token") << " FROM ";
  sql.name("directus_users") << " WHERE ";
  sql.name("token") << " = ";
  sql.bind(std::string(token)) << " AND ";
  sql.name("status") << " = ";
  sql.bind(std::string("active"));
  const auto connection = context.services.database.reader();
  const auto rows = connection->query(sql.text, sql.parameters);
  // MySQL compares without case by default: what was found need not be what was asked for.
  if (!rows->next() || rows->cell(2).text != token) return std::nullopt;
  return access::TokenHolder{rows->cell(0).to_string(), optional_text(rows->cell(1))};
}

void by_static_token(const Context& context, std::string_view token, Accountability& who) {
  auto holder = context.services.access.token_holder(token, context.services.clock(),
                                                     [&] { return find_token_holder(context, token); });
  if (!holder) throw ApiError::invalid_credentials();
  who.user = std::move(holder->user);
  who.role = std::move(holder->role);
}

bool is_ours(const DecodedJwt& token) {
  const auto* issuer = token.claims.if_contains("iss");
  return issuer != nullptr && as_text(*issuer) == jwt_issuer;
}

}  // namespace

Accountability authenticate(const Context& context, std::optional<std::string_view> token, const Client& client) {
  Accountability who{.ip = client.ip, .user_agent = client.user_agent, .origin = client.origin};
  if (token) {
    const auto decoded = decode_jwt(*token);
    if (decoded && is_ours(*decoded)) {
      by_access_token(context, *decoded, who);
    } else {
      by_static_token(context, *token, who);
    }
  }
  context.services.access.complete(who);
  return who;
}

std::optional<Accountability> authenticate_at_once(const Context& context, std::optional<std::string_view> token,
                                                   const Client& client) {
  Accountability who{.ip = client.ip, .user_agent = client.user_agent, .origin = client.origin};
  const auto decoded = token ? decode_jwt(*token) : std::nullopt;
  if (decoded && is_ours(*decoded)) {
    for (const std::string_view name : {"session", "share"}) {
      const auto* claim = decoded->claims.if_contains(name);
      if (claim != nullptr && !claim->is_null()) return std::nullopt;
    }
    try {
      by_access_token(context, *decoded, who);
    } catch (const ApiError&) {
      return std::nullopt;
    }
  } else if (token) {
    auto holder = context.services.access.known_token_holder(*token, context.services.clock());
    if (!holder) return std::nullopt;
    who.user = std::move(holder->user);
    who.role = std::move(holder->role);
  }
  if (!context.services.access.is_loaded()) return std::nullopt;
  context.services.access.complete(who);
  return who;
}

}  // namespace ashlar::auth
