#include "access/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"

namespace ashlar::access {
namespace {

using Bytes = std::array<unsigned char, 16>;

// Both kinds of addresses as 16 bytes: IPv4 stands in its IPv6 form, so one comparison serves all.
constexpr std::array<unsigned char, 12> ipv4_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr int ipv4_prefix_bits = 96;

struct Address {
  Bytes bytes{};
  bool written_as_ipv4 = false;

  bool is_ipv4() const { return std::equal(ipv4_prefix.begin(), ipv4_prefix.end(), bytes.begin()); }
};

struct Range {
  Bytes first, last;
};

std::optional<Address> parse_address(std::string_view text) {
  text = trim(text);
  const std::string terminated(text);
  Address address;
  in_addr ipv4{};
  if (inet_pton(AF_INET, terminated.c_str(), &ipv4) == 1) {
    std::copy(ipv4_prefix.begin(), ipv4_prefix.end(), address.bytes.begin());
    const auto* bytes = reinterpret_cast<const unsigned char*>(&ipv4.s_addr);
    std::copy(bytes, bytes + 4, address.bytes.begin() + ipv4_prefix.size());
    address.written_as_ipv4 = true;
    return address;
  }
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::optional<Range> parse_block(std::string_view entry, std::size_t slash) {
  const auto address = parse_address(entry.substr(0, slash));
  const auto digits = trim(entry.substr(slash + 1));
  const auto length = parse_integer(digits);
  if (!address || !length || *length < 0 || digits.front() == '+') return std::nullopt;
  const int bits =
      static_cast<int>(std::min<std::int64_t>(*length, 1000)) + (address->written_as_ipv4 ? ipv4_prefix_bits : 0);
  if (bits > 128) return std::nullopt;
  Range range{address->bytes, address->bytes};
  for (int bit = bits; bit < 128; ++bit) {
    const auto mask = static_cast<unsigned char>(0x80 >> (bit % 8));
    range.first[bit / 8] &= static_cast<unsigned char>(~mask);
    range.last[bit / 8] |= mask;
  }
  return range;
}

std::optional<Range> parse_entry(std::string_view entry) {
  entry = trim(entry);
  if (const auto slash = entry.find('/'); slash != std::string_view::npos) return parse_block(entry, slash);
  if (const auto dash = entry.find('-'); dash != std::string_view::npos) {
    const auto first = parse_address(entry.substr(0, dash));
    const auto last = parse_address(entry.substr(dash + 1));
    if (!first || !last || first->is_ipv4() != last->is_ipv4() || first->bytes > last->bytes) return std::nullopt;
    return Range{first->bytes, last->bytes};
  }
  const auto address = parse_address(entry);
  if (!address) return std::nullopt;
  return Range{address->bytes, address->bytes};
}

}  // namespace

bool address_matches(std::string_view address, const std::vector<std::string>& entries) {
  if (entries.empty()) return true;
  // A link-local address may carry the name of its interface: fe80::1%eth0.
  const auto parsed = parse_address(address.substr(0, address.find('%')));
  if (!parsed) return false;
  return std::any_of(entries.begin(), entries.end(), [&](const std::string& entry) {
    const auto range = parse_entry(entry);
    return range && range->first <= parsed->bytes && parsed->bytes <= range->last;
  });
}

bool is_valid_address_entry(std::string_view entry) { return parse_entry(entry).has_value(); }

}  // namespace ashlar::access
