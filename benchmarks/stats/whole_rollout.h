#pragma once

#include <vector>

namespace haldane::benchmarks {

// What a rollout costs the controller: every signal that can be judged, through
// the log's own messages. One number for each second after the first minute.
struct RolloutCosts {
  std::vector<double> apply_ms;  // reading a tick, counting, statistics
  std::vector<double> judge_ms;  // findings with intervals and distances, fairness, verdict, sentence
  double mebibytes = 0;          // what the rollout holds at the end
};
RolloutCosts MeasureWholeRollout(int hosts_a_side, int seconds);

}  // namespace haldane::benchmarks
