#include "database/mysql/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace ashlar::database::mysql {
namespace {

using Kind = DatabaseError::Kind;

Kind kind_of(unsigned number) {
  switch (number) {
    case 1062:  // ER_DUP_ENTRY
    case 1557:  // ER_FOREIGN_DUPLICATE_KEY
    case 1586:  // ER_DUP_ENTRY_WITH_KEY_NAME
      return Kind::unique;
    case 1216:  // ER_NO_REFERENCED_ROW
    case 1217:  // ER_ROW_IS_REFERENCED
    case 1451:  // ER_ROW_IS_REFERENCED_2
    case 1452:  // ER_NO_REFERENCED_ROW_2
      return Kind::foreign_key;
    case 1048:  // ER_BAD_NULL_ERROR
    case 1138:  // ER_INVALID_USE_OF_NULL
    case 1263:  // ER_WARN_NULL_TO_NOTNULL
    case 1364:  // ER_NO_DEFAULT_FOR_FIELD
      return Kind::not_null;
    case 1406:  // ER_DATA_TOO_LONG
      return Kind::too_long;
    case 167:   // ER_WARN_DATA_OUT_OF_RANGE of MariaDB's expressions
    case 1264:  // ER_WARN_DATA_OUT_OF_RANGE
    case 1690:  // ER_DATA_OUT_OF_RANGE
      return Kind::out_of_range;
    case 1265:  // WARN_DATA_TRUNCATED
    case 1267:  // ER_CANT_AGGREGATE_2COLLATIONS: letters that the column's character set does not have
    case 1292:  // ER_TRUNCATED_WRONG_VALUE
    case 1366:  // ER_TRUNCATED_WRONG_VALUE_FOR_FIELD
    case 1411:  // ER_WRONG_VALUE_FOR_TYPE
    case 1416:  // ER_CANT_CREATE_GEOMETRY_OBJECT
    case 3140:  // ER_INVALID_JSON_TEXT
    case 3819:  // ER_CHECK_CONSTRAINT_VIOLATED
    case 4025:  // ER_CONSTRAINT_FAILED
      return Kind::invalid_value;
    case 1116:  // ER_TOO_MANY_TABLES
    case 1119:  // ER_STACK_OVERRUN
    case 1436:  // ER_STACK_OVERRUN_NEED_MORE
    case 1473:  // ER_TOO_HIGH_LEVEL_OF_NESTING_FOR_SELECT
      return Kind::too_complex;
    case 1051:  // ER_BAD_TABLE_ERROR
    case 1054:  // ER_BAD_FIELD_ERROR
    case 1146:  // ER_NO_SUCH_TABLE
      return Kind::missing_table;
    case 1020:  // ER_CHECKREAD
    case 1205:  // ER_LOCK_WAIT_TIMEOUT
    case 1213:  // ER_LOCK_DEADLOCK
    case 1412:  // ER_TABLE_DEF_CHANGED
      return Kind::busy;
    case 1317:  // ER_QUERY_INTERRUPTED
    case 1969:  // ER_STATEMENT_TIMEOUT
    case 3024:  // ER_QUERY_TIMEOUT
      return Kind::timeout;
    case 1040:  // ER_CON_COUNT_ERROR
    case 1044:  // ER_DBACCESS_DENIED_ERROR
    case 1045:  // ER_ACCESS_DENIED_ERROR
    case 1049:  // ER_BAD_DB_ERROR
    case 1129:  // ER_HOST_IS_BLOCKED
    case 1203:  // ER_TOO_MANY_USER_CONNECTIONS
    case 1226:  // ER_USER_LIMIT_REACHED
    case 2002:  // CR_CONNECTION_ERROR
    case 2003:  // CR_CONN_HOST_ERROR
    case 2005:  // CR_UNKNOWN_HOST
      return Kind::unavailable;
    default:
      return is_lost(number) ? Kind::unavailable : Kind::other;
  }
}

// What stands between the two texts; empty where they are not there.
std::string between(std::string_view message, std::string_view before, std::string_view after) {
  const auto begin = message.find(before);
  if (begin == std::string_view::npos) return {};
  const auto rest = message.substr(begin + before.size());
  const auto end = rest.find(after);
  return end == std::string_view::npos ? std::string{} : std::string(rest.substr(0, end));
}

// a`, `b
std::vector<std::string> names_of(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const auto end = list.find("`, `");
    names.emplace_back(list.substr(0, end));
    list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 4);
  }
  return names;
}

