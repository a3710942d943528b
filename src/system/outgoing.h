// Whom the program may connect to where people name the address: imports, web requests of flows, webhooks.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ashlar::system {

// For HttpRequest::may_connect: refuses the addresses of a deny list (IMPORT_IP_DENY_LIST): addresses, subnets and
// ranges. `0.0.0.0` stands for every address of this machine. IPv4 addresses inside of IPv6 ones count as themselves.
// An entry that can't be understood refuses everything.
std::function<bool(std::string_view address)> address_guard(std::vector<std::string> deny_list);

}  // namespace ashlar::system
