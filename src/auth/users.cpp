#include "auth/users.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "auth/rows.h"
#include "base/text.h"

namespace ashlar::auth {
namespace {

using database::SqlText;

constexpr std::array<std::string_view, 7> columns = {"id",         "email",  "password", "role",
                                                     "tfa_secret", "status", "provider"};

SqlText select_users(const database::Dialect& dialect) {
  SqlText sql(dialect);
  std::string_view joint = "SELECT ";
  for (const auto column : columns) {
    sql << joint;
    sql.name(column);
    joint = ", ";
  }
  sql << " FROM ";
  sql.name("directus_users");
  return sql;
}

std::optional<User> first_user(database::Connection& connection, const SqlText& sql) {
  const auto rows = connection.query(sql.text, sql.parameters);
  if (!rows->next()) return std::nullopt;
  User user;
  user.id = rows->cell(0).to_string();
  user.email = optional_text(rows->cell(1));
  user.password = optional_text(rows->cell(2));
  user.role = optional_text(rows->cell(3));
  user.tfa_secret = optional_text(rows->cell(4));
  user.status = rows->cell(5).to_string();
  user.provider = rows->cell(6).to_string();
  return user;
}

}  // namespace

bool is_email(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || text.size() > 320) return false;
  const auto is_odd = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; };
  if (std::any_of(text.begin(), text.end(), is_odd)) return false;
  const auto local = text.substr(0, at);
  if (local.empty() || local.find_first_of("@,;:<>()[]\\\"") != std::string_view::npos) return false;
  if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos) return false;
  const auto labels = split(text.substr(at + 1), '.');
  if (labels.size() < 2 || labels.back().size() < 2) return false;
  return std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
    const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || (c & 0x80); };
    return !label.empty() && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), fits);
  });
}

std::optional<User> find_user(database::Connection& connection, const database::Dialect& dialect, std::string_view id) {
  auto sql = select_users(dialect);
  sql << " WHERE ";
  sql.name("id");
  sql << " = ";
  sql.bind(std::string(id));
  return first_user(connection, sql);
}

std::optional<User> find_user_by_email(database::Connection& connection, const database::Dialect& dialect,
                                       std::string_view email) {
  auto sql = select_users(dialect);
  sql << " WHERE LOWER(";
  sql.name("email");
  sql << ") = ";
  sql.bind(to_lower(email));
  return first_user(connection, sql);
}

std::optional<User> find_user_by_identifier(database::Connection& connection, const database::Dialect& dialect,
                                            std::string_view identifier) {
  auto sql = select_users(dialect);
  sql << " WHERE LOWER(";
  sql.name("external_identifier") << ") = LOWER(";
  sql.bind(std::string(identifier)) << ") ORDER BY CASE WHEN ";
  sql.name("external_identifier") << " = ";
  sql.bind(std::string(identifier)) << " THEN 0 ELSE 1 END";
  return first_user(connection, sql);
}

}  // namespace ashlar::auth
