#include "api/limits.h"

#include "api/call.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"

namespace ashlar::api {
namespace {

constexpr std::size_t bytes_in_memory = 16U << 20U;  // texts only, of which limits have none
constexpr std::string_view everybody = "all";

http::Response too_many(const bus::RateLimiter::Excess& excess) {
  const Moment reset{now().milliseconds + excess.left.count()};
  const auto seconds = (excess.left.count() + 999) / 1000;
  auto response = http::error_answer(
      ApiError(429, "REQUESTS_EXCEEDED", "Too many requests, try again in " + std::to_string(seconds) + " seconds.",
               {{"limit", excess.points}, {"reset", format_timestamp(reset)}}));
  response.add_header("Retry-After", std::to_string(seconds));
  return response;
}

bool is_registration(const http::Request& request) {
  constexpr std::string_view path = "/users/register";
  if (request.method != http::Method::post) return false;
  auto asked = request.path();
  if (asked.ends_with('/')) asked.remove_suffix(1);
  return equals_ignoring_case(asked, path);
}

}  // namespace

Limits::Limits(const config::Settings& settings, bus::Bus& bus) : settings_(settings) {
  const auto& limits = settings.rate_limits;
  store_ = bus.store(limits.store, "rate-limiter", bytes_in_memory);
  blocks_ = limits.store == "redis";
  if (limits.global.enabled) global_.emplace(*store_, "global", limits.global);
  if (limits.address.enabled) address_.emplace(*store_, "address", limits.address);
  if (limits.registration.enabled) registration_.emplace(*store_, "registration", limits.registration);
}

std::optional<http::Response> Limits::refuse(const http::Request& request) {
  const bool registers = registration_ && is_registration(request);
  if (!registers && (!address_ || is_unlimited(request.path()))) return std::nullopt;
  if (global_) {
    if (const auto excess = global_->take(everybody)) return too_many(*excess);
  }
  const auto address = client_address(request, settings_.network);
  if (address_) {
    if (const auto excess = address_->take(address)) return too_many(*excess);
  }
  if (registers) {
    if (const auto excess = registration_->take(address)) return too_many(*excess);
  }
  return std::nullopt;
}

bool is_unlimited(std::string_view path) {
  if (path == "/") return true;
  constexpr std::string_view app = "/admin";
  return equals_ignoring_case(path, "/robots.txt") || (equals_ignoring_case(path.substr(0, app.size()), app) &&
                                                       (path.size() == app.size() || path[app.size()] == '/'));
}

}  // namespace ashlar::api
