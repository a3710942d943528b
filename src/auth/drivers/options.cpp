#include "auth/drivers/options.h"

#include <fmt/format.h>

#include <cctype>
#include <stdexcept>

#include "base/text.h"

namespace ashlar::auth {
namespace {

// clientId is CLIENT_ID.
std::string variable_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (std::isupper(static_cast<unsigned char>(c))) out += '_';
    out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

}  // namespace

std::string Options::text(std::string_view name, std::string_view fallback) const {
  const auto* found = value(name);
  if (found == nullptr || found->is_null()) return std::string(fallback);
  if (const auto* list = found->if_array()) {  // a text with commas
    std::vector<std::string> parts;
    for (const auto& entry : *list) parts.push_back(to_text(entry));
    return join(parts, ",");
  }
  auto text = to_text(*found);
  return text.empty() ? std::string(fallback) : text;
}

std::string Options::required(std::string_view name) const {
  auto found = text(name);
  if (found.empty()) {
    throw std::runtime_error(fmt::format("AUTH_{}_{} is required by the driver {}", to_upper(provider_.name),
                                         variable_name(name), provider_.driver));
  }
  return found;
}

bool Options::flag(std::string_view name, bool fallback) const {
  const auto found = text(name);
  if (found.empty()) return fallback;
  return found == "true" || found == "1";
}

std::int64_t Options::number(std::string_view name, std::int64_t fallback) const {
  return parse_integer(text(name)).value_or(fallback);
}

json::object Options::object(std::string_view name) const {
  const auto* found = value(name);
  return found != nullptr && found->is_object() ? found->get_object() : json::object();
}

ApiError invalid_provider_config(std::string_view provider) {
  return {503, "INVALID_PROVIDER_CONFIG", "The provider's settings are wrong.", {{"provider", provider}}};
}

ApiError invalid_provider() {
  return {403, "INVALID_PROVIDER", "This address or identifier belongs to a user of another provider."};
}

ApiError provider_unavailable(std::string_view service, std::string_view reason) {
  return {503,
          "SERVICE_UNAVAILABLE",
          fmt::format("Service \"{}\" is unavailable. {}", service, reason),
          {{"service", service}, {"reason", reason}}};
}

}  // namespace ashlar::auth
