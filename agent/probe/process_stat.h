#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace haldane::agent {

// What we use of /proc/PID/stat, or of a thread's.
struct ProcessStat {
  uint64_t start_ns = 0;  // since boot, cut to the clock tick
  // It has begun to exit, and may have been reported already.
  bool exiting = false;
  uint64_t major_faults = 0;  // of all threads, in its whole life
  uint64_t cpu_us = 0;        // likewise, cut to the clock tick
  uint32_t threads = 0;
  uint64_t rss_bytes = 0;
};

// None when the text is not that of a stat file.
std::optional<ProcessStat> ParseProcessStat(absl::string_view text);

// That of a process; none when it is gone.
std::optional<ProcessStat> ReadProcessStat(uint32_t pid);

// How many descriptors a process has open; none when it is gone.
std::optional<uint32_t> CountDescriptors(uint32_t pid);

// A start time cut to what /proc/PID/stat can express, in nanoseconds.
uint64_t CutToTick(uint64_t start_ns);

// Whether /proc has a process of this pid that started then (compared by clock
// tick), and one of its threads has not begun to exit: its end is yet to be
// reported.
bool IsAlive(uint32_t pid, uint64_t start_ns);

}  // namespace haldane::agent
