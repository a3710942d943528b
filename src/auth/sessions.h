// Rows of directus_sessions, and the tokens that they stand for. A row is what a refresh token or a session id means;
// access tokens without a `session` claim need none.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "auth/context.h"
#include "base/json.h"

namespace ashlar::auth {

// How a client keeps its tokens: all in the body; the refresh token in a cookie; or only a session cookie.
enum class Mode { json, cookie, session };
std::optional<Mode> mode_from_name(std::string_view name);

// Who a session belongs to: a user, or a share.
struct Owner {
  std::optional<std::string> user, role, share;
};

// What a login or a refresh gives to the client.
struct Tokens {
  std::string access_token;
  std::string refresh_token;  // the session's row; not shown in session mode
  std::int64_t expires = 0;   // life of the access token, or of the session cookie, in milliseconds
  Owner owner;
  bool must_set_up_tfa = false;  // a policy demands a second factor, and there is none yet
};

struct Session {
  std::string token;
  Owner owner;  // without the role
  Moment expires;
  std::optional<std::string> next_token;
};

// Nothing where there is no such row, or it is expired.
std::optional<Session> find_live_session(database::Connection& connection, const database::Dialect& dialect,
                                         std::string_view token, Moment now);

// The token of a session that does not exist yet.
std::string new_session_token();

void insert_session(const Context& context, database::Connection& connection, const std::string& token,
                    const Owner& owner, const Client& client, Moment expires);

// Drops the rows that are expired: all, or those of one owner. Failing is no error, since others will do it again; so
// never call it inside of a transaction.
void remove_expired_sessions(const Context& context);
void remove_expired_sessions(const Context& context, const Owner& owner);

// The life of access tokens of the mode, in milliseconds.
std::int64_t access_token_life(const config::TokenSettings& settings, Mode mode);

// Signs the access token of a session. `claims` are added to those of the contract (access 2). For users the filters of
// the event auth.jwt may change them all; `purpose` (login, refresh) and `provider` are what they are told.
struct Signing {
  Mode mode = Mode::json;
  std::string_view purpose;
  std::string provider;
  json::object claims = {};
};
Tokens sign_tokens(const Context& context, const Owner& owner, std::string session, const Signing& signing,
                   const Client& client);

}  // namespace ashlar::auth
