#include "items/export.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace ashlar::items {
namespace {

using query::ExportFormat;

std::string_view extension(ExportFormat format) {
  switch (format) {
    case ExportFormat::csv:
    case ExportFormat::csv_utf8:
      return "csv";
    case ExportFormat::json:
      return "json";
    case ExportFormat::xml:
      return "xml";
    case ExportFormat::yaml:
      return "yaml";
  }
  return {};
}

// A piece of a JSON list, which ends between two rows, as a list of its own.
std::string as_list(std::string_view piece) {
  if (piece.starts_with('[') || piece.starts_with(',')) piece.remove_prefix(1);
  if (piece.ends_with(']')) piece.remove_suffix(1);
  std::string list = "[";
  list += piece;
  list += ']';
  return list;
}

// Appends the heads of a level. Several levels of one any-to-one field share those of the same name.
void add_heads(const query::Level& level, const std::string& prefix, std::vector<std::string>& heads) {
  const auto add = [&](const std::string& name) {
    auto head = prefix + name;
    if (std::find(heads.begin(), heads.end(), head) == heads.end()) heads.push_back(std::move(head));
  };
  for (const auto& column : level.columns) add(column.name);
  for (const auto& child : level.children) {
    for (const auto& below : child.levels) {
      if (child.kind == query::Child::Kind::to_many || below->keys_only) {
        add(child.name);
      } else {
        add_heads(*below, prefix + child.name + '.', heads);
      }
    }
  }
  for (const auto& column : level.trailing_columns) add(column.name);
}

}  // namespace

json::array parse_rows(std::string_view list) {
  json::parse_options options;
  options.max_depth = 1000;
  return json::parse(list, {}, options).as_array();
}

std::unique_ptr<RowWriter> make_row_writer(ExportFormat format, bool is_single, FileSink sink,
                                           std::vector<std::string> heads) {
  switch (format) {
    case ExportFormat::csv:
      return make_csv_writer(false, std::move(heads), std::move(sink));
    case ExportFormat::csv_utf8:
      return make_csv_writer(true, std::move(heads), std::move(sink));
    case ExportFormat::json:
      return make_json_writer(is_single, std::move(sink));
    case ExportFormat::xml:
      return make_xml_writer(is_single, std::move(sink));
    case ExportFormat::yaml:
      return make_yaml_writer(is_single, std::move(sink));
  }
  return nullptr;
}

std::string export_content_type(ExportFormat format) {
  const auto kind = format == ExportFormat::json ? "application" : "text";
  return fmt::format("{}/{}; charset=utf-8", kind, extension(format));
}

std::string export_file_name(std::string_view collection, ExportFormat format, Moment moment) {
  const std::time_t seconds = moment.milliseconds / 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  return fmt::format("{} {:04}{:02}{:02}-{}{}{}.{}", collection, local.tm_year + 1900, local.tm_mon + 1, local.tm_mday,
                     local.tm_hour, local.tm_min, local.tm_sec, extension(format));
}

std::vector<std::string> csv_heads(const query::Plan& plan) {
  std::vector<std::string> heads;
  add_heads(plan.root, {}, heads);
  return heads;
}

void run_export(PreparedRead& read, ExportFormat format, Heads heads, const FileSink& sink) {
  const bool is_single = read.is_single();
  const auto* plan = heads == Heads::of_fields ? read.plan() : nullptr;
  const auto writer = make_row_writer(format, is_single, sink, plan ? csv_heads(*plan) : std::vector<std::string>());
  std::string text;
  if (is_single) {
    read.run_data(text);
    writer->rows("[" + text + "]");
  } else {
    read.run_data(text, [&](std::string& piece) {
      writer->rows(as_list(piece));
      piece.clear();
    });
    writer->rows(as_list(text));
  }
  writer->finish();
}

}  // namespace ashlar::items
