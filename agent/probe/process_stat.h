#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace haldane::agent {

// The part of /proc/PID/stat, or of a thread's, that tells whether the kernel
// will yet report an exit.
struct ProcessStat {
  uint64_t start_ns = 0;  // since boot, cut to the clock tick
  // It has begun to exit, and may have been reported already.
  bool exiting = false;
};

// None when the text is not that of a stat file.
std::optional<ProcessStat> ParseProcessStat(absl::string_view text);

// A start time cut to what /proc/PID/stat can express, in nanoseconds.
uint64_t CutToTick(uint64_t start_ns);

// Whether /proc has a process of this pid that started then (compared by clock
// tick), and one of its threads has not begun to exit: its end is yet to be
// reported.
bool IsAlive(uint32_t pid, uint64_t start_ns);

}  // namespace haldane::agent
