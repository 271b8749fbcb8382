#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "base/clock.h"

namespace haldane::agent {

// The kernel's identity of this boot, 36 characters. `proc` is where procfs is
// mounted. Fails when it cannot be read or is not shaped like one.
absl::StatusOr<std::string> ReadBootId(const std::string& proc);

// A random number from the kernel, never 0: the epoch of one run of the agent.
absl::StatusOr<uint64_t> DrawEpoch();

// The machine's clocks, with Monotonic() on the axis of process start times:
// time since boot, suspension included.
class BootClock final : public Clock {
 public:
  absl::Time Now() const override;
  absl::Duration Monotonic() const override;
};

}  // namespace haldane::agent
