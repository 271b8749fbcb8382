#pragma once

#include <vector>

#include "agent/probe/kernel_counters.h"
#include "benchmarks/probes/results.h"

namespace haldane::benchmarks {

// What a hit of each kind of probe costs the process that passes it, beside an empty
// program on the same hook and beside bpftrace that counts the same.
void MeasureUprobes(std::vector<Result>* results);
void MeasureSystemCalls(std::vector<Result>* results);

}  // namespace haldane::benchmarks
