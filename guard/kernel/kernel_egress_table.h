#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "guard/egress_table.h"
#include "guard/kernel/clauses.h"
#include "guard/policy/policy.h"

namespace haldane::guard {

// The table in the kernel that the programs judge by. Belongs to one event loop.
// A later process of the same run may go on with the same maps.
class KernelEgressTable final : public EgressTable {
 public:
  // What `rule` covers may not be sent to `address` from now on.
  using Denied = std::function<void(const IpAddress& address, const Rule& rule)>;

  // Of the descriptors of the run's maps (kernel/programs.h), which outlive this
  // as the policy does. `denied`: called when a denial is new.
  KernelEgressTable(const Policy& policy, int addresses_fd, Denied denied);

  absl::Status Allow(const IpAddress& address, absl::string_view name, const std::vector<const Rule*>& grants,
                     absl::Duration lifetime) override;
  absl::Status Deny(const IpAddress& address, absl::string_view name, const Rule& rule) override;
  void Know(const IpAddress& address, absl::string_view name) override { Remember(address, name); }

  // Names that resolved to the address so far, at most 16.
  const std::vector<std::string>& NamesOf(const IpAddress& address) const;

 private:
  // False when nothing changed.
  absl::StatusOr<bool> Add(const IpAddress& address, const std::vector<haldane_guard_clause>& added,
                           uint64_t expires_ns);
  void Remember(const IpAddress& address, absl::string_view name);
  uint16_t NumberOf(const Rule& rule) const;

  const Policy& policy_;
  const int addresses_fd_;
  const Denied denied_;
  absl::flat_hash_map<IpAddress, std::vector<std::string>> names_;
};

// Writes the policy's networks into the kernel, once, before anything is
// attached. `networks` as TabulateNetworks made them.
absl::Status WriteNetworks(const std::vector<NetworkClauses>& networks, int networks_fd, int clauses_fd);

}  // namespace haldane::guard
