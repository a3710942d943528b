// Writes the status line and headers of an answer. Internal to http/.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/response.h"

namespace ashlar::http {

// The headers that every answer gets unless it sets them itself.
class DefaultHeaders {
 public:
  // Whole lines, each ending in CRLF.
  explicit DefaultHeaders(std::string lines);
  void append(std::string& out, const Response& response) const;

 private:
  struct Line {
    std::string name, text;
  };
  std::string all_;
  std::vector<Line> lines_;
};

struct Framing {
  int version = 11;
  bool keep_alive = true;
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  std::string_view keep_alive_line;  // "Keep-Alive: timeout=5\r\n"
  std::string_view date;             // of http_date()
};

// Appends the head with the empty line after it. Line breaks in values become spaces.
void write_head(std::string& out, const Response& response, const Framing& framing, const DefaultHeaders& defaults);

}  // namespace ashlar::http
