#pragma once

#include <set>

#include "absl/time/time.h"

namespace haldane::agent {

// When to look for processes: a slow sweep always, and soon after something
// happened. However much happens, looking costs about a hundredth of a core: a
// scan that took 10 ms is followed by a second of rest (two at most, since the
// first look at a new binary takes long, but once only). Not thread-safe.
class ScanSchedule {
 public:
  // A look is due `delay` from `now`.
  void Request(absl::Duration now, absl::Duration delay);
  // True when a requested look or the sweep is due.
  bool Due(absl::Duration now) const;
  // A look ended at `now` and took `cost`; sweep again after `sweep` at the latest.
  void Done(absl::Duration now, absl::Duration cost, absl::Duration sweep);

 private:
  std::set<absl::Duration> requested_;
  absl::Duration sweep_at_ = -absl::InfiniteDuration();
  absl::Duration rest_until_ = -absl::InfiniteDuration();
};

}  // namespace haldane::agent
