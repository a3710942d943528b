#include "api/cors.h"

#include <algorithm>

#include "base/text.h"

namespace ashlar::api {

// CORS_ORIGIN=false is the same as CORS_ENABLED=false.
Cors::Cors(const config::CorsSettings& settings)
    : settings_(settings),
      enabled_(settings.enabled && (settings.any_origin || !settings.origins.empty())),
      methods_(join(settings.methods, ",")),
      allowed_headers_(join(settings.allowed_headers, ",")),
      exposed_headers_(join(settings.exposed_headers, ",")) {}

std::optional<http::Response> Cors::preflight(const http::Request& request) const {
  if (!enabled_ || request.method != http::Method::options) return std::nullopt;
  auto response = http::Response::no_content();
  response.add_header("Access-Control-Allow-Methods", methods_);
  if (!allowed_headers_.empty()) response.add_header("Access-Control-Allow-Headers", allowed_headers_);
  response.add_header("Access-Control-Max-Age", std::to_string(settings_.max_age_seconds));
  return response;
}

void Cors::adorn(const http::Request& request, http::Response& response) const {
  if (!enabled_) return;
  if (auto origin = allowed_origin(request.header("origin")); !origin.empty()) {
    response.add_header("Access-Control-Allow-Origin", std::move(origin));
  }
  if (settings_.credentials) response.add_header("Access-Control-Allow-Credentials", "true");
  if (!exposed_headers_.empty()) response.add_header("Access-Control-Expose-Headers", exposed_headers_);
  if (response.header("vary").empty()) response.add_header("Vary", "Origin");
}

std::string Cors::allowed_origin(std::string_view origin) const {
  if (settings_.any_origin) return std::string(origin);
  // A single text is told to everybody: the browser compares it.
  if (settings_.origins.size() == 1 && !settings_.origins.front().is_regex) return settings_.origins.front().text;
  const auto matches = [origin](const config::TextPattern& pattern) { return pattern.matches(origin); };
  const bool is_allowed = !origin.empty() && std::any_of(settings_.origins.begin(), settings_.origins.end(), matches);
  return is_allowed ? std::string(origin) : std::string();
}

}  // namespace ashlar::api
