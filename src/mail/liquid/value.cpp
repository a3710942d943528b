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

}  // namespace ashlar::mail::liquid
