#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "base/unique_fd.h"

namespace haldane::guard {

// Where lookups arrive: the same UDP port on 127.0.0.1 and ::1, and the same TCP
// port. The launcher keeps them open for the whole run, so that queries wait
// while one proxy follows another.
struct ProxySockets {
  std::vector<UniqueFd> udp, tcp;  // IPv4, then IPv6 where this machine has it
  uint16_t udp_port = 0, tcp_port = 0;
};

absl::StatusOr<ProxySockets> OpenProxySockets();

}  // namespace haldane::guard
