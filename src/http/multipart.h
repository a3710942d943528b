// Forms of the type multipart/form-data (RFC 7578) that are in memory as a whole: small files and the values beside
// them.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ashlar::http {

struct FormPart {
  std::string name;
  std::optional<std::string> file_name;  // of parts that are files
  std::string content_type;              // without parameters, in lower case; text/plain where the part says none
  std::string_view data;                 // in the body
};

// The parts in their order. `content_type` is the request's header, which tells the boundary; the views point into
// `body`. Nothing where the header names no boundary or the body is no such form.
std::optional<std::vector<FormPart>> parse_form(std::string_view content_type, std::string_view body);

}  // namespace ashlar::http
