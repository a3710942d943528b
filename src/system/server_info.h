// What GET /server/info tells; contract files-server 8.1.
#pragma once
#include <string>
#include <string_view>

#include "config/settings.h"
#include "items/services.h"

namespace ashlar::system {

// The release of the reference that clients may take us for, and our own.
inline constexpr std::string_view compatible_version = "11.17.4";
inline constexpr std::string_view product_name = "Ashlar";
inline constexpr std::string_view product_version = "0.1.0";

// What the asker may know.
json::object server_info(const items::Services& services, const config::Settings& settings,
                         const access::Accountability& who);

}  // namespace ashlar::system
