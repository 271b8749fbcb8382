#pragma once

#include "benchmarks/verdicts/engine/cold.h"

namespace haldane::benchmarks {

// Haldane's engine when the canary's processes are restarted in place, so that
// every host has also been seen on the old revision: each is its own control.
class PrePeriodEngine : public ColdEngine {
 public:
  using ColdEngine::ColdEngine;
  void ObserveBefore(const Second& second) override { signal().ObserveBefore(ToTicks(second)); }
};

}  // namespace haldane::benchmarks
