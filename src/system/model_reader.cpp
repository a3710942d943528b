#include "system/model_reader.h"

#include "base/error.h"

namespace ashlar::system {

bool ModelReader::may_read(std::string_view collection) const {
  return unrestricted() || permissions->find(collection, access::Action::read) != nullptr;
}

bool ModelReader::may_read(std::string_view collection, std::string_view field) const {
  if (unrestricted()) return true;
  const auto* allowed = permissions->find(collection, access::Action::read);
  return allowed != nullptr && allowed->fields.contains(field);
}

void ModelReader::require(std::string_view collection) const {
  if (!may_read(collection)) throw query::forbidden_collection(collection);
}

const schema::Collection& ModelReader::known(std::string_view collection) const {
  return known_collection(*schema, collection);
}

ModelReader model_reader(const items::Services& services, const access::Accountability* who) {
  ModelReader reader{services.schemas.current(), nullptr};
  if (who != nullptr && !who->admin) reader.permissions = services.access.permissions(*who);
  return reader;
}

const schema::Collection& known_collection(const schema::Schema& schema, std::string_view collection) {
  const auto* found = schema.collection(collection);
  if (found == nullptr) throw query::forbidden_collection(collection);
  return *found;
}

void require_admin(const access::Accountability* who) {
  if (who != nullptr && !who->admin) throw ApiError::forbidden();
}

}  // namespace ashlar::system
