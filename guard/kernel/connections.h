#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "guard/address/ip.h"
#include "guard/policy/rule.h"

namespace haldane::guard {

// A connected socket of this network namespace, known by its ends and its cookie.
struct Connection {
  IpAddress from, to;
  uint16_t from_port = 0, to_port = 0;
  Transport transport = Transport::kTcp;  // kTcp or kUdp
  uint64_t cookie = 0;
  uint64_t inode = 0;  // as /proc/PID/fd shows it; 0 where it is not known
};

// Sockets connected to `address` that were made in one of the control groups
// `groups` (ids of version 2). Empty where the kernel does not say in which
// (before Linux 5.7).
absl::StatusOr<std::vector<Connection>> ConnectionsTo(const IpAddress& address,
                                                      const std::set<uint64_t>& groups);

// Ends it: its owner gets ECONNABORTED at once. NOT_FOUND when it is gone
// already; needs CONFIG_INET_DIAG_DESTROY.
absl::Status CloseConnection(const Connection& connection);

}  // namespace haldane::guard
