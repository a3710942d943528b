#include "schema/field_type.h"

#include <algorithm>
#include <unordered_map>

namespace ashlar::schema {
namespace {

bool has(const std::vector<std::string>& flags, std::string_view flag) {
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

const std::unordered_map<std::string_view, Type>& types_by_name() {
  static const std::unordered_map<std::string_view, Type> types = [] {
    std::unordered_map<std::string_view, Type> map;
    const auto add = [&](Type type, std::string_view names) {
      for (const auto name : split(names, ',')) map.emplace(name, type);
    };
    add(Type::boolean, "boolean,bool,bit");
    add(Type::integer,
        "tinyint,smallint,mediumint,int,integer,int2,int4,serial,year,numeric,number,tinyint unsigned,"
        "smallint unsigned,mediumint unsigned,int unsigned,integer unsigned,bigint unsigned");
    add(Type::big_integer, "bigint,int8,bigserial,serial8");
    add(Type::decimal, "decimal");
    add(Type::floating, "float,double,double precision,real,float4,float8,money,smallmoney");
    add(Type::string, "varchar,char,character,character varying,bpchar,nvarchar,varchar2,longvarchar,interval");
    add(Type::text, "text,tinytext,mediumtext,longtext,ntext,clob,citext,nchar,string");
    add(Type::date, "date");
    add(Type::time, "time,timetz,time with time zone,time without time zone");
    add(Type::date_time, "datetime,datetime2,smalldatetime,timestamp without time zone");
    add(Type::timestamp, "timestamp,timestamptz,timestamp with time zone,datetimeoffset");
    add(Type::json, "json,jsonb");
    add(Type::uuid, "uuid,uniqueidentifier");
    add(Type::binary, "binary,varbinary,blob,mediumblob,image");
    add(Type::geometry, "geometry");
    add(Type::geometry_point, "point");
    add(Type::geometry_line_string, "linestring");
    add(Type::geometry_polygon, "polygon");
    add(Type::geometry_multi_point, "multipoint");
    add(Type::geometry_multi_line_string, "multilinestring");
    add(Type::geometry_multi_polygon, "multipolygon");
    return map;
  }();
  return types;
}

// 'it''s'::character varying -> it''s; the quotes inside stay doubled, as the reference serves them.
std::string strip_literal(std::string_view text) {
  if (!text.empty() && text.front() == '\'') {
    for (std::size_t i = 1; i < text.size(); ++i) {
      if (text[i] != '\'') continue;
      if (i + 1 < text.size() && text[i + 1] == '\'') {
        ++i;
        continue;
      }
      return std::string(text.substr(1, i - 1));
    }
  }
  if (!text.empty() && text.front() == '"' && text.back() == '"' && text.size() > 1) {
    return std::string(text.substr(1, text.size() - 2));
  }
  const auto cast = text.find("::");
  // nextval('t_id_seq'::regclass) keeps its cast: it is inside of the call.
  if (cast != std::string_view::npos && text.find('(') > cast) return std::string(text.substr(0, cast));
  return std::string(text);
}

}  // namespace

bool is_alias_flag(std::string_view flag) {
  return flag == "alias" || flag == "o2m" || flag == "m2m" || flag == "m2a" || flag == "o2a" || flag == "files" ||
         flag == "translations";
}

Special special_from_flags(const std::vector<std::string>& flags) {
  Special special;
  const std::pair<std::string_view, bool*> known[] = {{"uuid", &special.uuid},
                                                      {"hash", &special.hash},
                                                      {"conceal", &special.conceal},
                                                      {"encrypt", &special.encrypt},
                                                      {"cast-boolean", &special.cast_boolean},
                                                      {"cast-json", &special.cast_json},
                                                      {"cast-csv", &special.cast_csv},
                                                      {"cast-timestamp", &special.cast_timestamp},
                                                      {"cast-datetime", &special.cast_date_time},
                                                      {"date-created", &special.date_created},
                                                      {"date-updated", &special.date_updated},
                                                      {"user-created", &special.user_created},
                                                      {"user-updated", &special.user_updated},
                                                      {"role-created", &special.role_created},
                                                      {"role-updated", &special.role_updated},
                                                      {"no-data", &special.no_data},
                                                      {"file", &special.file}};
  for (const auto& [name, member] : known) *member = has(flags, name);
  return special;
}

Type type_of_column(const database::Column& column, const std::vector<std::string>& flags) {
  if (has(flags, "cast-json")) return Type::json;
  if (has(flags, "hash")) return Type::hash;
  if (has(flags, "cast-csv")) return Type::csv;
  if (has(flags, "uuid") || has(flags, "file")) return Type::uuid;
  if (has(flags, "cast-timestamp")) return Type::timestamp;
  if (has(flags, "cast-datetime")) return Type::date_time;
  const auto& types = types_by_name();
  const auto found = types.find(column.data_type);
  const auto by_name = found == types.end() ? Type::unknown : found->second;
  if (database::is_geometry(by_name)) {
    if (!flags.empty()) {
      const auto flagged = database::type_from_name(flags.front());
      if (flagged && database::is_geometry(*flagged)) return *flagged;
    }
    return by_name;
  }
  if (column.data_type == "numeric" && column.numeric_precision && column.numeric_scale) return Type::decimal;
  const bool is_varchar =
      column.data_type == "varchar" || column.data_type == "nvarchar" || column.data_type == "character varying";
  if (is_varchar && column.max_length.value_or(-1) == -1) return Type::text;
  return by_name;
}

json::value served_default(const database::Column& column, Type type) {
  if (!column.default_value) return nullptr;
  const auto& stored = *column.default_value;
  const auto text = strip_literal(stored);
  if (equals_ignoring_case(stored, "null") || text == "0000-00-00 00:00:00") return nullptr;
  if (stored.starts_with("NULL::")) return nullptr;
  switch (type) {
    case Type::integer:
    case Type::big_integer:
    case Type::floating:
    case Type::decimal: {
      if (const auto whole = parse_integer(text)) return *whole;
      if (const auto number = parse_number(text)) return *number;
      return json::string(text);
    }
    case Type::boolean:
      if (text == "1" || text == "true" || text == "t" || text == "b'1'") return true;
      if (text == "0" || text == "false" || text == "f" || text == "b'0'") return false;
      return json::string(text);
    case Type::json: {
      auto parsed = parse_json(replace_all(text, "''", "'"));
      return parsed ? *parsed : json::value(json::string(text));
    }
    default:
      return json::string(text);
  }
}

}  // namespace ashlar::schema
