#include "database/postgres/error.h"

#include <string>

#include "base/text.h"

namespace ashlar::database::postgres {
namespace {

using Kind = DatabaseError::Kind;

Kind kind_of(std::string_view state) {
  struct Known {
    std::string_view prefix;
    Kind kind;
  };
  // A longer code comes before the class that it belongs to.
  static constexpr Known known[] = {
      {"23505", Kind::unique},        {"23P01", Kind::unique},        {"23503", Kind::foreign_key},
      {"23502", Kind::not_null},      {"23514", Kind::invalid_value}, {"22001", Kind::too_long},
      {"22003", Kind::out_of_range},  {"22", Kind::invalid_value},    {"42P01", Kind::missing_table},
      {"54001", Kind::too_complex},   {"54011", Kind::too_complex},   {"42703", Kind::missing_table},
      {"3F000", Kind::missing_table}, {"40001", Kind::busy},          {"40P01", Kind::busy},
      {"55P03", Kind::busy},          {"57014", Kind::timeout},       {"57P0", Kind::unavailable},
      {"08P01", Kind::other},         {"08", Kind::unavailable},      {"53300", Kind::unavailable},
      {"25P03", Kind::unavailable}};
  for (const auto& [prefix, kind] : known) {
    if (state.starts_with(prefix)) return kind;
  }
  return Kind::other;
}

std::string field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string{} : std::string(text);
}

std::string without_quotes(std::string_view name) {
  name = trim(name);
  if (name.size() < 2 || name.front() != '"' || name.back() != '"') return std::string(name);
  return replace_all(std::string(name.substr(1, name.size() - 2)), "\"\"", "\"");
}

// What stands between the last two quotation marks that enclose something: invalid input syntax for type integer: "x"
std::string quoted_part(std::string_view message) {
  const auto begin = message.find(": \"");
  const auto end = message.rfind('"');
  if (begin == std::string_view::npos || end < begin + 3) return {};
  return std::string(message.substr(begin + 3, end - begin - 3));
}

// Key (email, "Name")=(a, b) already exists.
void read_key(DatabaseError& error, std::string_view detail) {
  constexpr std::string_view start = "Key (";
  const auto middle = detail.find(")=(");
  if (!detail.starts_with(start) || middle == std::string_view::npos) return;
  for (const auto column : split(detail.substr(start.size(), middle - start.size()), ',')) {
    error.columns.push_back(without_quotes(column));
  }
  auto end = std::string_view::npos;
  for (const auto* tail :
       {") already exists", ") is not present in", ") is still referenced from", ") conflicts with"}) {
    if (end == std::string_view::npos) end = detail.rfind(tail);
  }
  if (end != std::string_view::npos && end >= middle + 3) error.value = detail.substr(middle + 3, end - middle - 3);
}

// relation "x" does not exist, column "x" does not exist, column t.x does not exist, column "x" of relation "t" ...
void read_missing(DatabaseError& error, std::string_view state, std::string_view message) {
  const auto name_after = [&](std::string_view word) -> std::string {
    const auto begin = message.find(word);
    if (begin == std::string_view::npos) return {};
    auto name = message.substr(begin + word.size());
    const auto end = name.starts_with('"') ? name.find('"', 1) + 1 : name.find(' ');
    name = name.substr(0, end);
    if (!name.starts_with('"') && name.rfind('.') != std::string_view::npos) name.remove_prefix(name.rfind('.') + 1);
    return without_quotes(name);
  };
  if (error.table.empty()) error.table = name_after("relation ");
  if (state == "42703") error.columns.push_back(name_after("column "));
}

}  // namespace

std::string_view sql_state(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state == nullptr ? std::string_view{} : std::string_view(state);
}

DatabaseError translate(const PGconn* connection, const PGresult* result) {
  const auto state = sql_state(result);
  if (state.empty()) {
    const bool is_lost = PQstatus(connection) != CONNECTION_OK;
    return {is_lost ? Kind::unavailable : Kind::other, std::string(trim(PQerrorMessage(connection)))};
  }
  const auto message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  DatabaseError error(kind_of(state), message + " (" + std::string(state) + ")");
  error.table = field(result, PG_DIAG_TABLE_NAME);
  error.constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
  if (const auto column = field(result, PG_DIAG_COLUMN_NAME); !column.empty()) error.columns.push_back(column);
  if (error.kind == Kind::unique || error.kind == Kind::foreign_key) {
    read_key(error, field(result, PG_DIAG_MESSAGE_DETAIL));
  } else if (error.kind == Kind::invalid_value) {
    error.value = quoted_part(message);
  } else if (error.kind == Kind::out_of_range) {
    if (const auto begin = message.find('"'); begin != std::string::npos && message.rfind('"') > begin) {
      error.value = message.substr(begin + 1, message.find('"', begin + 1) - begin - 1);
    }
  } else if (error.kind == Kind::missing_table) {
    read_missing(error, state, message);
  }
  return error;
}

}  // namespace ashlar::database::postgres
