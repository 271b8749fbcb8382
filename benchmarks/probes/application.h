#pragma once

#include <vector>

#include "benchmarks/probes/results.h"

namespace haldane::benchmarks {

// A Rack application under Puma and load, with and without everything attached, in
// turn: throughput, and the probes' own time per request.
void MeasureApplication(std::vector<Result>* results);

}  // namespace haldane::benchmarks
