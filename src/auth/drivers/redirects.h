// Where a login by another server may lead back to. Whoever could choose that freely would send people from a page that
// they trust to one of his own, so only addresses of this server and those of an allow list are taken.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"

namespace ashlar::auth {

// The server's own addresses: PUBLIC_URL (may be "/"), and AUTH_ALLOWED_PUBLIC_URLS.
struct PublicAddresses {
  std::string main;
  std::vector<std::string> others;
};

// The redirect as it is used: "/" for an empty one. Throws INVALID_PAYLOAD unless it is a path on this server, an
// absolute address of it, or in the allow list (origin and path count).
std::string checked_redirect(std::string_view redirect, const PublicAddresses& own,
                             const std::vector<config::TextPattern>& allow_list);

// The redirect without its query, with ?reason=CODE.
std::string with_reason(std::string_view redirect, std::string_view code);

// The address behind the base: "/" gives paths.
std::string address_of(std::string_view base, std::string_view path);

// The one of the server's addresses that a request to `scheme` and `host` (with its port) came to; the main one where
// it is none of them.
std::string base_of_request(const PublicAddresses& own, std::string_view scheme, std::string_view host);

}  // namespace ashlar::auth
