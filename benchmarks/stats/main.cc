// What the statistics cost: CPU time of this thread, so that other work on the
// machine does not count, and the median of many ticks. Writes
// build/bench/stats.json or the file that is named.

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmarks/stats/whole_rollout.h"
#include "benchmarks/verdicts/report/write.h"
#include "stats/count_signal.h"
#include "stats/restarts.h"

namespace haldane::benchmarks {
namespace {

constexpr int kTicks = 600;
constexpr int kSignals = 20;

double CpuMicroseconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

double Quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

// What one part of a tick cost, one number for each time.
struct Costs {
  std::vector<double> observe;
  std::vector<double> harm;
  std::vector<double> clear;
  std::vector<double> interval;
  std::vector<double> tick;  // observe, harm and clear of all signals
};

// Signals of several rates, from one event a minute and host to forty a second,
// on a healthy canary or a bad one.
Costs Measure(int hosts_a_side, double ratio) {
  std::vector<stats::CountSignal> signals;
  for (int s = 0; s < kSignals; ++s) {
    signals.emplace_back(stats::CountSignal::Options{.restarts = stats::PlannedStarts(1800)});
    for (int h = 0; h < hosts_a_side; ++h) signals.back().AddHost(stats::Cohort::kCanary);
    for (int h = 0; h < hosts_a_side; ++h) signals.back().AddHost(stats::Cohort::kBaseline);
  }
  std::mt19937_64 random(1);
  Costs costs;
  std::vector<stats::HostTick> tick;
  double sink = 0;
  for (int t = 0; t < kTicks; ++t) {
    double whole = 0;
    for (int s = 0; s < kSignals; ++s) {
      const double rate = (1 << s % 10) * 0.02;
      tick.clear();
      for (int h = 0; h < 2 * hosts_a_side; ++h) {
        const double mean = rate * (h < hosts_a_side ? ratio : 1);
        tick.push_back({h, static_cast<double>(std::poisson_distribution<int>(mean)(random)), 50});
      }
      const double start = CpuMicroseconds();
      signals[s].Observe(tick);
      const double observed = CpuMicroseconds();
      sink += signals[s].HarmEvidence();
      const double harm = CpuMicroseconds();
      sink += signals[s].ClearEvidence(0.05);
      const double clear = CpuMicroseconds();
      costs.observe.push_back(observed - start);
      costs.harm.push_back(harm - observed);
      costs.clear.push_back(clear - harm);
      whole += clear - start;
      if (t % 10 == 9) {
        sink += signals[s].Interval(0.01, 0.1).low;
        costs.interval.push_back(CpuMicroseconds() - clear);
      }
    }
    costs.tick.push_back(whole);
  }
  if (sink == 42) std::puts("");  // so that nothing is left out
  return costs;
}

Claim AtMost(const std::string& name, double value, const std::string& unit, double bound,
             const std::string& note) {
  return {name, value, unit, bound, value <= bound, note};
}

std::string Spread(const std::vector<double>& values) {
  const auto number = [&](double q) {
    return absl::StrCat(static_cast<int>(Quantile(values, q) * 10) / 10.0);
  };
  return absl::StrCat("p90 ", number(0.9), ", p99 ", number(0.99), ", most ", number(1));
}

int Main(int argc, char** argv) {
  const std::string path = argc > 1 ? argv[1] : "build/bench/stats.json";
  Report report;
  const Costs large = Measure(100, 1);
  const Costs small = Measure(5, 1);
  const Costs bad = Measure(5, 3);
  std::vector<double> tick_ms = large.tick;
  for (double& microseconds : tick_ms) microseconds /= 1000;
  report.claims.push_back(AtMost("One tick of 20 signals on 200 hosts: observe, harm, clear",
                                 Quantile(tick_ms, 0.5), "ms", 1,
                                 absl::StrCat("median; microseconds: ", Spread(large.tick))));
  const auto evaluation = [&](const std::string& name, const std::vector<double>& values, double bound) {
    report.claims.push_back(
        AtMost(name, Quantile(values, 0.5), "us", bound, absl::StrCat("median; ", Spread(values))));
  };
  evaluation("Taking in one tick of one signal, 200 hosts", large.observe, 30);
  evaluation("Harm evidence of one signal, 200 hosts", large.harm, 20);
  evaluation("Clear evidence of one signal, 200 hosts", large.clear, 20);
  evaluation("Harm evidence of one signal, healthy, 10 hosts", small.harm, 20);
  evaluation("Clear evidence of one signal, healthy, 10 hosts", small.clear, 20);
  evaluation("Harm evidence of one signal, three times the rate, 5 restarts, 10 hosts", bad.harm, 100);
  evaluation("Interval of one signal after ten ticks, 10 hosts", small.interval, 1000);
  const RolloutCosts rollout = MeasureWholeRollout(100, 300);
  report.claims.push_back(AtMost("One second of a rollout, every signal, 200 hosts: counts and statistics",
                                 Quantile(rollout.apply_ms, 0.5), "ms", 50,
                                 absl::StrCat("median; ", Spread(rollout.apply_ms))));
  report.claims.push_back(AtMost("Its whole judgement: intervals, distances, fairness, sentence",
                                 Quantile(rollout.judge_ms, 0.5), "ms", 50,
                                 absl::StrCat("median; ", Spread(rollout.judge_ms))));
  report.claims.push_back(AtMost("Memory of that rollout", rollout.mebibytes, "MiB", 64,
                                 absl::StrCat("after 5 minutes, ", MeasureWholeRollout(100, 100).mebibytes,
                                              " after 100 s; the fleet that pretends is in it")));
  std::fputs(ClaimsAsText(report).c_str(), stdout);
  const absl::Status written = WriteFile(path, ClaimsAsJson(report));
  if (!written.ok()) {
    std::fprintf(stderr, "bench-stats: %s\n", std::string(written.message()).c_str());
    return 2;
  }
  return std::all_of(report.claims.begin(), report.claims.end(), [](const Claim& claim) { return claim.met; })
             ? 0
             : 1;
}

}  // namespace
}  // namespace haldane::benchmarks

int main(int argc, char** argv) { return haldane::benchmarks::Main(argc, argv); }
