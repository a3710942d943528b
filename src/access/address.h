// Addresses of callers, and the entries of a policy's ip_access: single addresses, CIDR blocks and a-b ranges, IPv4 and
// IPv6. An IPv4 address in IPv6 form (::ffff:1.2.3.4) is the IPv4 address.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace ashlar::access {

// Whether an address lies in one of the entries. No entries: yes. A text that is no address lies in none.
bool address_matches(std::string_view address, const std::vector<std::string>& entries);

// Whether the text may be stored in ip_access: wildcards, netmasks and names may not.
bool is_valid_address_entry(std::string_view entry);

}  // namespace ashlar::access
