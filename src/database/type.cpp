#include "database/type.h"

#include <array>

namespace ashlar::database {
namespace {

constexpr std::array<std::string_view, 25> names{"string",
                                                 "text",
                                                 "boolean",
                                                 "integer",
                                                 "bigInteger",
                                                 "float",
                                                 "decimal",
                                                 "date",
                                                 "dateTime",
                                                 "timestamp",
                                                 "time",
                                                 "json",
                                                 "csv",
                                                 "uuid",
                                                 "hash",
                                                 "binary",
                                                 "geometry",
                                                 "geometry.Point",
                                                 "geometry.LineString",
                                                 "geometry.Polygon",
                                                 "geometry.MultiPoint",
                                                 "geometry.MultiLineString",
                                                 "geometry.MultiPolygon",
                                                 "alias",
                                                 "unknown"};

}  // namespace

std::string_view type_name(Type type) { return names[static_cast<std::size_t>(type)]; }

std::optional<Type> type_from_name(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Type>(i);
  }
  return std::nullopt;
}

}  // namespace ashlar::database
