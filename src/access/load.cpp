#include <algorithm>
#include <span>

#include "access/store.h"
#include "base/log.h"
#include "base/text.h"
#include "database/sql_text.h"

namespace ashlar::access {
namespace {

using database::Cell;
using database::Cursor;
using database::SqlText;

// Runs SELECT columns FROM table ORDER BY the last `order_by` columns.
std::unique_ptr<Cursor> select(database::Connection& connection, const database::Dialect& dialect,
                               std::string_view table, std::span<const std::string_view> columns,
                               std::size_t order_by) {
  SqlText sql(dialect);
  (sql << "SELECT ").names(columns);
  (sql << " FROM ").name(table);
  for (std::size_t i = columns.size() - order_by; i < columns.size(); ++i) {
    sql << (i == columns.size() - order_by ? " ORDER BY " : ", ");
    sql.name(columns[i]);
  }
  return connection.query(sql.text, sql.parameters);
}

std::optional<std::string> optional_text(const Cell& cell) {
  if (cell.is_null()) return std::nullopt;
  return cell.to_string();
}

// A csv column: comma-separated text, the same on all databases.
std::vector<std::string> csv(const Cell& cell) {
  std::vector<std::string> parts;
  if (cell.is_null() || cell.text.empty()) return parts;
  for (const auto part : split(cell.text, ',')) {
    if (const auto trimmed = trim(part); !trimmed.empty()) parts.emplace_back(trimmed);
  }
  return parts;
}

FieldSet field_set(const Cell& cell) {
  FieldSet fields;
  for (auto& name : csv(cell)) {
    if (name == "*") {
      fields.all = true;
    } else {
      fields.add(std::move(name));
    }
  }
  return fields;
}

// A JSON column that holds an object: null where it is empty, nothing where it holds anything else.
std::optional<json::value> object_or_null(const Cell& cell) {
  if (cell.is_null()) return json::value();
  auto value = parse_json(cell.text);
  if (!value || !(value->is_object() || value->is_null())) return std::nullopt;
  if (value->is_object() && value->get_object().empty()) return json::value();
  return value;
}

void load_roles(database::Connection& connection, const database::Dialect& dialect, AccessData& data) {
  constexpr std::string_view columns[] = {"id", "parent", "name"};
  const auto rows = select(connection, dialect, "directus_roles", columns, 0);
  while (rows->next()) {
    auto id = rows->cell(0).to_string();
    Role role{id, optional_text(rows->cell(1)), rows->cell(2).to_string()};
    data.roles.emplace(std::move(id), std::move(role));
  }
}

void load_policies(database::Connection& connection, const database::Dialect& dialect, AccessData& data) {
  constexpr std::string_view columns[] = {"id", "name", "admin_access", "app_access", "enforce_tfa", "ip_access"};
  const auto rows = select(connection, dialect, "directus_policies", columns, 0);
  while (rows->next()) {
    Policy policy;
    policy.id = rows->cell(0).to_string();
    policy.name = rows->cell(1).to_string();
    policy.admin_access = rows->cell(2).to_bool();
    policy.app_access = rows->cell(3).to_bool();
    policy.enforce_tfa = rows->cell(4).to_bool();
    policy.ip_access = csv(rows->cell(5));
    auto id = policy.id;
    data.policies.emplace(std::move(id), std::move(policy));
  }
}

void load_attachments(database::Connection& connection, const database::Dialect& dialect, AccessData& data) {
  constexpr std::string_view columns[] = {"role", "user", "sort", "policy"};
  const auto rows = select(connection, dialect, "directus_access", columns, 2);
  while (rows->next()) {
    const auto role = optional_text(rows->cell(0));
    const auto user = optional_text(rows->cell(1));
    auto policy = rows->cell(3).to_string();
    if (role) data.role_policies[*role].push_back(policy);
    if (user) data.user_policies[*user].push_back(policy);
    if (!role && !user) data.public_policies.push_back(std::move(policy));
  }
}

void load_permissions(database::Connection& connection, const database::Dialect& dialect, AccessData& data) {
  constexpr std::string_view columns[] = {"policy",      "collection", "action",  "fields",
                                          "permissions", "validation", "presets", "id"};
  const auto rows = select(connection, dialect, "directus_permissions", columns, 1);
  while (rows->next()) {
    const auto policy = data.policies.find(rows->cell(0).to_string());
    const auto action = action_from_name(rows->cell(2).text);
    if (policy == data.policies.end() || !action) continue;
    auto filter = object_or_null(rows->cell(4));
    auto validation = object_or_null(rows->cell(5));
    auto presets = object_or_null(rows->cell(6));
    if (!filter || !validation || !presets) {
      log::warn("permission {} is ignored: its rule, validation or presets hold no JSON object",
                rows->cell(7).to_string());
      continue;
    }
    policy->second.permissions.push_back({rows->cell(1).to_string(), *action,
                                          Rule{policy->first, field_set(rows->cell(3)), std::move(*filter),
                                               std::move(*validation), std::move(*presets)}});
  }
}

}  // namespace

AccessData load_access(database::Connection& connection, const database::Dialect& dialect) {
  AccessData data;
  load_roles(connection, dialect, data);
  load_policies(connection, dialect, data);
  load_attachments(connection, dialect, data);
  load_permissions(connection, dialect, data);
  return data;
}

}  // namespace ashlar::access
