#include "database/dialect.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "database/dialect_parts.h"
#include "database/error.h"
#include "database/mysql/introspect.h"

namespace ashlar::database {
namespace {

constexpr std::size_t maximum_parameters = 65'535;

std::string_view date_function(DatePart part) {
  switch (part) {
    case DatePart::year:
      return "YEAR";
    case DatePart::month:
      return "MONTH";
    case DatePart::week:
      return "WEEK";
    case DatePart::day:
      return "DAYOFMONTH";
    case DatePart::weekday:
      return "DAYOFWEEK";  // from 1; clients of the reference know it so
    case DatePart::hour:
      return "HOUR";
    case DatePart::minute:
      return "MINUTE";
    case DatePart::second:
      return "SECOND";
  }
  return "YEAR";
}

// $."a"[0]
std::string json_path(std::span<const std::string> path) {
  std::string text = "$";
  for (const auto& step : path) {
    if (!step.empty() && std::all_of(step.begin(), step.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      text += fmt::format("[{}]", step);
    } else {
      text += fmt::format(".\"{}\"", replace_all(replace_all(step, "\\", "\\\\"), "\"", "\\\""));
    }
  }
  return text;
}

json::value json_element(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* truth = std::get_if<bool>(&value)) return static_cast<int>(*truth);
  if (const auto* text = std::get_if<std::string>(&value)) return json::string(*text);
  return nullptr;
}

// A list of more values than a statement may have parameters: as one, of JSON.
void in_long_list(SqlText& out, std::string_view column, std::span<const Value> values) {
  json::array list;
  list.reserve(values.size());
  bool whole = true;
  for (const auto& value : values) {
    whole = whole && std::holds_alternative<std::int64_t>(value);
    list.push_back(json_element(value));
  }
  out << column << " IN (SELECT value FROM JSON_TABLE(";
  out.bind(json::serialize(list)) << ", '$[*]' COLUMNS (value " << (whole ? "BIGINT" : "TEXT")
                                  << " PATH '$')) AS list)";
}

class MysqlDialect : public Dialect {
 public:
  Vendor vendor() const override { return Vendor::mysql; }
  std::string_view vendor_name() const override { return "mysql"; }

  void quote(std::string& out, std::string_view identifier) const override { quote_with(out, identifier, '`'); }
  void placeholder(std::string& out, int) const override { out += '?'; }

  // MySQL takes no letter for the zone; the session's is UTC.
  Value time_value(Type type, Moment moment) const override {
    const auto civil = civil_utc(moment);
    if (type == Type::date) return format_date(civil);
    auto text = format_date_time(civil);
    if (type == Type::time) return text.substr(11);
    text[10] = ' ';
    if (type != Type::date_time && civil.millisecond != 0) text += fmt::format(".{:03}", civil.millisecond);
    return text;
  }

  void date_part(SqlText& out, DatePart part, Type, std::string_view column) const override {
    out << date_function(part) << "(" << column << ")";
  }

  void text_match(SqlText& out, std::string_view column, const TextMatch& match,
                  std::string_view value) const override {
    const auto* const before = match.ignore_case ? "LOWER(" : "";
    const auto* const after = match.ignore_case ? ")" : "";
    out << before << column << after << (match.negated ? " NOT LIKE " : " LIKE ") << before;
    out.bind(like_pattern(match.where, value)) << after;
  }

  // Filled up to a power of two with the last value, so that there are few different texts.
  void in_list(SqlText& out, std::string_view column, Type, std::span<const Value> values) const override {
    if (values.empty()) {
      out << "FALSE";
      return;
    }
    const auto room = maximum_parameters - std::min(maximum_parameters, out.parameters.size());
    if (values.size() > room) {
      in_long_list(out, column, values);
      return;
    }
    std::vector<Value> filled(values.begin(), values.end());
    filled.resize(std::max(values.size(), std::min(std::bit_ceil(values.size()), room)), values.back());
    out << column << " IN (";
    out.bind_all(filled) << ")";
  }

  void json_length(SqlText& out, std::string_view column) const override {
    out << "CASE WHEN JSON_TYPE(" << column << ") = 'ARRAY' THEN JSON_LENGTH(" << column << ") WHEN " << column
        << " IS NOT NULL THEN 0 END";
  }

  void json_extract(SqlText& out, std::string_view column, std::span<const std::string> path) const override {
    out << "JSON_EXTRACT(" << column << ", ";
    out.bind(json_path(path)) << ")";
  }

  void geometry_as_json(SqlText& out, std::string_view column) const override {
    out << "ST_AsGeoJSON(" << column << ")";
  }
  void geometry_value(SqlText& out, std::string_view geojson) const override {
    out << "ST_GeomFromGeoJSON(";
    out.bind(std::string(geojson)) << ")";
  }

  bool sorts_nulls_first() const override { return true; }
  bool has_returning() const override { return false; }  // MariaDB's INSERT has it, MySQL's does not

  std::string column_type(const ColumnSpec& column) const override {
    const bool is_counted = column.has_auto_increment || column.refers_to_auto_increment;
    switch (column.type) {
      case Type::string:
        return fmt::format("varchar({})", column.length.value_or(255));
      case Type::text:
      case Type::csv:
        return "text";
      case Type::boolean:
        return "tinyint(1)";
      case Type::integer:
        return is_counted ? "int unsigned" : "int";
      case Type::big_integer:
        return is_counted ? "bigint unsigned" : "bigint";
      case Type::floating:
        return fmt::format("float({},{})", column.precision.value_or(10), column.scale.value_or(5));
      case Type::decimal:
        return fmt::format("decimal({},{})", column.precision.value_or(10), column.scale.value_or(5));
      case Type::date:
        return "date";
      case Type::date_time:
        return "datetime";
      case Type::timestamp:
        return "timestamp";
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

  std::vector<Table> introspect(Connection& connection) const override { return mysql::introspect(connection); }
};

}  // namespace

std::unique_ptr<Dialect> make_mysql_dialect() { return std::make_unique<MysqlDialect>(); }

}  // namespace ashlar::database
