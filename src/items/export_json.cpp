#include "base/json_writer.h"
#include "items/export_format.h"

namespace ashlar::items {
namespace {

void break_line(std::string& out, std::size_t depth) {
  out += '\n';
  out.append(depth, '\t');
}

void write_indented(std::string& out, const json::value& value, std::size_t depth) {
  if (const auto* list = value.if_array(); list != nullptr && !list->empty()) {
    out += '[';
    for (const auto& entry : *list) {
      if (&entry != list->begin()) out += ',';
      break_line(out, depth + 1);
      write_indented(out, entry, depth + 1);
    }
    break_line(out, depth);
    out += ']';
  } else if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    out += '{';
    for (const auto& member : *object) {
      if (&member != object->begin()) out += ',';
      break_line(out, depth + 1);
      write_json_key(out, member.key());
      out += ' ';
      write_indented(out, member.value(), depth + 1);
    }
    break_line(out, depth);
    out += '}';
  } else {
    write_json(out, value);
  }
}

class JsonWriter final : public RowWriter {
 public:
  JsonWriter(bool is_single, FileSink sink) : is_single_(is_single), out_(std::move(sink)) {}

  void rows(std::string_view list) override {
    for (const auto& row : parse_rows(list)) {
      if (is_single_) {
        write_indented(out_.text, row, 0);
        continue;
      }
      out_.text += is_first_ ? "[" : ",";
      is_first_ = false;
      break_line(out_.text, 1);
      write_indented(out_.text, row, 1);
      out_.drain();
    }
  }

  void finish() override {
    if (!is_single_) out_.text += is_first_ ? "[]" : "\n]";
    out_.flush();
  }

 private:
  bool is_single_;
  bool is_first_ = true;
  FileBuffer out_;
};

}  // namespace

std::unique_ptr<RowWriter> make_json_writer(bool is_single, FileSink sink) {
  return std::make_unique<JsonWriter>(is_single, std::move(sink));
}

}  // namespace ashlar::items
