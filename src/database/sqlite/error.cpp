#include "database/sqlite/error.h"

#include <sqlite3.h>

#include <string>

#include "base/text.h"

namespace ashlar::database::sqlite {
namespace {

using Kind = DatabaseError::Kind;

Kind kind_of_constraint(int extended_code) {
  switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return Kind::unique;
    case SQLITE_CONSTRAINT_NOTNULL:
      return Kind::not_null;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return Kind::foreign_key;
    case SQLITE_CONSTRAINT_CHECK:
    case SQLITE_CONSTRAINT_DATATYPE:
      return Kind::invalid_value;
    default:
      return Kind::other;
  }
}

Kind kind_of(int extended_code, std::string_view message) {
  switch (extended_code & 0xff) {
    case SQLITE_CONSTRAINT:
      return kind_of_constraint(extended_code);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Kind::busy;
    case SQLITE_INTERRUPT:
      return Kind::timeout;
    case SQLITE_TOOBIG:
      return Kind::too_long;
    case SQLITE_MISMATCH:
      return Kind::invalid_value;
    case SQLITE_CANTOPEN:
    case SQLITE_NOTADB:
      return Kind::unavailable;
    case SQLITE_ERROR:
      if (message.starts_with("no such table") || message.starts_with("no such column")) return Kind::missing_table;
      if (message == "parser stack overflow" || message.starts_with("Expression tree is too large") ||
          message.starts_with("at most 64 tables in a join")) {
        return Kind::too_complex;
      }
      return Kind::other;
    default:
      return Kind::other;
  }
}

// "UNIQUE constraint failed: t.a, t.b", "NOT NULL constraint failed: t.c", "UNIQUE constraint failed: index 'i'",
// "CHECK constraint failed: name"
void read_names(DatabaseError& error, std::string_view message) {
  const auto colon = message.find(" constraint failed: ");
  if (colon == std::string_view::npos) return;
  auto names = message.substr(colon + std::string_view(" constraint failed: ").size());
  if (message.starts_with("CHECK")) {
    error.constraint = names;
    return;
  }
  if (names.starts_with("index '") && names.ends_with('\'')) {
    error.constraint = names.substr(7, names.size() - 8);
    return;
  }
  while (!names.empty()) {
    const auto end = names.find(", ");
    const auto name = names.substr(0, end);
    const auto dot = name.find('.');
    if (dot != std::string_view::npos) {
      error.table = name.substr(0, dot);
      error.columns.emplace_back(name.substr(dot + 1));
    }
    names = end == std::string_view::npos ? std::string_view{} : names.substr(end + 2);
  }
}

}  // namespace

DatabaseError translate(int extended_code, std::string_view message) {
  DatabaseError error(kind_of(extended_code, message), std::string(message));
  if ((extended_code & 0xff) == SQLITE_CONSTRAINT) read_names(error, message);
  if (error.kind == Kind::missing_table) {
    const auto colon = message.find(": ");
    auto name = colon == std::string_view::npos ? std::string_view{} : message.substr(colon + 2);
    if (message.starts_with("no such table")) {
      error.table = name.starts_with("main.") ? name.substr(5) : name;
    } else if (!name.empty()) {
      const auto dot = name.rfind('.');
      error.columns.emplace_back(dot == std::string_view::npos ? name : name.substr(dot + 1));
    }
  }
  return error;
}

void throw_last(sqlite3* database) { throw translate(sqlite3_extended_errcode(database), sqlite3_errmsg(database)); }

}  // namespace ashlar::database::sqlite
