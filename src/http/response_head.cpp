#include "http/response_head.h"

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>
#include <charconv>

#include "base/text.h"

namespace ashlar::http {

namespace {

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  out.append(digits.data(), end);
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  const auto begin = out.size();
  out.append(value);
  // Nobody may smuggle in headers or answers of their own by a value.
  const auto is_break = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), is_break, ' ');
  out.append("\r\n");
}

}  // namespace

DefaultHeaders::DefaultHeaders(std::string lines) : all_(std::move(lines)) {
  for (std::string_view rest = all_; !rest.empty();) {
    const auto end = std::min(rest.find("\r\n"), rest.size() - 2) + 2;
    const auto line = rest.substr(0, end);
    lines_.push_back({std::string(trim(line.substr(0, line.find(':')))), std::string(line)});
    rest.remove_prefix(end);
  }
}

void DefaultHeaders::append(std::string& out, const Response& response) const {
  const auto overridden = [&response](const Line& line) {
    return std::any_of(response.headers.begin(), response.headers.end(),
                       [&line](const auto& header) { return equals_ignoring_case(header.first, line.name); });
  };
  if (response.headers.empty() || std::none_of(lines_.begin(), lines_.end(), overridden)) {
    out.append(all_);
    return;
  }
  for (const auto& line : lines_) {
    if (!overridden(line)) out.append(line.text);
  }
}

std::string_view status_text(int status) {
  namespace beast_http = boost::beast::http;
  const auto known = beast_http::int_to_status(static_cast<unsigned>(status));
  if (known == beast_http::status::unknown) return "Unknown";
  const auto text = beast_http::obsolete_reason(known);
  return {text.data(), text.size()};
}

void write_head(std::string& out, const Response& response, const Framing& framing, const DefaultHeaders& defaults) {
  if (response.status == 200) {
    out.append("HTTP/1.1 200 OK\r\n");
  } else {
    out.append("HTTP/1.1 ");
    append_number(out, static_cast<std::uint64_t>(response.status));
    out.append(" ").append(status_text(response.status)).append("\r\n");
  }
  defaults.append(out, response);
  if (!response.content_type.empty()) append_line(out, "Content-Type", response.content_type);
  for (const auto& [name, value] : response.headers) append_line(out, name, value);
  if (framing.content_length) {
    out.append("Content-Length: ");
    append_number(out, *framing.content_length);
    out.append("\r\n");
  } else if (framing.chunked) {
    out.append("Transfer-Encoding: chunked\r\n");
  }
  out.append("Date: ").append(framing.date);
  if (framing.keep_alive) {
    out.append("\r\nConnection: keep-alive\r\n").append(framing.keep_alive_line).append("\r\n");
  } else {
    out.append("\r\nConnection: close\r\n\r\n");
  }
}

}  // namespace ashlar::http
