#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "guard/address/ip.h"
#include "guard/policy/rule.h"

namespace haldane::guard {

// What the script may send to, as the kernel enforces it while it runs. The DNS
// proxy fills it with the addresses of an answer BEFORE it sends the answer, so
// that a client can connect the moment it has read it.
//
// Calls take effect before they return. Belongs to one event loop.
class EgressTable {
 public:
  virtual ~EgressTable() = default;

  // `name`, which the policy allows, resolved to `address`. An address may have
  // many names; it is allowed while any of them holds it. `grants`: what
  // Policy::GrantsOf said of the name (none: all ports). `lifetime`: how long
  // after this answer new connections may begin (infinite: until the run ends);
  // one that has begun goes on.
  // RESOURCE_EXHAUSTED when the kernel's table is full: the address stays
  // unreachable where the policy wants it resolved, and the caller records that.
  virtual absl::Status Allow(const IpAddress& address, absl::string_view name,
                             const std::vector<const Rule*>& grants, absl::Duration lifetime) = 0;

  // `name`, which a strict rule denies, resolved to `address`: what the rule
  // covers may not be sent there until the run ends, whatever else allows it.
  virtual absl::Status Deny(const IpAddress& address, absl::string_view name, const Rule& rule) = 0;

  // `name`, which the policy denies but only observes, resolved to `address`.
  // It allows nothing; it is what the address is called in events.
  virtual void Know(const IpAddress& address, absl::string_view name) = 0;
};

}  // namespace haldane::guard
