#pragma once

#include <vector>

#include "benchmarks/probes/results.h"

namespace haldane::benchmarks {

// How long it takes until no link and no breakpoint is left, with as many processes as
// can be counted and every processor busy.
void MeasureGone(std::vector<Result>* results);

}  // namespace haldane::benchmarks
