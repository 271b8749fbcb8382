#include "benchmarks/verdicts/claims/tick_cost.h"

#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmarks/verdicts/generators/noise_model.h"
#include "benchmarks/verdicts/progress.h"
#include "stats/count_signal.h"

namespace haldane::benchmarks {
namespace {

constexpr int kSignals = 20;
constexpr int kHostsASide = 100;
constexpr int kWarmUp = 120;  // ticks
constexpr int kTicks = 60;    // measured
constexpr double kTickPromise = 1;

double ThreadMilliseconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

double KibibytesInUse() { return static_cast<double>(mallinfo2().uordblks) / 1024; }

double MedianOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// A rollout's signals, fed the same second.
class Rollout {
 public:
  explicit Rollout(const char* model, double ratio)
      : fleet_(FindNoiseModel(model).make({.cohorts = {kHostsASide, kHostsASide}, .harm = {.ratio = ratio}},
                                          Random("tick cost", 0))) {
    for (int i = 0; i < kSignals; ++i) {
      signals_.emplace_back(stats::CountSignal::Options{.tolerate_ratio = 1.25});
      for (int h = 0; h < 2 * kHostsASide; ++h) {
        signals_.back().AddHost(h < kHostsASide ? stats::Cohort::kCanary : stats::Cohort::kBaseline);
      }
    }
  }

  void Next() {
    fleet_->Next(second_);
    ticks_.clear();
    int index = 0;
    for (const auto* cohort : {&second_.canary, &second_.baseline}) {
      for (const HostSecond& host : *cohort) ticks_.push_back({index++, host.events, host.exposure});
    }
  }
  void Observe() {
    for (stats::CountSignal& signal : signals_) signal.Observe(ticks_);
  }
  double Judge() const {
    double sum = 0;
    for (const stats::CountSignal& signal : signals_) {
      sum += signal.HarmEvidence() + signal.ClearEvidence(0.05);
    }
    return sum;
  }

 private:
  std::unique_ptr<NoiseModel> fleet_;
  std::vector<stats::CountSignal> signals_;
  Second second_;
  std::vector<stats::HostTick> ticks_;
};

struct Cost {
  double observe;  // milliseconds a tick
  double judge;
  double first;  // KiB after the first tick
  double last;   // and after the last
};

Cost Measure(const char* model, double ratio) {
  const double before = KibibytesInUse();
  Rollout rollout(model, ratio);
  Cost cost;
  std::vector<double> observe;
  std::vector<double> judge;
  double checksum = 0;
  for (int tick = 0; tick < kWarmUp + kTicks; ++tick) {
    rollout.Next();
    const double start = ThreadMilliseconds();
    rollout.Observe();
    const double observed = ThreadMilliseconds();
    if (tick == 0) cost.first = KibibytesInUse() - before;
    if (tick < kWarmUp) continue;
    checksum += rollout.Judge();
    judge.push_back(ThreadMilliseconds() - observed);
    observe.push_back(observed - start);
  }
  cost.observe = std::isfinite(checksum) ? MedianOf(observe) : 0;
  cost.judge = MedianOf(judge);
  cost.last = KibibytesInUse() - before;
  return cost;
}

}  // namespace

void ReportTickCost(Report& report) {
  Table table{
      .title = "Cost of a second",
      .text = absl::StrFormat("%d count signals on %d hosts: milliseconds of one core to take in a second "
                              "and to judge it (evidence for harm and for clear of every signal), medians "
                              "of %d seconds after %d; KiB held after the first second and after the last.",
                              kSignals, 2 * kHostsASide, kTicks, kWarmUp),
      .header = {"rollout", "take in", "judge", "KiB first", "KiB last"}};
  double worst = 0;
  std::string where;
  for (const auto& [name, model, ratio] :
       {std::tuple{"few events", "poisson", 1.0}, std::tuple{"many events", "hostcv.3hi", 1.0},
        std::tuple{"few events, 2x worse", "poisson", 2.0}}) {
    const Cost cost = Measure(model, ratio);
    table.rows.push_back({name, absl::StrFormat("%.3f", cost.observe), absl::StrFormat("%.3f", cost.judge),
                          absl::StrFormat("%.0f", cost.first), absl::StrFormat("%.0f", cost.last)});
    if (cost.observe + cost.judge <= worst) continue;
    worst = cost.observe + cost.judge;
    where = absl::StrFormat("%s: take in %.2f, judge %.2f; %.0f KiB a rollout, not growing", name,
                            cost.observe, cost.judge, cost.last);
  }
  report.claims.push_back({.claim = "one evaluation tick of 20 signals on 200 hosts",
                           .value = worst,
                           .unit = "ms",
                           .bound = kTickPromise,
                           .met = worst <= kTickPromise,
                           .note = where});
  report.tables.push_back(std::move(table));
  Progress("cost of a second", "done");
}

}  // namespace haldane::benchmarks
