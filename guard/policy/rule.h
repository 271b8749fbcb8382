#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "guard/address/ip.h"

namespace haldane::guard {

// What a rule speaks of.
enum class RuleScope {
  kExact,       // one name
  kSuffix,      // a name and all below it
  kSubdomains,  // all names below a name, not itself
  kCidr,        // blocks of addresses
};

enum class Transport { kAny, kTcp, kUdp, kOther };

// A destination as the kernel sees it.
struct Destination {
  IpAddress address;
  uint16_t port = 0;  // 0 where the protocol has none
  Transport transport = Transport::kTcp;
};

// One line of a policy's `rules`. Deny beats allow, allow beats the default;
// the order of rules means nothing.
struct Rule {
  bool deny = false;
  RuleScope scope = RuleScope::kExact;
  std::string name;                       // normalised (guard/dns/name.h); empty for kCidr
  std::vector<Cidr> cidrs;                // of kCidr: at least one
  std::vector<uint16_t> ports;            // sorted; empty: every port
  Transport transport = Transport::kAny;  // kAny, kTcp or kUdp
  bool strict_ip = false;                 // of a deny by name: its addresses are denied as well
  std::string reason;                     // one word for logs: "circular"; may be empty
  std::string owner;                      // whom to ask; may be empty
  std::string note;                       // may be empty
  uint32_t number = 0;                    // its place in the policy, from 1
  std::string id;                         // the same for the same rule text, wherever it stands
  std::string text;                       // "deny suffix github.com", for people
  int line = 0;                           // in the policy file

  // True when port and transport of `to` are among the rule's.
  bool CoversPort(uint16_t port, Transport used) const;
  // True when the rule is of names and speaks of this normalised name.
  bool CoversName(absl::string_view name) const;
};

}  // namespace haldane::guard
