#include "query/reader.h"

#include <fmt/format.h>

namespace ashlar::query {

const access::CollectionAccess* Reader::access(std::string_view collection) const {
  return unrestricted() ? nullptr : permissions->find(collection, access::Action::read);
}

bool Reader::may_read(const schema::Collection& collection) const {
  return unrestricted() || access(collection.name) != nullptr;
}

bool Reader::may_read(const schema::Collection& collection, std::string_view field) const {
  if (collection.field(field) == nullptr) return false;
  if (unrestricted()) return true;
  const auto* allowed = access(collection.name);
  return allowed != nullptr && allowed->fields.contains(field);
}

const schema::Collection& Reader::readable(std::string_view collection) const {
  const auto* found = schema->collection(collection);
  if (found == nullptr || !may_read(*found)) throw forbidden_collection(collection);
  return *found;
}

const schema::Field& Reader::readable_field(const schema::Collection& collection, std::string_view field,
                                            std::string_view where) const {
  const auto* found = collection.field(field);
  const auto* allowed = access(collection.name);
  const bool may_be_read = unrestricted() || (allowed != nullptr && allowed->fields.contains(field));
  if (found == nullptr || found->special.no_data || !may_be_read) {
    throw forbidden_field(collection.name, field, where);
  }
  return *found;
}

ApiError forbidden_collection(std::string_view collection) {
  return ApiError::forbidden(
      fmt::format("You have no permission for collection \"{}\", or it does not exist.", collection));
}

ApiError forbidden_field(std::string_view collection, std::string_view field, std::string_view where) {
  return ApiError::forbidden(
      fmt::format("You have no permission for field \"{}\" of collection \"{}\", or it does not exist. Used in: {}.",
                  field, collection, where));
}

}  // namespace ashlar::query
