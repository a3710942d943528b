#include "database/dialect.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"
#include "base/text.h"
#include "database/dialect_parts.h"
#include "database/error.h"
#include "database/sqlite/introspect.h"

namespace ashlar::database {
namespace {

std::string_view strftime_format(DatePart part) {
  switch (part) {
    case DatePart::year:
      return "%Y";
    case DatePart::month:
      return "%m";
    case DatePart::week:
      return "%W";
    case DatePart::day:
      return "%d";
    case DatePart::weekday:
      return "%w";
    case DatePart::hour:
      return "%H";
    case DatePart::minute:
      return "%M";
    case DatePart::second:
      return "%S";
  }
  return "%Y";
}

struct JsonElement {
  std::string& out;
  void operator()(std::monostate) const { out += "null"; }
  void operator()(bool value) const { out += value ? '1' : '0'; }
  void operator()(std::int64_t value) const { write_json_integer(out, value); }
  void operator()(double value) const { write_json_double(out, value); }
  void operator()(const std::string& value) const { write_json_string(out, value); }
  void operator()(const Blob&) const {}
};

// $."a"[0]
std::string json_path(std::span<const std::string> path) {
  std::string text = "$";
  for (const auto& step : path) {
    const bool is_index =
        !step.empty() && std::all_of(step.begin(), step.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (is_index) {
      text += fmt::format("[{}]", step);
    } else if (step.find('"') == std::string::npos) {
      text += fmt::format(".\"{}\"", step);
    } else {
      text += '.' + step;  // a quoted name can't hold quotes, a bare one can
    }
  }
  return text;
}

class SqliteDialect : public Dialect {
 public:
  Vendor vendor() const override { return Vendor::sqlite; }
  std::string_view vendor_name() const override { return "sqlite"; }

  void quote(std::string& out, std::string_view identifier) const override { quote_with(out, identifier, '"'); }
  void placeholder(std::string& out, int) const override { out += '?'; }

  Value time_value(Type type, Moment moment) const override {
    if (type == Type::time) return format_date_time(civil_utc(moment)).substr(11);
    return moment.milliseconds;
  }

  // Times are milliseconds where the server wrote them, and texts where a default or somebody else did.
  void date_part(SqlText& out, DatePart part, Type type, std::string_view column) const override {
    const auto format = strftime_format(part);
    const bool is_local = type == Type::date || type == Type::date_time;
    out << "CAST(CASE typeof(" << column << ") WHEN 'text' THEN strftime('" << format << "', " << column
        << ") ELSE strftime('" << format << "', " << column << " / 1000.0, 'unixepoch'"
        << (is_local ? ", 'localtime'" : "") << ") END AS INTEGER)";
  }

  void text_match(SqlText& out, std::string_view column, const TextMatch& match,
                  std::string_view value) const override {
    const auto* const before = match.ignore_case ? "LOWER(" : "";
    const auto* const after = match.ignore_case ? ")" : "";
    out << before << column << after << (match.negated ? " NOT LIKE " : " LIKE ") << before;
    out.bind(like_pattern(match.where, value)) << after;
  }

  void in_list(SqlText& out, std::string_view column, Type, std::span<const Value> values) const override {
    const bool has_blob = std::any_of(values.begin(), values.end(),
                                      [](const Value& value) { return std::holds_alternative<Blob>(value); });
    if (has_blob) {
      out << column << " IN (";
      out.bind_all({values.begin(), values.end()}) << ")";
      return;
    }
    std::string list = "[";
    for (const auto& value : values) {
      if (list.size() > 1) list += ',';
      std::visit(JsonElement{list}, value);
    }
    list += ']';
    out << column << " IN (SELECT value FROM json_each(";
    out.bind(std::move(list)) << "))";
  }

  void json_length(SqlText& out, std::string_view column) const override {
    out << "CASE WHEN json_valid(" << column << ") THEN json_array_length(" << column << ") WHEN " << column
        << " IS NOT NULL THEN 0 END";
  }

  void json_extract(SqlText& out, std::string_view column, std::span<const std::string> path) const override {
    out << "CASE WHEN json_valid(" << column << ") THEN " << column << " -> ";
    out.bind(json_path(path)) << " END";
  }

  // Without SpatiaLite geometries are GeoJSON texts; the blobs of SpatiaLite can't be read.
  void geometry_as_json(SqlText& out, std::string_view column) const override {
    out << "CASE typeof(" << column << ") WHEN 'text' THEN " << column << " END";
  }
  void geometry_value(SqlText& out, std::string_view geojson) const override { out.bind(std::string(geojson)); }

  bool sorts_nulls_first() const override { return true; }
  bool has_returning() const override { return true; }

  std::string column_type(const ColumnSpec& column) const override {
    switch (column.type) {
      case Type::string:
        return fmt::format("varchar({})", column.length.value_or(255));
      case Type::text:
      case Type::csv:
        return "text";
      case Type::boolean:
        return "boolean";
      case Type::integer:
        return "integer";
      case Type::big_integer:
        return column.has_auto_increment ? "integer" : "bigint";
      case Type::floating:
      case Type::decimal:
        return "float";
      case Type::date:
        return "date";
      case Type::date_time:
      case Type::timestamp:
        return "datetime";
      case Type::time:
        return "time";
      case Type::json:
        return "json";
      case Type::uuid:
        return "char(36)";
      case Type::hash:
        return "varchar(255)";
      case Type::binary:
        return "blob";
      case Type::alias:
      case Type::unknown:
        break;
      default:
        return geometry_type_name(column.type);
    }
    throw_without_column(column);
  }

  std::vector<Table> introspect(Connection& connection) const override { return sqlite::introspect(connection); }
};

}  // namespace

std::unique_ptr<Dialect> make_sqlite_dialect() { return std::make_unique<SqliteDialect>(); }

}  // namespace ashlar::database
