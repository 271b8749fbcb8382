#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace haldane::agent {

// A start time cut to what /proc/PID/stat can express, in nanoseconds.
uint64_t CutToTick(uint64_t start_ns);

// Whether /proc has a process of this pid that started then (compared by clock
// tick) and has not exited. One whose first thread alone has ended is alive.
bool IsAlive(uint32_t pid, uint64_t start_ns);

// The same, from the content of its stat file.
bool IsAliveByStat(absl::string_view stat, uint64_t start_ns);

}  // namespace haldane::agent
