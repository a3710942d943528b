// What AUTH_NAME_* says of one provider, for its driver. Names are those of config: AUTH_NAME_CLIENT_ID is `clientId`.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "config/settings.h"

namespace ashlar::auth {

class Options {
 public:
  // Keeps a reference.
  explicit Options(const config::AuthProvider& provider) : provider_(provider) {}

  // Empty where it is not set. Numbers and lists come as the text that they were written as.
  std::string text(std::string_view name, std::string_view fallback = "") const;
  // Throws std::runtime_error that names the variable.
  std::string required(std::string_view name) const;
  bool flag(std::string_view name, bool fallback = false) const;
  std::int64_t number(std::string_view name, std::int64_t fallback) const;
  json::object object(std::string_view name) const;
  const json::value* value(std::string_view name) const { return provider_.options.if_contains(name); }

 private:
  const config::AuthProvider& provider_;
};

// 503: the provider can't be used as it is set up.
ApiError invalid_provider_config(std::string_view provider);
// 403: the person can't become a user, since his address or identifier belongs to another one.
ApiError invalid_provider();
// 503: the provider did not answer, or not as it should. `reason` is for the client: no secrets.
ApiError provider_unavailable(std::string_view service, std::string_view reason);

}  // namespace ashlar::auth
