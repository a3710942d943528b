// What somebody may see of the data model (contract schema 9), and the checks that its endpoints share.
#pragma once
#include <string_view>

#include "access/permissions.h"
#include "items/services.h"
#include "schema/schema.h"

namespace ashlar::system {

struct ModelReader {
  schema::SchemaPointer schema;
  access::PermissionsPointer permissions;  // null where everything may be seen

  bool unrestricted() const { return !permissions || permissions->admin; }
  bool may_read(std::string_view collection) const;
  bool may_read(std::string_view collection, std::string_view field) const;

  // Throws FORBIDDEN with a reason unless something of the collection may be read.
  void require(std::string_view collection) const;
  // The collection of that name. Throws FORBIDDEN with a reason where there is none.
  const schema::Collection& known(std::string_view collection) const;
};

// `who` null is the program itself, which sees everything.
ModelReader model_reader(const items::Services& services, const access::Accountability* who);

// The collection of that name. Throws FORBIDDEN with a reason where there is none.
const schema::Collection& known_collection(const schema::Schema& schema, std::string_view collection);

// The data model is changed by administrators only, whatever rights there are on its tables. Throws FORBIDDEN.
void require_admin(const access::Accountability* who);

}  // namespace ashlar::system