// Duplicate entry 'x' for key 'name'; MySQL 8 says 'table.name'.
void read_duplicate(DatabaseError& error, std::string_view message) {
  const auto key = message.rfind("' for key '");
  constexpr std::string_view entry = "Duplicate entry '";
  if (key == std::string_view::npos || !message.starts_with(entry)) return;
  error.value = message.substr(entry.size(), key - entry.size());
  auto name = message.substr(key + 11);
  name = name.substr(0, name.rfind('\''));
  if (const auto dot = name.find('.'); dot != std::string_view::npos) {
    error.table = name.substr(0, dot);
    name.remove_prefix(dot + 1);
  }
  error.constraint = name;
}

// ... a foreign key constraint fails (`db`.`b`, CONSTRAINT `b_a_foreign` FOREIGN KEY (`a`) REFERENCES `a` (`id`))
void read_foreign_key(DatabaseError& error, std::string_view message) {
  error.table = between(message, "`.`", "`");
  error.constraint = between(message, "CONSTRAINT `", "`");
  error.columns = names_of(between(message, "FOREIGN KEY (`", "`)"));
}

// ... for column 'age' at row 1; Column 'age' cannot be null; Field 'age' ...; ... for column `db`.`t`.`age` at row 1
void read_column(DatabaseError& error, std::string_view message) {
  if (const auto full = between(message, "for column `", "` at row"); !full.empty()) {
    const auto lines = replace_all(full, "`.`", "\n");
    const auto parts = split(lines, '\n');
    if (parts.size() == 3) error.table = parts[1];
    error.columns.emplace_back(parts.back());
  } else {
    for (const auto* before : {"column '", "Column '", "Field '"}) {
      auto name = between(message, before, "'");
      if (name.empty()) continue;
      error.columns.push_back(std::move(name));
      break;
    }
  }
  // Incorrect integer value: 'many' for column ...
  if (const auto begin = message.find(" value: '"); begin != std::string_view::npos) {
    auto end = message.rfind("' for column");
    if (end == std::string_view::npos) end = message.rfind('\'');
    if (end >= begin + 9) error.value = message.substr(begin + 9, end - begin - 9);
  }
}

}  // namespace

bool is_lost(unsigned number) {
  static constexpr std::array<unsigned, 8> lost{
      1053,   // ER_SERVER_SHUTDOWN
      1927,   // ER_CONNECTION_KILLED
      2006,   // CR_SERVER_GONE_ERROR
      2013,   // CR_SERVER_LOST
      2014,   // CR_COMMANDS_OUT_OF_SYNC: nothing that comes can be told to whom it belongs
      2026,   // CR_SSL_CONNECTION_ERROR
      2055,   // CR_SERVER_LOST_EXTENDED
      4031};  // ER_CLIENT_INTERACTION_TIMEOUT
  return std::find(lost.begin(), lost.end(), number) != lost.end();
}

DatabaseError translate(unsigned number, std::string_view message) {
  DatabaseError error(kind_of(number), fmt::format("{} ({})", message, number));
  switch (error.kind) {
    case Kind::unique:
      read_duplicate(error, message);
      break;
    case Kind::foreign_key:
      read_foreign_key(error, message);
      break;
    case Kind::not_null:
    case Kind::too_long:
    case Kind::out_of_range:
      read_column(error, message);
      break;
    case Kind::invalid_value:
      read_column(error, message);
      if (number == 4025) error.constraint = between(message, "CONSTRAINT `", "`");
      if (number == 3819) error.constraint = between(message, "constraint '", "'");
      break;
    case Kind::missing_table:
      if (number == 1054) {
        const auto name = between(message, "column '", "'");
        error.columns.push_back(name.substr(name.rfind('.') == std::string::npos ? 0 : name.rfind('.') + 1));
      } else {
        const auto name = between(message, "able '", "'");
        error.table = name.substr(name.find('.') == std::string::npos ? 0 : name.find('.') + 1);
      }
      break;
    default:
      break;
  }
  return error;
}

}  // namespace ashlar::database::mysql
