#pragma once

#include <vector>

#include "absl/types/span.h"

namespace haldane::stats {

// A regression that begins late must outweigh all the good data before it. So
// the test is also started afresh at times planned beforehand, and its
// e-values are averaged:
//
//   M = 1/2 M_0 + 1/2 mean over the planned starts s of (M_s, or 1 before s)
//
// Source: discretised e-detector (Shin, Ramdas, Rinaldo 2023). Assumes nothing.
// Guarantee: starts that do not depend on the data make this a convex
// combination of e-processes, hence an e-process. Costs ln 2 nats of what shows
// from the beginning.

// ln M. `since`: ln M_s of the starts that have passed; `planned`: of all, at
// least as many. Without planned starts this is `whole`.
double RestartedLogEvidence(double whole, absl::Span<const double> since, int planned);

// Every five minutes of a window of that many ticks, at most twelve, further
// apart in a longer window. Add the starts of stages: traffic changes there.
std::vector<int> PlannedStarts(int window);

}  // namespace haldane::stats
