// /relations: foreign keys with their metadata (contract schema 7). `collection`.`field` is the many side.
//
// Functions that take the name of a collection throw FORBIDDEN with a reason where there is none of that name. Writing
// checks the body next (INVALID_PAYLOAD), and then that the asker is an administrator (FORBIDDEN).
#pragma once
#include <string_view>

#include "base/json.h"
#include "items/services.h"

namespace ashlar::system {

// Foreign keys, then relations without one, then those of the system without one. Throws FORBIDDEN without the right to
// read directus_relations; lists only those of which the asker may read both sides.
json::array read_relations(const items::Services& services, const access::Accountability* who);
json::array read_relations(const items::Services& services, const access::Accountability* who,
                           std::string_view collection);

// One relation. Throws FORBIDDEN where it may not be read or is not there.
json::object read_relation(const items::Services& services, const access::Accountability* who,
                           std::string_view collection, std::string_view field);

// Makes the metadata, and the foreign key where the body names the other collection.
json::object create_relation(const items::Services& services, const access::Accountability* who,
                             const json::value& body);

// Makes the foreign key again with what the body says of it, and changes the given metadata.
json::object update_relation(const items::Services& services, const access::Accountability* who,
                             std::string_view collection, std::string_view field, const json::value& body);

// Deletes the key and the metadata; the column and the alias on the other side stay.
void delete_relation(const items::Services& services, const access::Accountability* who, std::string_view collection,
                     std::string_view field);

}  // namespace ashlar::system
