#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "agent/probe/kernel_counters.h"

namespace haldane::benchmarks {

// This process's own start, as the agent knows processes.
uint64_t OwnStart();

// Where an address of this program's code is in its file.
unsigned long FileOffsetOf(const void* code);

// Counters that count this process, with every group off but the one named; ends the
// program with the reason when they cannot be had.
std::unique_ptr<agent::KernelCounters> CountersWithOnly(absl::string_view group);

// Processor time of this thread, nanoseconds; and the time as it passes.
double ThreadCpuNs();
double NowNs();

// Nanoseconds for each of `calls` calls of `body`: the median of some repetitions.
double CostNs(int calls, void (*body)());

}  // namespace haldane::benchmarks
