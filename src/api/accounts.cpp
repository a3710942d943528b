// How people get at their accounts by mail: invitations, registration, new passwords.
#include <algorithm>

#include "api/call.h"
#include "api/routes.h"
#include "auth/users.h"
#include "base/error.h"
#include "base/text.h"
#include "system/invitations.h"
#include "system/password_reset.h"
#include "system/registration.h"

namespace ashlar::api {
namespace {

void require_known_members(const Call& call, std::initializer_list<std::string_view> names) {
  const auto* body = call.body.if_object();
  if (body == nullptr) throw ApiError::invalid_payload("The body must be a JSON object.");
  for (const auto& [key, value] : *body) {
    if (std::find(names.begin(), names.end(), std::string_view(key)) == names.end()) {
      throw ApiError::invalid_payload("\"" + std::string(key) + "\" is not allowed here.");
    }
  }
}

std::string checked_email(const json::value& value) {
  const auto text = as_text(value);
  if (!text || !auth::is_email(*text)) throw ApiError::invalid_payload("\"email\" must be an email address.");
  return std::string(*text);
}

// Of one text, or of a list of them.
std::vector<std::string> emails_of(const Call& call) {
  const auto* value = find_member(call.body, "email");
  if (value == nullptr) throw ApiError::invalid_payload("\"email\" is required.");
  const auto* list = value->if_array();
  if (list == nullptr) return {checked_email(*value)};
  std::vector<std::string> emails;
  for (const auto& entry : *list) emails.push_back(checked_email(entry));
  return emails;
}

http::Response invite(Call& call) {
  require_known_members(call, {"email", "role", "invite_url"});
  system::Invitation invitation{emails_of(call), required_text(call, "role"), optional_text(call, "invite_url")};
  constexpr std::size_t version_at = 14;
  if (!is_uuid(invitation.role) || invitation.role[version_at] != '4') {
    throw ApiError::invalid_payload("\"role\" must be the id of a role.");
  }
  system::invite_users(call.app.auth, call.app.mails, call.who, invitation);
  return http::Response::no_content();
}

http::Response accept(Call& call) {
  const auto token = required_text(call, "token");
  system::accept_invitation(call.app.auth, token, required_text(call, "password"));
  return http::Response::no_content();
}

http::Response register_user(Call& call) {
  require_known_members(call, {"email", "password", "first_name", "last_name", "verification_url"});
  const auto* email = find_member(call.body, "email");
  const system::Registration registration{checked_email(email != nullptr ? *email : json::value()),
                                          required_text(call, "password"), optional_text(call, "first_name"),
                                          optional_text(call, "last_name"), optional_text(call, "verification_url")};
  system::register_user(call.app.auth, call.app.mails, registration);
  return http::Response::no_content();
}

http::Response verify(Call& call) {
  const auto* token = call.parameters.if_contains("token");
  const auto user = system::verify_registration(call.app.auth, token != nullptr ? to_text(*token) : std::string());
  return http::Response::redirect("/admin/users/" + user);
}

http::Response request_password(Call& call) {
  const auto email = required_text(call, "email");
  system::request_password_reset(call.app.auth, call.app.mails, email, optional_text(call, "reset_url"));
  return http::Response::no_content();
}

http::Response reset_password(Call& call) {
  const auto token = required_text(call, "token");
  system::reset_password(call.app.auth, token, required_text(call, "password"));
  return http::Response::no_content();
}

}  // namespace

void account_routes(http::Router& router, App& app) {
  // They wait by design, or hash passwords: they run where waiting holds nobody up.
  const http::RouteOptions waits{.run = http::Run::elastic};
  router.post("/users/invite", with_call(app, invite), waits);
  router.post("/users/invite/accept", with_call(app, accept), waits);
  router.post("/users/register", with_call(app, register_user), waits);
  router.get("/users/register/verify-email", with_call(app, verify), waits);
  router.post("/auth/password/request", with_call(app, request_password), waits);
  router.post("/auth/password/reset", with_call(app, reset_password), waits);
}

}  // namespace ashlar::api
