#pragma once

#include "absl/time/time.h"

namespace haldane {

// Time as an argument: daemons pass the real clock, tests a SimulatedClock.
// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Wall-clock time: may step in either direction.
  virtual absl::Time Now() const = 0;
  // Time since an arbitrary moment: never decreases.
  virtual absl::Duration Monotonic() const = 0;

  // The machine's clocks. Lives for ever.
  static const Clock& Real();
};

}  // namespace haldane
