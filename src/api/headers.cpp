#include "api/headers.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "http/headers.h"

namespace ashlar::api {
namespace {

using Directives = std::vector<std::pair<std::string, std::vector<std::string>>>;

Directives default_directives() {
  return {{"script-src", {"'self'", "'unsafe-eval'"}},
          {"worker-src", {"'self'", "blob:"}},
          {"child-src", {"'self'", "blob:"}},
          {"img-src",
           {"'self'", "data:", "blob:", "https://raw.githubusercontent.com", "https://avatars.githubusercontent.com"}},
          {"media-src", {"'self'"}},
          {"connect-src", {"'self'", "https://*", "wss://*"}}};
}

Directives helmet_directives() {
  return {{"default-src", {"'self'"}},
          {"base-uri", {"'self'"}},
          {"font-src", {"'self'", "https:", "data:"}},
          {"form-action", {"'self'"}},
          {"frame-ancestors", {"'self'"}},
          {"object-src", {"'none'"}},
          {"script-src-attr", {"'none'"}},
          {"style-src", {"'self'", "https:", "'unsafe-inline'"}}};
}

// frameSrc -> frame-src
std::string dashed(std::string_view camel) {
  std::string out;
  for (const char c : camel) {
    if (c >= 'A' && c <= 'Z') {
      out += '-';
      out += static_cast<char>(c + 32);
    } else {
      out += c;
    }
  }
  return out;
}

std::vector<std::string> texts_of(const json::value& value) {
  std::vector<std::string> texts;
  if (const auto* list = value.if_array()) {
    for (const auto& entry : *list) texts.push_back(to_text(entry));
  } else if (!value.is_null()) {
    const auto text = to_text(value);
    for (const auto part : split(text, ',')) texts.emplace_back(part);
  }
  return texts;
}

// The given directives are put over the default ones.
std::string policy_text(Directives directives, const json::object& settings, const Directives& further) {
  if (const auto* given = settings.if_contains("directives"); given != nullptr && given->is_object()) {
    for (const auto& member : given->get_object()) {
      const auto name = dashed(member.key());
      const auto known = std::find_if(directives.begin(), directives.end(),
                                      [&](const auto& directive) { return directive.first == name; });
      auto values = texts_of(member.value());
      if (known == directives.end()) {
        directives.emplace_back(name, std::move(values));
        continue;
      }
      // Given entries take the places of the default ones.
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (i < known->second.size()) {
          known->second[i] = values[i];
        } else {
          known->second.push_back(values[i]);
        }
      }
    }
  }
  const auto* use_defaults = settings.if_contains("useDefaults");
  if (use_defaults == nullptr || !use_defaults->is_bool() || use_defaults->get_bool()) {
    for (const auto& directive : further) {
      const auto same = [&](const auto& other) { return other.first == directive.first; };
      if (std::none_of(directives.begin(), directives.end(), same)) directives.push_back(directive);
    }
  }
  std::string out;
  for (const auto& [name, values] : directives) {
    if (!out.empty()) out += ';';
    out += name;
    for (const auto& value : values) out += " " + value;
  }
  return out;
}

}  // namespace

std::string etag_of(std::string_view body) {
  return fmt::format("W/\"{:x}-{:x}\"", body.size(), std::hash<std::string_view>{}(body));
}

std::string default_headers(const config::Settings& settings) {
  const auto& network = settings.network;
  const auto* report = network.content_security_policy.if_contains("reportOnly");
  const bool report_only = report != nullptr && report->is_bool() && report->get_bool();
  std::string out = report_only ? "Content-Security-Policy-Report-Only: " : "Content-Security-Policy: ";
  out += policy_text(default_directives(), network.content_security_policy, helmet_directives()) + "\r\n";
  if (network.cross_origin_opener_policy) {
    out += "Cross-Origin-Opener-Policy: " + *network.cross_origin_opener_policy + "\r\n";
  }
  if (network.hsts.enabled) {
    out += fmt::format("Strict-Transport-Security: max-age={}", network.hsts.max_age_seconds.value_or(31'536'000));
    if (network.hsts.include_sub_domains.value_or(true)) out += "; includeSubDomains";
    if (network.hsts.preload.value_or(false)) out += "; preload";
    out += "\r\n";
  }
  out += "X-Powered-By: Directus\r\n";
  return out;
}

std::string assets_security_policy(const config::Settings& settings) {
  return policy_text({{"default-src", {"'none'"}}}, settings.network.assets_content_security_policy, {});
}

http::Response with_cache_headers(http::Request& request, const http::Next& next) {
  auto response = next(request);
  if (response.status != 200 || !response.content_type.starts_with("application/json")) return response;
  if (response.part || !response.header("Accept-Ranges").empty()) return response;  // a file that happens to be JSON
  if (response.header("Cache-Control").empty()) {
    response.add_header("Cache-Control", "no-cache");
    response.add_header("Vary", "Origin, Cache-Control");
  }
  const bool reads = request.method == http::Method::get || request.method == http::Method::head;
  if (!reads || response.stream) return response;
  if (response.header("ETag").empty()) response.add_header("ETag", etag_of(response.body));
  leave_out_known(request, response);
  return response;
}

void leave_out_known(const http::Request& request, http::Response& response) {
  const auto known = request.header("if-none-match");
  if (known.empty() || !http::matches_etag(known, response.header("ETag"))) return;
  response.status = 304;
  response.body.clear();
  response.content_type.clear();
}

}  // namespace ashlar::api
