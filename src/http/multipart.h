// Forms of the type multipart/form-data (RFC 7578): read part by part as they arrive, or at once from a body that is in
// memory.
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ashlar::http {

struct FormPartHead {
  std::string name;
  std::optional<std::string> file_name;     // of parts that are files
  std::optional<std::string> content_type;  // without parameters, in lower case
};

// The parts of a form one after the other, in little memory however large they are. Throws ApiError INVALID_PAYLOAD
// for what is no such form, also from the middle of it.
class FormReader {
 public:
  // `content_type` is the request's header, which tells the boundary; `source` fills a buffer with the next bytes of
  // the body and says how many they are, 0 at its end.
  using Source = std::function<std::size_t(char* buffer, std::size_t size)>;
  FormReader(std::string_view content_type, Source source);

  // The next part, nothing after the last. What was not read of the part before is passed over.
  std::optional<FormPartHead> next();

  // The bytes of the current part: how many were put into the buffer, 0 at its end.
  std::size_t read(char* buffer, std::size_t size);

  // The rest of the current part as a text. Throws INVALID_PAYLOAD where it is longer than `limit` bytes.
  std::string read_text(std::size_t limit);

 private:
  bool fill();
  std::optional<std::string> read_line();
  FormPartHead read_head();

  Source source_;
  std::string delimiter_;  // with the line break before it
  std::string buffer_;     // [start_, size) is not yet read
  std::size_t start_ = 0;
  bool ended_ = false;   // the source has
  bool in_part_ = true;  // before the delimiter that ends the current part, or the preamble
  bool done_ = false;    // the last delimiter was found
};

struct FormPart {
  std::string name;
  std::optional<std::string> file_name;
  std::string content_type;  // text/plain where the part says none
  std::string data;
};

// The parts in their order. Nothing where the header names no boundary or the body is no such form.
std::optional<std::vector<FormPart>> parse_form(std::string_view content_type, std::string_view body);

}  // namespace ashlar::http
