// The types that fields have in the API, and by which SQL tells columns apart. How each database stores them:
// Dialect::column_type; how a column's type is read back: schema/.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace ashlar::database {

enum class Type : std::uint8_t {
  string,
  text,
  boolean,
  integer,
  big_integer,
  floating,
  decimal,
  date,
  date_time,
  timestamp,
  time,
  json,
  csv,
  uuid,
  hash,
  binary,
  geometry,
  geometry_point,
  geometry_line_string,
  geometry_polygon,
  geometry_multi_point,
  geometry_multi_line_string,
  geometry_multi_polygon,
  alias,
  unknown
};

// The API's spelling: "bigInteger", "dateTime", "geometry.Point" ...
std::string_view type_name(Type type);
std::optional<Type> type_from_name(std::string_view name);

inline bool is_geometry(Type type) { return type >= Type::geometry && type <= Type::geometry_multi_polygon; }
inline bool is_number(Type type) { return type >= Type::integer && type <= Type::decimal; }

}  // namespace ashlar::database
