#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "guard/address/ip.h"

namespace haldane::guard {

// Ends one TCP connection of this network namespace, known by its ends and its
// socket's cookie: its owner gets ECONNABORTED at once.
// NOT_FOUND when it is gone already; needs CONFIG_INET_DIAG_DESTROY.
absl::Status KillTcpConnection(const IpAddress& from, uint16_t from_port, const IpAddress& to,
                               uint16_t to_port, uint64_t cookie);

}  // namespace haldane::guard
