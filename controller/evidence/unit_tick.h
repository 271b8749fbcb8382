#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "haldane/v1/telemetry.pb.h"

namespace haldane::controller {

// A process within its unit: boot id, pid and start.
using ProcessId = std::pair<std::string, std::pair<uint32_t, uint64_t>>;

// What one unit (one host's processes of one cohort) did in one tick.
struct UnitTick {
  int unit = 0;  // index, as given by AddUnit
  // Sums over its warm processes of what they did since their sample before;
  // without classes, which are below.
  haldane::v1::Counters counters;
  std::map<std::string, uint64_t> classes;
  // Time that its processes lived, whatever their age.
  double process_seconds = 0;
  // Processes that ended, whatever their age, and how.
  uint64_t restarts = 0;
  uint64_t crashes = 0;
  uint64_t oom_kills = 0;
  // Of processes whose levels were read.
  std::vector<std::pair<ProcessId, haldane::v1::Gauges>> levels;
};

}  // namespace haldane::controller
