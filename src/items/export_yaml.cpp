#include "base/json_writer.h"
#include "items/export_format.h"
#include "items/yaml_text.h"

namespace ashlar::items {
namespace {

void write_list(std::string& out, const json::array& list, std::size_t level, bool compact);
void write_object(std::string& out, const json::object& object, std::size_t level, bool compact);

bool is_block(const json::value& value) {
  const auto* list = value.if_array();
  const auto* object = value.if_object();
  return (list != nullptr && !list->empty()) || (object != nullptr && !object->empty());
}

void break_line(std::string& out, std::size_t level) {
  out += '\n';
  out.append(level * 2, ' ');
}

void write_scalar(std::string& out, const json::value& value, std::size_t level) {
  if (const auto* text = value.if_string()) {
    write_yaml_text(out, *text, level);
  } else {
    write_json(out, value);  // also [] and {}
  }
}

// The first entry of a compact block stands on the line that is begun.
void write_block(std::string& out, const json::value& value, std::size_t level, bool compact) {
  if (const auto* list = value.if_array()) {
    write_list(out, *list, level, compact);
  } else {
    write_object(out, value.get_object(), level, compact);
  }
}

void write_list(std::string& out, const json::array& list, std::size_t level, bool compact) {
  for (const auto& entry : list) {
    if (!compact || &entry != list.begin()) break_line(out, level);
    out += "- ";
    is_block(entry) ? write_block(out, entry, level + 1, true) : write_scalar(out, entry, level + 1);
  }
}

void write_object(std::string& out, const json::object& object, std::size_t level, bool compact) {
  for (const auto& member : object) {
    if (!compact || &member != object.begin()) break_line(out, level);
    write_yaml_key(out, member.key());
    out += ':';
    if (is_block(member.value())) {
      write_block(out, member.value(), level + 1, false);
    } else {
      out += ' ';
      write_scalar(out, member.value(), level + 1);
    }
  }
}

class YamlWriter final : public RowWriter {
 public:
  YamlWriter(bool is_single, FileSink sink) : is_single_(is_single), out_(std::move(sink)) {}

  void rows(std::string_view list) override {
    for (const auto& row : parse_rows(list)) {
      has_rows_ = true;
      if (!is_single_) out_.text += "- ";
      const std::size_t level = is_single_ ? 0 : 1;
      is_block(row) ? write_block(out_.text, row, level, true) : write_scalar(out_.text, row, level);
      out_.text += '\n';
      out_.drain();
    }
  }

  void finish() override {
    if (!has_rows_) out_.text += "[]\n";
    out_.flush();
  }

 private:
  bool is_single_;
  bool has_rows_ = false;
  FileBuffer out_;
};

}  // namespace

std::unique_ptr<RowWriter> make_yaml_writer(bool is_single, FileSink sink) {
  return std::make_unique<YamlWriter>(is_single, std::move(sink));
}

}  // namespace ashlar::items
