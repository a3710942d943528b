#include "access/app_access.h"

#include "schema/system_tables.h"

namespace ashlar::access {
namespace {

Policy::Permission from_system(const schema::SystemPermission& row) {
  Rule rule;
  for (const auto& field : row.fields) {
    if (field == "*") {
      rule.fields.all = true;
    } else {
      rule.fields.add(field);
    }
  }
  rule.filter = row.permissions;
  rule.validation = row.validation;
  return {row.collection, action_from_name(row.action).value(), std::move(rule)};
}

}  // namespace

const std::vector<Policy::Permission>& app_access() {
  static const auto permissions = [] {
    std::vector<Policy::Permission> converted;
    for (const auto& row : schema::app_access_permissions()) converted.push_back(from_system(row));
    return converted;
  }();
  return permissions;
}

}  // namespace ashlar::access
