#include "api/tokens.h"

#include "auth/cookies.h"
#include "base/error.h"

namespace ashlar::api {

auth::Mode mode_of(const Call& call, std::string_view fallback) {
  const auto name = optional_text(call, "mode").value_or(std::string(fallback));
  const auto mode = auth::mode_from_name(name);
  if (!mode) throw ApiError::invalid_payload("\"mode\" must be json, cookie or session.");
  return *mode;
}

http::Response token_answer(const Call& call, const auth::Tokens& tokens, auth::Mode mode) {
  const auto& cookies = call.app.settings.tokens;
  json::object data{{"expires", tokens.expires}};
  if (mode != auth::Mode::session) data["access_token"] = tokens.access_token;
  if (mode == auth::Mode::json) data["refresh_token"] = tokens.refresh_token;
  auto answer = data_answer(data);
  if (mode == auth::Mode::cookie) {
    answer.add_header("Set-Cookie", auth::set_cookie(cookies.refresh, tokens.refresh_token, now()));
  } else if (mode == auth::Mode::session) {
    answer.add_header("Set-Cookie", auth::set_cookie(cookies.session, tokens.access_token, now()));
  }
  return answer;
}

}  // namespace ashlar::api
