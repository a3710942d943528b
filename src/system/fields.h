// /fields: columns and aliases of collections with their metadata (contract schema 3 to 6).
//
// Functions that take the name of a collection throw FORBIDDEN with a reason where there is none of that name. Writing
// checks the body next (INVALID_PAYLOAD), and then that the asker is an administrator (FORBIDDEN).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "items/services.h"

namespace ashlar::system {

// Columns in the order of their tables, then aliases. Throws FORBIDDEN without the right to read directus_fields; lists
// only what the asker may read.
json::array read_fields(const items::Services& services, const access::Accountability* who);
json::array read_fields(const items::Services& services, const access::Accountability* who,
                        std::string_view collection);

// One field. Throws FORBIDDEN where it may not be read or is not there.
json::object read_field(const items::Services& services, const access::Accountability* who, std::string_view collection,
                        std::string_view field);

// The providers of logins become the choices of directus_users.provider, if that is (among) the field(s).
void add_provider_choices(json::object& field, const std::vector<std::string>& providers);
void add_provider_choices(json::array& fields, const std::vector<std::string>& providers);

// Makes a field. `concurrently` makes its index afterwards and without blocking anybody.
json::object create_field(const items::Services& services, const access::Accountability* who,
                          std::string_view collection, const json::value& body, bool concurrently);

// Changes a field: the one that the body names, else `field`. Gives `field`.
json::object update_field(const items::Services& services, const access::Accountability* who,
                          std::string_view collection, std::string_view field, const json::value& body,
                          bool concurrently);

// Changes several, one after the other: the first error stops, earlier changes stay. Nothing for an empty list.
std::optional<json::array> update_fields(const items::Services& services, const access::Accountability* who,
                                         std::string_view collection, const json::value& body, bool concurrently);

// Deletes the field with all that refers to it (contract schema 4.6). Nothing happens where there is none.
void delete_field(const items::Services& services, const access::Accountability* who, std::string_view collection,
                  std::string_view field);

}  // namespace ashlar::system
