#include "auth/drivers/redirects.h"

#include <algorithm>
#include <boost/url.hpp>

#include "base/error.h"
#include "base/text.h"

namespace ashlar::auth {
namespace {

// It travels in a cookie.
constexpr std::size_t longest_redirect = 2000;

// scheme://host[:port] in lower case, standard ports left out; empty for what is no http address.
std::string origin_of(const boost::urls::url_view& url) {
  const auto scheme = to_lower(std::string(url.scheme()));
  if ((scheme != "http" && scheme != "https") || !url.has_authority() || url.has_userinfo()) return {};
  const std::string host = to_lower(std::string(url.encoded_host()));
  if (host.empty()) return {};
  const std::string port(url.port());
  auto origin = scheme + "://" + host;
  if (!port.empty() && port != (scheme == "http" ? "80" : "443")) origin += ":" + port;
  return origin;
}

std::string origin_of_text(std::string_view text) {
  const auto url = boost::urls::parse_uri({text.data(), text.size()});
  return url ? origin_of(*url) : std::string();
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
  const auto url = boost::urls::parse_uri({redirect.data(), redirect.size()});
  if (!url) return false;
  const auto origin = origin_of(*url);
  if (origin.empty()) return false;
  if (is_own_origin(origin, own)) return true;
  const auto path = std::string(url->encoded_path());
  return std::any_of(allow_list.begin(), allow_list.end(), [&](const config::TextPattern& entry) {
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
