#include "base/json_writer.h"
#include "base/text.h"
#include "items/export_format.h"

namespace ashlar::items {
namespace {

bool is_name_start(unsigned char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_' || letter >= 0x80;
}

// Members of JSON values may have names that no element can have: what does not fit becomes an underscore.
std::string element_name(std::string_view name) {
  std::string result;
  for (const char letter : name) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool may_follow = (byte >= '0' && byte <= '9') || byte == '-' || byte == '.';
    if (is_name_start(byte)) {
      result += letter;
    } else if (may_follow && !result.empty()) {
      result += letter;
    } else {
      result += may_follow ? std::string("_") + letter : "_";
    }
  }
  return result.empty() ? "_" : result;
}

void write_text(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '&') {
      out += "&amp;";
    } else if (letter == '<') {
      out += "&lt;";
    } else if (letter == '>' && text.substr(0, i).ends_with("]]")) {
      out += "&gt;";
    } else if (byte < 0x20 && letter != '\n' && letter != '\t' && letter != '\r') {
      out += "\xEF\xBF\xBD";  // XML has no way to write it
    } else {
      out += letter;
    }
  }
}

void break_line(std::string& out, std::size_t depth) {
  out += '\n';
  out.append(depth * 4, ' ');
}

bool has_elements(const json::value& value) {
  if (const auto* list = value.if_array()) {
    return std::any_of(list->begin(), list->end(), [](const auto& entry) { return has_elements(entry); });
  }
  const auto* object = value.if_object();
  return object == nullptr || !object->empty();
}

// An element; one for each entry of a list. Empty lists vanish.
void write_element(std::string& out, std::string_view name, const json::value& value, std::size_t depth) {
  if (const auto* list = value.if_array()) {
    for (const auto& entry : *list) write_element(out, name, entry, depth);
    return;
  }
  if (!has_elements(value)) return;
  break_line(out, depth);
  out.append("<").append(name);
  if (const auto* object = value.if_object()) {
    out += '>';
    for (const auto& member : *object) write_element(out, element_name(member.key()), member.value(), depth + 1);
    break_line(out, depth);
  } else if (const auto text = to_text(value); text.empty()) {
    out += "/>";
    return;
  } else {
    out += '>';
    write_text(out, text);
  }
  out.append("</").append(name).append(">");
}

class XmlWriter final : public RowWriter {
 public:
  XmlWriter(bool is_single, FileSink sink) : is_single_(is_single), out_(std::move(sink)) {
    out_.text = "<?xml version='1.0'?>";
  }

  void rows(std::string_view list) override {
    for (const auto& row : parse_rows(list)) {
      if (is_single_) {
        has_rows_ = has_elements(row);
        write_element(out_.text, "data", row, 0);
        continue;
      }
      if (!has_rows_) out_.text += "\n<data>";
      has_rows_ = true;
      write_element(out_.text, "data", row, 1);
      out_.drain();
    }
  }

  void finish() override {
    if (!has_rows_) {
      out_.text += "\n<data/>";
    } else if (!is_single_) {
      out_.text += "\n</data>";
    }
    out_.flush();
  }

 private:
  bool is_single_;
  bool has_rows_ = false;
  FileBuffer out_;
};

}  // namespace

std::unique_ptr<RowWriter> make_xml_writer(bool is_single, FileSink sink) {
  return std::make_unique<XmlWriter>(is_single, std::move(sink));
}

}  // namespace ashlar::items
