// Reading and writing the values of headers that have a grammar of their own.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "http/request.h"

namespace ashlar::http {

// The value of a cookie of the request, percent-decoded and without the quotes around it; nothing where there is none.
std::optional<std::string> cookie(const Request& request, std::string_view name);

struct SetCookie {
  std::string name;
  std::string value;  // any text; it is percent-encoded
  std::string path = "/";
  std::string domain;                           // empty: the host that answers
  std::string same_site;                        // "lax", "strict", "none"; empty: not said
  std::optional<std::chrono::seconds> max_age;  // nothing: until the browser is closed; 0 or less: removes the cookie
  bool http_only = true;
  bool secure = false;
};

// The value of a Set-Cookie header; Expires is worked out from max_age for old clients.
std::string format_cookie(const SetCookie& cookie, Moment now);

// An entry of Accept, Accept-Language and their like.
struct Preference {
  std::string_view value;  // "image/avif", "de-CH", without parameters
  double quality = 1;
};
// The best first, equals in their order; entries with q=0 are left out.
std::vector<Preference> parse_preferences(std::string_view header);

// Whether an Accept header names the media type, by itself or as "image/*" or "*/*". An empty header accepts all.
bool accepts(std::string_view header, std::string_view media_type);

// A header "text/html; charset=utf-8" without its parameters, in lower case.
std::string media_type(std::string_view content_type);
// A parameter of such a header, without quotes: parameter_of("form-data; name=\"a\"", "name") is "a".
std::optional<std::string> parameter_of(std::string_view header, std::string_view name);

// What a Range header asks of a body of `size` bytes. Of several ranges only the first counts; other units and
// malformed headers are ignored, as RFC 9110, 14.2 allows.
struct Range {
  enum class Kind : std::uint8_t { whole, part, unsatisfiable };
  Kind kind = Kind::whole;
  std::uint64_t offset = 0;  // of a part
  std::uint64_t size = 0;
  std::optional<std::uint64_t> first, last;  // as asked for, for messages
};
Range parse_range(std::string_view header, std::uint64_t size);

// "bytes 0-4/26"
std::string content_range(const Range& range, std::uint64_t size);

// "Sun, 06 Nov 1994 08:49:37 GMT", for Last-Modified, Expires, Date; read back as seconds since 1970.
std::string http_date(std::int64_t seconds);
std::optional<std::int64_t> parse_http_date(std::string_view text);

// Whether one of the tags of If-None-Match is this ETag ("\"abc\"" or "W/\"abc\""), compared weakly, or is "*".
bool matches_etag(std::string_view if_none_match, std::string_view etag);

}  // namespace ashlar::http
