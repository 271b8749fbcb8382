#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "agent/probe/placed_probes.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::agent {

// Probes that are attached and detached together, independently of all others:
// what the governor sheds when the agent costs too much. Not thread-safe.
//
// A group is on or off. One that is on is attached while anything is counted at
// all (from ProcessCounters::AttachKernelHooks to DetachAll), to every binary that
// is added meanwhile too; one that is off never is.
class ProbeGroup {
 public:
  // What the group's programs have cost since they were loaded. All zero unless
  // somebody enabled the kernel's statistics (bpf_enable_stats).
  struct Stats {
    uint64_t run_time_ns = 0;
    uint64_t run_count = 0;
  };

  virtual ~ProbeGroup() = default;

  // Stable, for logs, metrics and configuration: such as "responses".
  virtual absl::string_view name() const = 0;
  // Names of the signals that are not counted while it is off.
  virtual const std::vector<absl::string_view>& signals() const = 0;

  // Switches it on, and attaches it now if anything is counted. What fails is a
  // gap from then on, and the group stays on: it is tried again with the next
  // binary, and when counting begins anew. Idempotent.
  virtual absl::Status Attach() = 0;
  // Switches it off. Its signals are gaps of that cause; `why`, for people, is their
  // detail. Totals stay. Idempotent. What it returns is detached when that ends: at
  // once, unless the caller keeps it to detach it together with others.
  virtual PlacedProbes Detach(haldane::v1::SignalGap::Cause cause, absl::string_view why) = 0;
  // On, and it counts in at least one place now; a group that samples does so
  // between its bursts, too.
  virtual bool attached() const = 0;

  virtual Stats RunStats() const = 0;

  // Its signals that are not counted, or not of every counted process, and why;
  // empty while it is attached and has nothing to add.
  virtual std::vector<haldane::v1::SignalGap> Gaps() const = 0;
};

}  // namespace haldane::agent
