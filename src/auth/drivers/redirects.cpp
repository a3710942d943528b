#include "auth/drivers/redirects.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/error.h"
#include "base/text.h"

namespace ashlar::auth {
namespace {

// It travels in a cookie.
constexpr std::size_t longest_redirect = 2000;

struct Address {
  std::string origin;  // scheme://host[:port] in lower case, standard ports left out
  std::string path;
};

bool is_host(std::string_view text) {
  if (text.starts_with('[')) {  // IPv6
    return text.ends_with(']') && text.find_first_not_of("0123456789abcdef:.", 1) == text.size() - 1;
  }
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' || (c & 0x80);
  });
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == text.npos;
}

// Nothing for everything that is not plainly an http address with a host: what two programs might read in two ways is
// refused.
std::optional<Address> parse_address(std::string_view text) {
  const auto colon = text.find("://");
  const auto scheme = to_lower(text.substr(0, std::min(colon, text.size())));
  if (colon == text.npos || (scheme != "http" && scheme != "https")) return std::nullopt;
  const auto rest = text.substr(colon + 3);
  const auto end = std::min(rest.find_first_of("/?#"), rest.size());
  const auto authority = to_lower(rest.substr(0, end));
  const auto bracket = authority.find(']');
  const auto port_at = authority.find(':', bracket == authority.npos ? 0 : bracket);
  const std::string_view host = std::string_view(authority).substr(0, std::min(port_at, authority.size()));
  if (!is_host(host)) return std::nullopt;
  Address address{.origin = scheme + "://" + std::string(host)};
  if (port_at != authority.npos) {
    const std::string_view port = std::string_view(authority).substr(port_at + 1);
    if (!is_port(port)) return std::nullopt;
    if (port != (scheme == "http" ? "80" : "443")) address.origin += ":" + std::string(port);
  }
  const auto after = rest.substr(end);
  address.path = after.substr(0, after.find_first_of("?#"));
  return address;
}

std::string origin_of_text(std::string_view text) {
  const auto address = parse_address(text);
  return address ? address->origin : std::string();
}

// Browsers drop control characters and read backslashes as slashes; nobody needs either.
bool has_odd_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\\' || c == '\x7f'; });
}

// A path that stays one when dot segments are taken out: "/.//host" would become "//host".
bool is_own_path(std::string_view redirect) {
  if (!redirect.starts_with('/')) return false;
  const auto path = redirect.substr(0, redirect.find_first_of("?#"));
  return path.find("//") == std::string_view::npos;
}

bool is_own_origin(const std::string& origin, const PublicAddresses& own) {
  if (origin.empty()) return false;
  return origin == origin_of_text(own.main) ||
         std::any_of(own.others.begin(), own.others.end(),
                     [&](const auto& other) { return origin == origin_of_text(other); });
}

bool is_allowed(std::string_view redirect, const PublicAddresses& own,
                const std::vector<config::TextPattern>& allow_list) {
  if (redirect.size() > longest_redirect || has_odd_characters(redirect)) return false;
  if (is_own_path(redirect)) return true;
  const auto address = parse_address(redirect);
  if (!address) return false;
  const auto& [origin, path] = *address;
  if (is_own_origin(origin, own)) return true;
  return std::any_of(allow_list.begin(), allow_list.end(),
                     [&origin = origin, &path = path](const config::TextPattern& entry) {
                       return entry.matches(origin + path) || (path.empty() && entry.matches(origin + "/"));
                     });
}

}  // namespace

std::string checked_redirect(std::string_view redirect, const PublicAddresses& own,
                             const std::vector<config::TextPattern>& allow_list) {
  if (redirect.empty()) return "/";
  if (!is_allowed(redirect, own, allow_list)) {
    throw ApiError::invalid_payload("The redirect leads to an address that is not allowed.");
  }
  return std::string(redirect);
}

std::string with_reason(std::string_view redirect, std::string_view code) {
  return std::string(redirect.substr(0, redirect.find_first_of("?#"))) + "?reason=" + std::string(code);
}

std::string address_of(std::string_view base, std::string_view path) {
  while (base.ends_with('/')) base.remove_suffix(1);
  return std::string(base) + std::string(path);
}

std::string base_of_request(const PublicAddresses& own, std::string_view scheme, std::string_view host) {
  const auto asked = origin_of_text(std::string(scheme) + "://" + std::string(host));
  if (asked.empty()) return own.main;
  for (const auto& other : own.others) {
    if (origin_of_text(other) == asked) return other;
  }
  return own.main;
}

}  // namespace ashlar::auth
