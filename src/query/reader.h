// Reader: on whose behalf something is read. It answers what may be seen, and never tells apart what is hidden from
// what does not exist.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "access/accountability.h"
#include "access/permissions.h"
#include "access/variables.h"
#include "base/error.h"
#include "schema/schema.h"

namespace ashlar::query {

struct Reader {
  schema::SchemaPointer schema;
  // Null where everything is allowed: administrators, and the program itself.
  access::PermissionsPointer permissions;
  // Fills in dynamic variables ($CURRENT_USER, $NOW ...) anywhere in a filter. In rules the values may come from fields
  // that the asker can't read himself; in the asker's own filters they may not.
  std::function<json::value(const json::value&)> resolve_own;
  std::function<json::value(const json::value&)> resolve_rule;
  // What the variables that either has filled in so far depend on. Empty where there are none.
  std::function<access::VariableUse()> used_variables;

  bool unrestricted() const { return !permissions || permissions->admin; }

  // The rules for reading a collection; null where nothing of it may be read, or where the reader is unrestricted.
  const access::CollectionAccess* access(std::string_view collection) const;

  bool may_read(const schema::Collection& collection) const;
  bool may_read(const schema::Collection& collection, std::string_view field) const;

  // The collection of that name. Throws FORBIDDEN where there is none or nothing of it may be read.
  const schema::Collection& readable(std::string_view collection) const;

  // The field of that name. Throws FORBIDDEN where there is none or it may not be read; `where` says where it was used.
  const schema::Field& readable_field(const schema::Collection& collection, std::string_view field,
                                      std::string_view where) const;
};

ApiError forbidden_collection(std::string_view collection);
ApiError forbidden_field(std::string_view collection, std::string_view field, std::string_view where);

}  // namespace ashlar::query
