#include "http/multipart.h"

#include <algorithm>

#include "base/text.h"

namespace ashlar::http {
namespace {

// The value of a parameter in a header such as `form-data; name="a"; filename="b"`; quoted or not.
std::optional<std::string> parameter_of(std::string_view header, std::string_view name) {
  auto rest = header.substr(std::min(header.size(), header.find(';')));
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the semicolon
    const auto equals = rest.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto key = trim(rest.substr(0, equals));
    rest = rest.substr(equals + 1);
    std::string value;
    if (rest.starts_with('"')) {
      rest.remove_prefix(1);
      while (!rest.empty() && rest.front() != '"') {
        // Browsers escape quotes as %22; a backslash before one is older custom. Others belong to Windows paths.
        if (rest.starts_with("\\\"")) rest.remove_prefix(1);
        value += rest.front();
        rest.remove_prefix(1);
      }
      rest = rest.substr(std::min(rest.size(), rest.find(';')));
    } else {
      const auto end = std::min(rest.size(), rest.find(';'));
      value = trim(rest.substr(0, end));
      rest = rest.substr(end);
    }
    if (equals_ignoring_case(key, name)) return value;
  }
  return std::nullopt;
}

// One part: its headers, an empty line, its data.
std::optional<FormPart> parse_part(std::string_view text) {
  FormPart part;
  part.content_type = "text/plain";
  bool has_name = false;
  for (;;) {
    const auto end = text.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const auto line = text.substr(0, end);
    text = text.substr(end + 2);
    if (line.empty()) break;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto header = trim(line.substr(0, colon)), value = trim(line.substr(colon + 1));
    if (equals_ignoring_case(header, "content-disposition")) {
      const auto name = parameter_of(value, "name");
      if (!name) return std::nullopt;
      part.name = *name;
      has_name = true;
      part.file_name = parameter_of(value, "filename");
    } else if (equals_ignoring_case(header, "content-type")) {
      part.content_type = to_lower(trim(value.substr(0, value.find(';'))));
    }
  }
  if (!has_name) return std::nullopt;
  part.data = text;
  return part;
}

}  // namespace

std::optional<std::vector<FormPart>> parse_form(std::string_view content_type, std::string_view body) {
  const auto boundary = parameter_of(content_type, "boundary");
  if (!boundary || boundary->empty()) return std::nullopt;
  const auto delimiter = "--" + *boundary;
  // The first delimiter may follow a preamble, which says nothing.
  auto start = body.find(delimiter);
  if (start == std::string_view::npos || (start > 0 && !body.substr(0, start).ends_with("\r\n"))) return std::nullopt;
  std::vector<FormPart> parts;
  for (auto rest = body.substr(start + delimiter.size());;) {
    if (rest.starts_with("--")) return parts;
    const auto line = rest.find("\r\n");
    if (line == std::string_view::npos) return std::nullopt;
    rest = rest.substr(line + 2);
    const auto end = rest.find("\r\n" + delimiter);
    if (end == std::string_view::npos) return std::nullopt;
    auto part = parse_part(rest.substr(0, end));
    if (!part) return std::nullopt;
    parts.push_back(std::move(*part));
    rest = rest.substr(end + 2 + delimiter.size());
  }
}

}  // namespace ashlar::http
