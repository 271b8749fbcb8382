#include "stats/restarts.h"

#include <algorithm>
#include <cmath>

#include "stats/log_space.h"

namespace haldane::stats {
namespace {

constexpr int kStartEvery = 300;
constexpr int kMostStarts = 12;

}  // namespace

double RestartedLogEvidence(double whole, absl::Span<const double> since, int planned) {
  if (planned == 0) return whole;
  const double to_come = planned - static_cast<double>(since.size());
  const double mean = LogAdd(LogSum(since), std::log(to_come)) - std::log(static_cast<double>(planned));
  return LogAdd(whole, mean) - kLog2;
}

std::vector<int> PlannedStarts(int window) {
  const int every = std::max(kStartEvery, (window + kMostStarts) / (kMostStarts + 1));
  std::vector<int> starts;
  for (int start = every; start < window; start += every) starts.push_back(start);
  return starts;
}

}  // namespace haldane::stats
