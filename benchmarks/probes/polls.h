#pragma once

#include <vector>

#include "benchmarks/probes/results.h"

namespace haldane::benchmarks {

// What reading the totals of 16, 256 and 4,096 processes costs, and the memory that
// takes.
void MeasurePolls(std::vector<Result>* results);

// How long it takes to attach and to detach everything, and each group.
void MeasureAttaching(std::vector<Result>* results);

}  // namespace haldane::benchmarks
