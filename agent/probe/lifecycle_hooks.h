#pragma once

#include "absl/status/status.h"
#include "agent/probe/placed_probes.h"

struct haldane_bpf;

namespace haldane::agent {

// The hooks on which all counting rests: process lifecycle. Not thread-safe.
class LifecycleHooks {
 public:
  // `programs` outlives this.
  explicit LifecycleHooks(haldane_bpf* programs) : programs_(programs) {}

  // Attaches all or none. Idempotent.
  absl::Status Attach();
  // Gives them up: they are detached when what is returned ends.
  PlacedProbes Release() { return std::move(placed_); }
  bool attached() const { return !placed_.empty(); }

 private:
  haldane_bpf* programs_;
  PlacedProbes placed_;
};

}  // namespace haldane::agent
