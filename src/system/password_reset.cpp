#include "system/password_reset.h"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

#include "auth/encoding.h"
#include "auth/login.h"
#include "auth/users.h"
#include "base/error.h"
#include "items/write.h"
#include "system/mail_links.h"

namespace ashlar::system {
namespace {

constexpr std::int64_t token_life_milliseconds = 86'400'000;

std::optional<auth::User> find_user(const items::Services& services, std::string_view email) {
  const auto lease = services.database.reader();
  return auth::find_user_by_email(*lease, services.database.dialect(), email);
}

bool may_reset(const std::optional<auth::User>& user) {
  return user && user->is_active() && user->provider == "default";
}

// Tells by which password hash the user had; tells nothing of it otherwise.
std::string fingerprint(const auth::User& user) {
  const auto text = "password-reset:" + user.id + ":" + user.password.value_or("");
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 failed");
  }
  return auth::base64url_encode({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace

void request_password_reset(const auth::Context& context, const Mails& mails, const std::string& email,
                            const std::optional<std::string>& url) {
  const auth::Stall stall(context.login.login_stall_milliseconds);
  check_link_target(url, context.login.password_reset_url_allow_list, "reset_url");
  const auto user = find_user(context.services, email);
  if (!may_reset(user)) return;
  const auto& to = *user->email;
  const auto token =
      sign_mail_token(context, to, purpose::password_reset, token_life_milliseconds, {{"hash", fingerprint(*user)}});
  const auto link = with_token(url.value_or(mails.address_of("/admin/reset-password")), token);
  mails.send_or_log(
      Mails::from_template(to, "Password Reset Request", "password-reset", {{"url", link}, {"email", to}}));
}

void reset_password(const auth::Context& context, const std::string& token, const std::string& password) {
  const auto read = read_mail_token(context, token, purpose::password_reset);
  const auto user = find_user(context.services, read.email);
  const auto* hash = read.claims.if_contains("hash");
  const auto text = hash != nullptr ? as_text(*hash) : std::nullopt;
  if (!may_reset(user) || !text || !auth::equal_in_constant_time(*text, fingerprint(*user)))
    throw ApiError::forbidden();
  items::update_items(context.services, nullptr, "directus_users", {json::value(user->id)}, {{"password", password}},
                      {.allow_system = true});
}

}  // namespace ashlar::system
