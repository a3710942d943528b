#include "http/multipart.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace ashlar::http {
namespace {

constexpr std::size_t read_size = std::size_t{64} << 10;
constexpr std::size_t longest_head = std::size_t{16} << 10;  // of a part
constexpr std::size_t longest_boundary = 200;                // RFC 2046 says 70

[[noreturn]] void refuse() { throw ApiError::invalid_payload("The body is no well-formed multipart form."); }

// The value of a parameter in a header such as `form-data; name="a"; filename="b"`; quoted or not.
std::optional<std::string> form_parameter(std::string_view header, std::string_view name) {
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

// RFC 5987's form, `filename*=UTF-8''%c3%86.txt`, says it better where there are both.
std::optional<std::string> file_name_of(std::string_view header) {
  if (const auto extended = form_parameter(header, "filename*")) {
    const auto quote = extended->rfind('\'');
    if (quote != extended->npos && to_lower(*extended).starts_with("utf-8'")) {
      return percent_decode(std::string_view(*extended).substr(quote + 1));
    }
  }
  return form_parameter(header, "filename");
}

}  // namespace

FormReader::FormReader(std::string_view content_type, Source source) : source_(std::move(source)) {
  const auto boundary = form_parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > longest_boundary) {
    throw ApiError::invalid_payload("The Content-Type names no boundary.");
  }
  delimiter_ = "\r\n--" + *boundary;
  buffer_ = "\r\n";  // the first delimiter needs no line break before it
}

// Reads more; false at the end.
bool FormReader::fill() {
  if (ended_) return false;
  buffer_.erase(0, start_);
  start_ = 0;
  const auto kept = buffer_.size();
  buffer_.resize(kept + read_size);
  std::size_t got = 0;
  try {
    got = source_(buffer_.data() + kept, read_size);
  } catch (...) {
    buffer_.resize(kept);
    throw;
  }
  buffer_.resize(kept + got);
  ended_ = got == 0;
  return !ended_;
}

std::optional<std::string> FormReader::read_line() {
  for (std::size_t searched = 0;;) {
    const auto end = buffer_.find("\r\n", start_ + searched);
    if (end != buffer_.npos) {
      auto line = buffer_.substr(start_, end - start_);
      start_ = end + 2;
      return line;
    }
    const auto available = buffer_.size() - start_;
    if (available > longest_head) refuse();
    searched = available > 0 ? available - 1 : 0;
    if (!fill()) return std::nullopt;
  }
}

FormPartHead FormReader::read_head() {
  FormPartHead head;
  bool has_name = false;
  for (std::size_t total = 0;;) {
    const auto text = read_line();
    if (!text) refuse();
    if (text->empty()) break;
    total += text->size();
    const std::string_view line = *text;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || total > longest_head) refuse();
    const auto header = trim(line.substr(0, colon)), value = trim(line.substr(colon + 1));
    if (equals_ignoring_case(header, "content-disposition")) {
      const auto name = form_parameter(value, "name");
      if (!name) refuse();
      head.name = *name;
      has_name = true;
      head.file_name = file_name_of(value);
    } else if (equals_ignoring_case(header, "content-type")) {
      head.content_type = to_lower(trim(value.substr(0, value.find(';'))));
    }
  }
  if (!has_name) refuse();
  return head;
}

std::optional<FormPartHead> FormReader::next() {
  // What comes before the first delimiter says nothing, and neither does what was not read.
  std::array<char, 4096> ignored;
  while (read(ignored.data(), ignored.size()) > 0) {
  }
  if (done_) return std::nullopt;
  // After a delimiter: "--" after the last, else only white space to the end of the line.
  while (buffer_.size() - start_ < 2 && fill()) {
  }
  if (std::string_view(buffer_).substr(start_).starts_with("--")) {
    done_ = true;
    return std::nullopt;
  }
  const auto line = read_line();
  if (!line) refuse();
  auto head = read_head();
  in_part_ = true;
  return head;
}

std::size_t FormReader::read(char* buffer, std::size_t size) {
  while (in_part_ && size > 0) {
    const auto found = buffer_.find(delimiter_, start_);
    // Without the delimiter in sight, its beginning may be at the end of what is there.
    const auto available = buffer_.size() - start_;
    const auto kept = delimiter_.size() - 1;
    const auto data = found != buffer_.npos ? found - start_ : (available > kept ? available - kept : 0);
    if (data > 0) {
      const auto given = std::min(size, data);
      std::memcpy(buffer, buffer_.data() + start_, given);
      start_ += given;
      return given;
    }
    if (found != buffer_.npos) {
      start_ += delimiter_.size();
      in_part_ = false;
      return 0;
    }
    if (!fill()) refuse();
  }
  return 0;
}

std::string FormReader::read_text(std::size_t limit) {
  std::string text;
  std::string piece(read_size, '\0');
  while (const auto got = read(piece.data(), piece.size())) {
    text.append(piece, 0, got);
    if (text.size() > limit) throw ApiError::invalid_payload("A field of the form is too long.");
  }
  return text;
}

std::optional<std::vector<FormPart>> parse_form(std::string_view content_type, std::string_view body) {
  std::vector<FormPart> parts;
  try {
    FormReader reader(content_type, [rest = body](char* buffer, std::size_t size) mutable {
      const auto given = std::min(size, rest.size());
      std::memcpy(buffer, rest.data(), given);
      rest.remove_prefix(given);
      return given;
    });
    while (auto head = reader.next()) {
      parts.push_back({std::move(head->name), std::move(head->file_name), head->content_type.value_or("text/plain"),
                       reader.read_text(body.size())});
    }
  } catch (const ApiError&) {
    return std::nullopt;
  }
  return parts;
}

}  // namespace ashlar::http
