#include "api/request_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"
#include "base/log.h"
#include "base/request_context.h"
#include "base/text.h"

namespace ashlar::api {
namespace {

constexpr std::string_view blank = "--redacted--";
constexpr std::string_view secret_headers[] = {"authorization", "cookie", "set-cookie", "x-api-key"};

void write_member(std::string& out, std::string_view name, std::string_view value) {
  if (out.back() != '{') out += ',';
  write_json_key(out, name);
  write_json_string(out, value);
}

// Whether a parameter holds what its owner alone should know: access_token, the token of a mail, the code of a login,
// and filters that ask for such values.
bool lets_somebody_in(std::string_view name, std::string_view value) {
  constexpr std::string_view words[] = {"token", "password", "secret", "otp"};
  const auto decoded = to_lower(percent_decode(name, true));
  if (decoded == "code") return true;
  const auto text = to_lower(percent_decode(value, true));
  return std::any_of(std::begin(words), std::end(words), [&](std::string_view word) {
    return decoded.find(word) != std::string::npos || text.find(std::string(word) + "\"") != std::string::npos;
  });
}

void write_header(std::string& out, std::string_view name, std::string_view value) {
  const auto lower = to_lower(name);
  const bool is_secret =
      std::find(std::begin(secret_headers), std::end(secret_headers), lower) != std::end(secret_headers);
  // Where the client comes from may be a page that a mail led to.
  const auto shown = lower == "referer" ? value.substr(0, value.find('?')) : value;
  write_member(out, lower, is_secret ? blank : shown);
}

}  // namespace

std::string redacted_target(const http::Request& request) {
  std::string out(request.path());
  char separator = '?';
  if (request.query().empty()) return out;
  for (const auto part : split(request.query(), '&')) {
    out += std::exchange(separator, '&');
    const auto name = part.substr(0, part.find('='));
    if (lets_somebody_in(name, part.substr(name.size()))) {
      out.append(name).append("=").append(blank);
    } else {
      out += part;
    }
  }
  return out;
}

RequestLog::RequestLog(const config::LogSettings& settings)
    : enabled_(spdlog::should_log(spdlog::level::info)),
      raw_(settings.style == "raw"),
      ignored_paths_(settings.http_ignore_paths.begin(), settings.http_ignore_paths.end()) {}

void RequestLog::write(const http::Request& request, const http::Response& response,
                       std::chrono::microseconds took) const {
  if (!ignored_paths_.empty() && ignored_paths_.contains(request.path())) return;
  const double milliseconds = static_cast<double>(took.count()) / 1000;
  if (raw_) return write_raw(request, response, milliseconds);
  const auto level = response.status >= 500 ? spdlog::level::err : spdlog::level::info;
  spdlog::log(level, "{} {} {} {:.1f}ms", request.method_text, redacted_target(request), response.status, milliseconds);
}

void RequestLog::write_raw(const http::Request& request, const http::Response& response, double milliseconds) const {
  std::string line = R"({"req":{)";
  if (const auto* known = current_request()) write_member(line, "id", known->name());
  write_member(line, "method", request.method_text);
  write_member(line, "url", redacted_target(request));
  write_member(line, "remoteAddress", request.peer_address);
  line += R"(,"headers":{)";
  for (const auto& [name, value] : request.headers()) write_header(line, name, value);
  line += R"(}},"res":{"statusCode":)";
  write_json_integer(line, response.status);
  line += R"(,"headers":{)";
  if (!response.content_type.empty()) write_member(line, "content-type", response.content_type);
  for (const auto& [name, value] : response.headers) write_header(line, name, value);
  line += fmt::format(R"(}}}},"responseTime":{:.1f}}})", milliseconds);
  log::with_members(response.status >= 500 ? spdlog::level::err : spdlog::level::info,
                    response.status >= 500 ? "request errored" : "request completed", line);
}

}  // namespace ashlar::api
