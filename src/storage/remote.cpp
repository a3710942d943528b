#include "storage/remote.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "config/error.h"

namespace ashlar::storage {
namespace {

bool is_success(int status) { return status >= 200 && status < 300; }

const json::value* find_option(const config::StorageLocation& location, std::string_view name) {
  for (const auto& member : location.options) {
    if (equals_ignoring_case(member.key(), name)) return &member.value();
  }
  return nullptr;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> entities{
    {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}}};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::string option(const config::StorageLocation& location, std::string_view name) {
  const auto* value = find_option(location, name);
  return value == nullptr || value->is_null() ? std::string() : to_text(*value);
}

std::string required_option(const config::StorageLocation& location, std::string_view name) {
  auto value = option(location, name);
  if (value.empty()) {
    throw config::ConfigError(
        fmt::format("storage location {}: its driver {} needs the option {}", location.name, location.driver, name));
  }
  return value;
}

bool option_is_on(const config::StorageLocation& location, std::string_view name) {
  const auto value = option(location, name);
  return value == "true" || value == "1";
}

std::string object_key(std::string_view root, std::string_view name) {
  const auto prefix = normalized_name(root);
  return prefix.empty() ? std::string(name) : prefix + "/" + std::string(name);
}

std::string_view name_of_key(std::string_view root, std::string_view key) {
  const auto prefix = normalized_name(root);
  return prefix.empty() ? key : key.substr(std::min(key.size(), prefix.size() + 1));
}

std::string encoded_path(std::string_view key) {
  std::string out;
  bool first = true;
  for (const auto step : split(key, '/')) {
    if (!first) out += '/';
    first = false;
    out += percent_encode(step);
  }
  return out;
}

std::string endpoint_url(std::string_view endpoint) {
  while (endpoint.ends_with('/')) endpoint.remove_suffix(1);
  if (endpoint.starts_with("http://") || endpoint.starts_with("https://")) return std::string(endpoint);
  return "https://" + std::string(endpoint);
}

[[noreturn]] void fail(std::string_view service, const net::HttpResponse& response) {
  using Kind = StorageError::Kind;
  if (response.status == 404) throw StorageError(Kind::not_found, fmt::format("{}: there is no such object", service));
  const auto code = xml_text(response.body, "Code");
  throw StorageError(Kind::unavailable, fmt::format("{} answers {} {}", service, response.status,
                                                    code.empty() ? response.body.substr(0, 200) : code));
}

net::HttpResponse exchange(net::HttpClient& client, net::HttpRequest request, std::string_view service,
                           const Sink& sink) {
  request.timeout = std::chrono::milliseconds(0);
  if (request.idle_timeout.count() == 0) request.idle_timeout = std::chrono::seconds(120);
  std::string refusal;
  if (sink) {
    request.sink = [&](const net::HttpResponse& head, std::string_view piece) {
      if (is_success(head.status)) {
        sink(piece);
      } else if (refusal.size() < 10'000) {
        refusal += piece;
      }
      return true;
    };
  }
  net::HttpResponse response;
  try {
    response = client.send(request);
  } catch (const net::HttpError& error) {
    throw StorageError(StorageError::Kind::unavailable, fmt::format("{}: {}", service, error.what()));
  }
  if (is_success(response.status)) return response;
  if (!refusal.empty()) response.body = std::move(refusal);
  fail(service, response);
}

std::uint64_t size_in(const net::HttpResponse& response) {
  const auto* text = response.header("content-length");
  const auto size = text == nullptr ? std::nullopt : parse_integer(*text);
  return size && *size > 0 ? static_cast<std::uint64_t>(*size) : 0;
}

// Sun, 06 Nov 1994 08:49:37 GMT
Moment modified_in(const net::HttpResponse& response) {
  const auto* text = response.header("last-modified");
  if (text == nullptr || text->size() < 25) return {};
  const std::string_view date = *text;
  for (std::size_t month = 0; month < months.size(); ++month) {
    if (date.substr(8, 3) != months[month]) continue;
    const auto iso =
        fmt::format("{}-{:02}-{}T{}Z", date.substr(12, 4), month + 1, date.substr(5, 2), date.substr(17, 8));
    const auto parsed = parse_iso(iso);
    return parsed ? parsed->moment() : Moment{};
  }
  return {};
}

std::string range_header(const Range& range) {
  if (!range.size) return fmt::format("bytes={}-", range.offset);
  return fmt::format("bytes={}-{}", range.offset, range.offset + *range.size - 1);
}

std::uint64_t in_pieces(const Source& source, std::size_t size,
                        const std::function<void(std::string_view piece, bool is_last)>& take) {
  std::string current(size, '\0'), next(size, '\0');
  std::uint64_t total = 0;
  auto filled = read_fully(source, current.data(), size);
  for (;;) {
    // Only who has looked further knows which piece is the last.
    const auto following = filled == size ? read_fully(source, next.data(), size) : 0;
    total += filled;
    take({current.data(), filled}, following == 0);
    if (following == 0) return total;
    std::swap(current, next);
    filled = following;
  }
}

std::vector<std::string> xml_texts(std::string_view xml, std::string_view element) {
  const auto open = fmt::format("<{}>", element), close = fmt::format("</{}>", element);
  std::vector<std::string> texts;
  for (auto at = xml.find(open); at != xml.npos; at = xml.find(open, at)) {
    at += open.size();
    const auto end = xml.find(close, at);
    if (end == xml.npos) break;
    std::string text(xml.substr(at, end - at));
    for (const auto& [entity, character] : entities) text = replace_all(std::move(text), entity, character);
    texts.push_back(std::move(text));
    at = end;
  }
  return texts;
}

std::string xml_text(std::string_view xml, std::string_view element) {
  auto texts = xml_texts(xml, element);
  return texts.empty() ? std::string() : std::move(texts.front());
}

std::optional<Stat> unless_missing(const std::function<Stat()>& ask) {
  try {
    return ask();
  } catch (const StorageError& error) {
    if (error.kind() == StorageError::Kind::not_found) return std::nullopt;
    throw;
  }
}

}  // namespace ashlar::storage
