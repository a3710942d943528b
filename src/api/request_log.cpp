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

void write_header(std::string& out, std::string_view name, std::string_view value) {
  const auto lower = to_lower(name);
  const bool is_secret =
      std::find(std::begin(secret_headers), std::end(secret_headers), lower) != std::end(secret_headers);
  write_member(out, lower, is_secret ? blank : value);
}

}  // namespace

std::string redacted_target(const http::Request& request) {
  constexpr std::string_view name = "access_token=";
  std::string out(request.path());
  char separator = '?';
  if (request.query().empty()) return out;
  for (const auto part : split(request.query(), '&')) {
    out += std::exchange(separator, '&');
    if (part.starts_with(name)) {
      out.append(name).append(blank);
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
