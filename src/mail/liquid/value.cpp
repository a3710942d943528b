#include "mail/liquid/value.h"

#include "base/json_writer.h"

namespace ashlar::mail::liquid {

std::string printed(const json::value& value) {
  if (value.is_null()) return {};
  if (const auto* list = value.if_array()) {
    std::string text;
    for (const auto& entry : *list) text += printed(entry);
    return text;
  }
  return to_text(value);
}

bool is_truthy(const json::value& value) { return !value.is_null() && !(value.is_bool() && !value.get_bool()); }

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace ashlar::mail::liquid
