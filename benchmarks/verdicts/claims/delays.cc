#include "benchmarks/verdicts/claims/delays.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_format.h"

namespace haldane::benchmarks {
namespace {

// The stopping times (0 for never) as delays.
Delays Summarise(const std::vector<int>& times, int onset, int horizon) {
  Delays delays;
  std::vector<double> seconds;
  for (const int time : times) {
    if (time > 0 && time <= onset) continue;
    delays.stopped += time > 0 ? 1 : 0;
    seconds.push_back(time > 0 ? time - onset : horizon);
  }
  delays.runs = static_cast<int>(seconds.size());
  if (seconds.empty()) return delays;
  std::sort(seconds.begin(), seconds.end());
  for (const double value : seconds) delays.mean += value / static_cast<double>(seconds.size());
  double squares = 0;
  for (const double value : seconds) squares += (value - delays.mean) * (value - delays.mean);
  delays.error = std::sqrt(squares) / static_cast<double>(seconds.size());
  delays.median = seconds[seconds.size() / 2];
  delays.p90 = seconds[seconds.size() * 9 / 10];
  return delays;
}

}  // namespace

Delays DelaysAt(const std::vector<Trace>& traces, double bound, int onset, int horizon) {
  std::vector<int> times;
  for (const Trace& trace : traces) times.push_back(trace.StoppedAt(bound));
  return Summarise(times, onset, horizon);
}

Delays DelaysByOwnRule(const std::vector<Trace>& traces, int onset, int horizon) {
  std::vector<int> times;
  for (const Trace& trace : traces) times.push_back(trace.stopped);
  return Summarise(times, onset, horizon);
}

double BoundForFalseStops(const std::vector<Trace>& traces, double alpha) {
  std::vector<double> tops;
  for (const Trace& trace : traces) tops.push_back(trace.peaks.empty() ? 0 : trace.peaks.back().score);
  std::sort(tops.rbegin(), tops.rend());
  const auto allowed = static_cast<std::size_t>(std::floor(alpha * static_cast<double>(tops.size())));
  return allowed < tops.size() ? tops[allowed] : -std::numeric_limits<double>::infinity();
}

int StopsAt(const std::vector<Trace>& traces, double bound) {
  return static_cast<int>(std::count_if(traces.begin(), traces.end(),
                                        [&](const Trace& trace) { return trace.StoppedAt(bound) > 0; }));
}

int StopsByOwnRule(const std::vector<Trace>& traces) {
  return static_cast<int>(
      std::count_if(traces.begin(), traces.end(), [](const Trace& trace) { return trace.stopped > 0; }));
}

std::string MedianAndPower(const Delays& delays) {
  if (delays.power() < 0.5) return absl::StrFormat("- (%.0f %%)", 100 * delays.power());
  const std::string median = absl::StrFormat("%.0f s", delays.median);
  return delays.stopped == delays.runs ? median
                                       : absl::StrFormat("%s (%.0f %%)", median, 100 * delays.power());
}

}  // namespace haldane::benchmarks
