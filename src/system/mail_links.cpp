#include "system/mail_links.h"

#include <algorithm>

#include "auth/errors.h"
#include "base/error.h"

namespace ashlar::system {
namespace {

// Without query and fragment; with the slash that stands for no path.
std::string origin_and_path(std::string_view address) {
  std::string text(address.substr(0, address.find_first_of("?#")));
  const auto scheme = text.find("://");
  if (scheme != std::string::npos && text.find('/', scheme + 3) == std::string::npos) text += '/';
  return text;
}

}  // namespace

void check_link_target(const std::optional<std::string>& target, const std::vector<config::TextPattern>& allow_list,
                       std::string_view name) {
  if (!target) return;
  const auto bare = origin_and_path(*target);
  const bool allowed = std::any_of(allow_list.begin(), allow_list.end(), [&](const config::TextPattern& entry) {
    return entry.matches(*target) || entry.matches(bare) || (!entry.is_regex && origin_and_path(entry.text) == bare);
  });
  if (!allowed) throw ApiError::invalid_payload("\"" + std::string(name) + "\" is not among the allowed addresses.");
}

std::string with_token(std::string_view address, std::string_view token) {
  const auto fragment = std::min(address.find('#'), address.size());
  std::string out(address.substr(0, fragment));
  out += out.find('?') == std::string::npos ? "?token=" : "&token=";
  return out.append(token).append(address.substr(fragment));
}

std::string sign_mail_token(const auth::Context& context, std::string_view email, std::string_view purpose,
                            std::int64_t life_milliseconds, json::object further) {
  json::object claims{{"email", email}, {"scope", purpose}};
  for (auto& [key, value] : further) claims[key] = std::move(value);
  return context.key.sign(std::move(claims), context.services.clock(), life_milliseconds);
}

MailToken read_mail_token(const auth::Context& context, std::string_view token, std::string_view purpose) {
  MailToken read{{}, context.key.read(token, context.services.clock())};
  const auto claim = [&](std::string_view name) {
    const auto* value = read.claims.if_contains(name);
    return value != nullptr ? as_text(*value) : std::nullopt;
  };
  const auto email = claim("email");
  if (claim("scope") != purpose) throw ApiError::forbidden();
  if (!email) throw auth::invalid_token();
  read.email = *email;
  return read;
}

}  // namespace ashlar::system
