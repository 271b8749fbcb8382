#include "benchmarks/stats/whole_rollout.h"

#include <malloc.h>
#include <time.h>

#include <memory>
#include <string>

#include "controller/rollout/rollout.h"
#include "plan/signals.h"
#include "tests/fakes/fake_fleet.h"
#include "tests/support/rollout_script.h"

namespace haldane::benchmarks {
namespace {

constexpr int kFirstMeasured = 60;

double CpuMilliseconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

double MebibytesInUse() { return static_cast<double>(mallinfo2().uordblks) / (1 << 20); }

haldane::v1::Plan PlanOfEverything(int seconds) {
  std::vector<std::string> names;
  for (const plan::Signal& signal : plan::KnownSignals()) names.emplace_back(signal.name);
  haldane::v1::Plan plan = testing::TestPlan(names);
  plan.mutable_observe()->mutable_min()->set_seconds(seconds + 1);
  plan.mutable_observe()->mutable_max()->set_seconds(seconds + 2);
  for (haldane::v1::SignalPlan& signal : *plan.mutable_signals()) {
    signal.set_action(haldane::v1::ACTION_HALT);  // all decide, so that all are judged
  }
  return plan;
}

}  // namespace

RolloutCosts MeasureWholeRollout(int hosts_a_side, int seconds) {
  testing::FakeFleet fleet(1);
  const testing::FakeFleet::Host host = {.latency_us = 20000, .rss_bytes = 4e8};
  fleet.AddBothSides(hosts_a_side, host, host);
  absl::Time now = testing::Start();
  const double before = MebibytesInUse();
  const std::unique_ptr<controller::Rollout> rollout =
      *controller::Rollout::Open(testing::CreatedBytes(PlanOfEverything(seconds), now));
  RolloutCosts costs;
  for (int second = 1; second <= seconds; ++second) {
    fleet.Serve();
    now += absl::Seconds(1);
    const std::string event = testing::TickBytes(fleet.Report(), now);
    const double start = CpuMilliseconds();
    if (!rollout->Apply(event).ok()) return costs;
    const double applied = CpuMilliseconds();
    if (rollout->Judge().findings().empty()) return costs;
    const double judged = CpuMilliseconds();
    if (second < kFirstMeasured) continue;
    costs.apply_ms.push_back(applied - start);
    costs.judge_ms.push_back(judged - applied);
  }
  costs.mebibytes = MebibytesInUse() - before;
  return costs;
}

}  // namespace haldane::benchmarks
