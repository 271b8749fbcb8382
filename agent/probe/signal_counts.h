#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "bpf/abi/sys_errors.h"

namespace haldane::agent {

// A distribution of durations: (bucket of base/log_linear.h, values in it), sorted
// by bucket, without empty ones.
using DurationBuckets = std::vector<std::pair<uint32_t, uint64_t>>;

// Totals of one process beside exceptions and responses. Like these they begin
// with zero when counting begins, and never fall.
struct SignalCounts {
  uint64_t gc_runs = 0;
  uint64_t loads = 0;
  uint64_t vm_entries = 0;
  uint64_t vm_entries_requests = 0;
  std::array<uint64_t, HALDANE_SYS_ERROR_CLASSES> sys_errors = {};  // by enum haldane_sys_error_class
  uint64_t signals = 0;
  uint64_t major_faults = 0;
  uint64_t tcp_retransmits = 0;
  uint64_t tcp_resets = 0;
  uint64_t tcp_connect_failures = 0;
  uint64_t cpu_us = 0;
  DurationBuckets http_latency;  // microseconds
  DurationBuckets gc_pause;      // microseconds

  friend bool operator==(const SignalCounts&, const SignalCounts&) = default;
};

// Levels of one process when they were last looked at.
struct ProcessLevels {
  uint64_t rss_bytes = 0;
  uint32_t fds = 0;
  uint32_t threads = 0;

  friend bool operator==(const ProcessLevels&, const ProcessLevels&) = default;
};

// Adds to `sum` what `now` counts beyond `before`: both are readings of the same
// process, `now` the later one. A total that fell was restarted from zero.
void AddBeyond(const SignalCounts& now, const SignalCounts& before, SignalCounts* sum);

// The same of one total: what is to be added.
inline uint64_t Beyond(uint64_t now, uint64_t before) { return now >= before ? now - before : now; }

}  // namespace haldane::agent
