#pragma once

#include "absl/time/time.h"
#include "agent/probe/interpreter_group.h"

struct haldane_bpf;

namespace haldane::agent {

// Entries into the interpreter's loop, in short bursts: an application passes
// there thousands of times for each request, and every pass costs the better part
// of a microsecond. Off unless switched on. Not thread-safe.
class VmEntryGroup final : public InterpreterGroup {
 public:
  // Every so often it counts for so long: at most half a per cent of the time.
  static constexpr absl::Duration kEvery = absl::Seconds(10);
  static constexpr absl::Duration kBurst = absl::Milliseconds(50);

  // `programs` outlives this.
  explicit VmEntryGroup(haldane_bpf* programs);

  // Counts for a burst if one is due. Blocks meanwhile: a tenth of a second, with
  // attaching and detaching.
  void BurstIfDue();

 private:
  absl::Status Place() override;
  bool InPlace() const override { return can_be_placed_; }

  haldane_bpf* programs_;
  bool can_be_placed_ = false;  // by the last burst
  absl::Duration next_;         // as Clock::Monotonic
};

}  // namespace haldane::agent
