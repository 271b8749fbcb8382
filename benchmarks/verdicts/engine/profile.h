#pragma once

#include "benchmarks/verdicts/generators/noise_model.h"
#include "stats/spread_profile.h"

namespace haldane::benchmarks {

// What a service with this noise knows of itself: learned from quiet windows of
// ten hosts on one revision, each a fleet of its own, of 2, 10 and 30 minutes in
// turn, incidents and all. Always the same for the same model.
stats::SignalProfile LearnProfile(const NamedModel& model);

}  // namespace haldane::benchmarks
