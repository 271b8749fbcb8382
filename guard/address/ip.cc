#include "guard/address/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace haldane::guard {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedBits = 96;
constexpr size_t kLongestAddress = 64;  // longer text is no address and is not copied

// `address` with every bit from `prefix` on cleared.
IpAddress Masked(IpAddress address, int prefix) {
  for (int i = 0; i < 16; ++i) {
    const int kept = std::clamp(prefix - 8 * i, 0, 8);
    address.bytes[i] &= static_cast<uint8_t>(0xff00 >> kept);
  }
  return address;
}

}  // namespace

bool IpAddress::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
}

std::string IpAddress::ToString() const {
  char text[INET6_ADDRSTRLEN];
  if (is_v4()) return inet_ntop(AF_INET, &bytes[12], text, sizeof(text));
  return inet_ntop(AF_INET6, bytes.data(), text, sizeof(text));
}

bool IpAddress::reaches_this_host() const {
  if (is_v4()) return bytes[12] == 127 || bytes[12] == 0;
  const bool zeros = std::all_of(bytes.begin(), bytes.end() - 1, [](uint8_t b) { return b == 0; });
  return zeros && bytes[15] <= 1;
}

IpAddress IpAddress::V4(const uint8_t* four_bytes) {
  IpAddress address;
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
  std::memcpy(&address.bytes[12], four_bytes, 4);
  return address;
}

IpAddress IpAddress::V6(const uint8_t* sixteen_bytes) {
  IpAddress address;
  std::memcpy(address.bytes.data(), sixteen_bytes, 16);
  return address;
}

std::optional<IpAddress> IpAddress::Parse(absl::string_view text) {
  if (text.size() > kLongestAddress || text.find('\0') != absl::string_view::npos) return std::nullopt;
  const std::string copy(text);
  uint8_t bytes[16];
  if (inet_pton(AF_INET, copy.c_str(), bytes) == 1) return V4(bytes);
  if (inet_pton(AF_INET6, copy.c_str(), bytes) == 1) return V6(bytes);
  return std::nullopt;
}

bool Cidr::Contains(const IpAddress& other) const { return Masked(other, prefix) == address; }

Cidr Cidr::Around(const IpAddress& address, int prefix) { return {Masked(address, prefix), prefix}; }

std::string Cidr::ToString() const {
  const bool as_v4 = address.is_v4() && prefix >= kMappedBits;
  if (prefix == 128) return address.ToString();
  return absl::StrCat(address.ToString(), "/", as_v4 ? prefix - kMappedBits : prefix);
}

std::optional<Cidr> ParseCidr(absl::string_view text, std::string* problem) {
  const size_t slash = text.find('/');
  const std::optional<IpAddress> address = IpAddress::Parse(text.substr(0, slash));
  if (!address.has_value()) {
    *problem = "is no IP address or block; write one such as 10.0.0.0/8 or 2001:db8::/32";
    return std::nullopt;
  }
  // ::ffff:10.0.0.0/104 is written as IPv6, and its prefix counts all bits.
  const bool as_v4 = address->is_v4() && text.find(':') == absl::string_view::npos;
  const int most = as_v4 ? 32 : 128;
  int prefix = most;
  if (slash != absl::string_view::npos &&
      (text.substr(slash + 1).find_first_not_of("0123456789") != absl::string_view::npos ||
       !absl::SimpleAtoi(text.substr(slash + 1), &prefix) || prefix > most)) {
    *problem = absl::StrCat("has no prefix length from 0 to ", most, " after the slash");
    return std::nullopt;
  }
  const Cidr cidr{*address, as_v4 ? prefix + kMappedBits : prefix};
  const Cidr clean{Masked(*address, cidr.prefix), cidr.prefix};
  if (!(clean == cidr)) {
    *problem = absl::StrCat("has bits set behind its prefix; write ", clean.ToString());
    return std::nullopt;
  }
  return cidr;
}

}  // namespace haldane::guard
