#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace haldane::guard {

// An IPv4 or IPv6 address. IPv4 is kept as ::ffff:a.b.c.d, so that an address
// is one thing however a socket names it. Ordered and hashable by its bytes.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};

  bool is_v4() const;
  // "10.0.0.1" or "2001:db8::1".
  std::string ToString() const;
  // 127.0.0.0/8, ::1 and the unspecified addresses, which Linux connects to
  // this very host.
  bool reaches_this_host() const;

  static IpAddress V4(const uint8_t* four_bytes);
  static IpAddress V6(const uint8_t* sixteen_bytes);
  // Strict: no zone, no octal. Nothing when `text` is no address.
  static std::optional<IpAddress> Parse(absl::string_view text);

  friend bool operator==(const IpAddress& a, const IpAddress& b) { return a.bytes == b.bytes; }
  friend bool operator!=(const IpAddress& a, const IpAddress& b) { return a.bytes != b.bytes; }
  friend bool operator<(const IpAddress& a, const IpAddress& b) { return a.bytes < b.bytes; }
  template <typename H>
  friend H AbslHashValue(H h, const IpAddress& a) {
    return H::combine(std::move(h), a.bytes);
  }
};

// A block of addresses. `prefix` counts bits of the 16 bytes: 96 more than
// people write for IPv4. Bits behind it are zero.
struct Cidr {
  IpAddress address;
  int prefix = 128;

  bool Contains(const IpAddress& address) const;
  // The block of that prefix length in which the address lies.
  static Cidr Around(const IpAddress& address, int prefix);
  // As people write it: "10.0.0.0/8".
  std::string ToString() const;

  friend bool operator==(const Cidr& a, const Cidr& b) {
    return a.prefix == b.prefix && a.address == b.address;
  }
};

// Reads "10.0.0.0/8" or one address. On failure says in `problem` what is wrong
// and what to do, and nothing is returned: bits set behind the prefix are a
// mistake too.
std::optional<Cidr> ParseCidr(absl::string_view text, std::string* problem);

}  // namespace haldane::guard
