#include "database/dialect.h"

#include <fmt/format.h>

#include "base/time.h"
#include "database/dialect_parts.h"
#include "database/error.h"
#include "database/postgres/introspect.h"

namespace ashlar::database {
namespace {

std::string_view extract_field(DatePart part) {
  switch (part) {
    case DatePart::year:
      return "YEAR";
    case DatePart::month:
      return "MONTH";
    case DatePart::week:
      return "WEEK";
    case DatePart::day:
      return "DAY";
    case DatePart::weekday:
      return "DOW";
    case DatePart::hour:
      return "HOUR";
    case DatePart::minute:
      return "MINUTE";
    case DatePart::second:
      return "SECOND";
  }
  return "YEAR";
}

// An element of an array literal: {1,"a \"b\"",NULL}
struct ArrayElement {
  std::string& out;
  void operator()(std::monostate) const { out += "NULL"; }
  void operator()(bool value) const { out += value ? 't' : 'f'; }
  void operator()(std::int64_t value) const { fmt::format_to(std::back_inserter(out), "{}", value); }
  void operator()(double value) const { fmt::format_to(std::back_inserter(out), "{}", value); }
  void operator()(const std::string& value) const {
    out += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  void operator()(const Blob& value) const {
    out += "\"\\\\x";
    for (const unsigned char byte : value.bytes) fmt::format_to(std::back_inserter(out), "{:02x}", byte);
    out += '"';
  }
};

template <class Values>
std::string array_literal(const Values& values) {
  std::string list = "{";
  for (const auto& value : values) {
    if (list.size() > 1) list += ',';
    if constexpr (std::is_same_v<typename Values::value_type, Value>) {
      std::visit(ArrayElement{list}, value);
    } else {
      ArrayElement{list}(value);
    }
  }
  return list + '}';
}

class PostgresDialect : public Dialect {
 public:
  Vendor vendor() const override { return Vendor::postgres; }
  std::string_view vendor_name() const override { return "postgres"; }

  void quote(std::string& out, std::string_view identifier) const override { quote_with(out, identifier, '"'); }
  void placeholder(std::string& out, int number) const override {
    fmt::format_to(std::back_inserter(out), "${}", number);
  }

  Value time_value(Type type, Moment moment) const override {
    const auto civil = civil_utc(moment);
    switch (type) {
      case Type::date:
        return format_date(civil);
      case Type::date_time:
        return format_date_time(civil);
      case Type::time:
        return format_date_time(civil).substr(11);
      default:
        return format_timestamp(moment);
    }
  }

  // The session's zone is UTC, so timestamps come out in it.
  void date_part(SqlText& out, DatePart part, Type, std::string_view column) const override {
    out << "EXTRACT(" << extract_field(part) << " FROM " << column << ")";
  }

  void text_match(SqlText& out, std::string_view column, const TextMatch& match,
                  std::string_view value) const override {
    const auto* const operation = match.negated ? " NOT LIKE " : " LIKE ";
    if (match.ignore_case) {
      out << "LOWER(" << column << "::text)" << operation << "LOWER(";
      out.bind(like_pattern(match.where, value)) << "::text)";
    } else {
      out << column << "::text" << operation;
      out.bind(like_pattern(match.where, value));
    }
  }

  void in_list(SqlText& out, std::string_view column, Type, std::span<const Value> values) const override {
    out << column << " = ANY (";
    out.bind(array_literal(values)) << ")";
  }

  void json_length(SqlText& out, std::string_view column) const override {
    out << "CASE WHEN json_typeof(" << column << "::json) = 'array' THEN json_array_length(" << column
        << "::json) WHEN " << column << " IS NOT NULL THEN 0 END";
  }

  void json_extract(SqlText& out, std::string_view column, std::span<const std::string> path) const override {
    out << "(" << column << "::json #> ";
    out.bind(array_literal(path)) << "::text[])";
  }

  void geometry_as_json(SqlText& out, std::string_view column) const override {
    out << "ST_AsGeoJSON(" << column << ")";
  }
  void geometry_value(SqlText& out, std::string_view geojson) const override {
    out << "ST_SetSRID(ST_GeomFromGeoJSON(";
    out.bind(std::string(geojson)) << "::text), 4326)";
  }

  bool sorts_nulls_first() const override { return false; }
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
        return column.has_auto_increment ? "serial" : "integer";
      case Type::big_integer:
        return column.has_auto_increment ? "bigserial" : "bigint";
      case Type::floating:
        return "real";
      case Type::decimal:
        return fmt::format("numeric({},{})", column.precision.value_or(10), column.scale.value_or(5));
      case Type::date:
        return "date";
      case Type::date_time:
        return "timestamp";
      case Type::timestamp:
        return "timestamptz";
      case Type::time:
        return "time";
      case Type::json:
        return "json";
      case Type::uuid:
        return "uuid";
      case Type::hash:
        return "varchar(255)";
      case Type::binary:
        return "bytea";
      case Type::alias:
      case Type::unknown:
        break;
      default:
        return fmt::format("geometry({}, 4326)", geometry_type_name(column.type));
    }
    throw_without_column(column);
  }

  void expect_many_rows(Connection& connection) const override {
    connection.run("DISCARD PLANS");
    connection.run("SET LOCAL enable_seqscan = off");
  }

  std::vector<Table> introspect(Connection& connection) const override { return postgres::introspect(connection); }
};

}  // namespace

std::unique_ptr<Dialect> make_postgres_dialect() { return std::make_unique<PostgresDialect>(); }

}  // namespace ashlar::database
