#include "system/outgoing.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>

#include "access/address.h"

namespace ashlar::system {
namespace {

constexpr std::string_view this_machine = "0.0.0.0";

std::string without_zone(std::string_view address) { return std::string(address.substr(0, address.find('%'))); }

// The addresses of the interfaces, and what always leads to this machine.
std::vector<std::string> own_addresses() {
  std::vector<std::string> addresses{"0.0.0.0/8", "127.0.0.0/8", "::1", "::"};
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return addresses;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  for (const auto* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr) continue;
    const auto family = entry->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const auto size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(entry->ifa_addr, static_cast<socklen_t>(size), text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST) == 0) {
      addresses.push_back(without_zone(text.data()));
    }
  }
  return addresses;
}

// The IPv4 address that an IPv6 one leads to: mapped, compatible, translated (RFC 6052), 6to4.
std::optional<std::string> inner_ipv4(const std::string& address) {
  std::array<unsigned char, 16> bytes{};
  if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return std::nullopt;
  constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, compatible{},
      translated{0, 0x64, 0xFF, 0x9B};
  const auto begins = [&](const auto& prefix) { return std::equal(prefix.begin(), prefix.end(), bytes.begin()); };
  const unsigned char* inner = nullptr;
  if (begins(mapped) || begins(compatible) || begins(translated)) inner = bytes.data() + 12;
  if (bytes[0] == 0x20 && bytes[1] == 0x02) inner = bytes.data() + 2;
  if (inner == nullptr) return std::nullopt;
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, inner, text.data(), text.size());
  return text.data();
}

bool is_denied(const std::string& address, const std::string& entry) {
  if (!access::is_valid_address_entry(entry)) return true;
  if (access::address_matches(address, {entry})) return true;
  return entry == this_machine && access::address_matches(address, own_addresses());
}

}  // namespace

std::function<bool(std::string_view)> address_guard(std::vector<std::string> deny_list) {
  return [deny_list = std::move(deny_list)](std::string_view text) {
    const auto address = without_zone(text);
    const auto inner = inner_ipv4(address);
    return std::none_of(deny_list.begin(), deny_list.end(), [&](const std::string& entry) {
      return is_denied(address, entry) || (inner && is_denied(*inner, entry));
    });
  };
}

}  // namespace ashlar::system
