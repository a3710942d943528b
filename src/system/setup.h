// Setting a project up through the API: the first administrator, made by the first visitor, and who owns the project;
// contract files-server 8.3.
#pragma once
#include <optional>
#include <string>

#include "config/settings.h"
#include "items/services.h"

namespace ashlar::system {

// Whether there is any user.
bool has_users(const items::Services& services);

// Makes the first administrator, and stores the owner. An administrators' role without users, as the installation makes
// it, is used. Missing email and password are those of the settings. Throws FORBIDDEN where there is any user, and what
// creating a user throws; nothing is left behind then.
void set_up(const items::Services& services, const config::BootstrapSettings& given, const json::object& body);

// Stores who owns the project: project_owner, project_usage, org_name, product_updates. Nothing is sent anywhere.
void store_owner(const items::Services& services, const access::Accountability* who, const json::object& body);

}  // namespace ashlar::system
