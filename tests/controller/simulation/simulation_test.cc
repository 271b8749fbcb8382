#include "controller/simulation/simulation.h"

#include <gtest/gtest.h>

#include "tests/support/rollout_script.h"
#include "tests/support/status_matchers.h"

namespace haldane::controller {
namespace {

using haldane::testing::TestPlan;

SimulationSummary Play(const haldane::v1::Plan& plan, const SimulatedService& service,
                       const SimulatedHarm& harm, int runs) {
  std::vector<SimulatedRollout> rollouts;
  for (int i = 0; i < runs; ++i) rollouts.push_back(Simulate(plan, service, harm, static_cast<uint64_t>(i)));
  return Summarize(rollouts);
}

const SimulatedService kBusy = {.canary_hosts = 5,
                                .baseline_hosts = 5,
                                .requests_per_second = 200,
                                .host_spread = 0.02,
                                .rates = {{"http.5xx", 0.005}}};

TEST(SimulationTest, AGoodCanaryProceedsAndABadOneIsStopped) {
  EXPECT_GE(Play(TestPlan(), kBusy, {}, 10).proceeded, 9);
  const SimulationSummary bad = Play(TestPlan(), kBusy, {.signal = "http.5xx", .ratio = 4}, 10);
  EXPECT_EQ(bad.stopped, 10);
  EXPECT_GT(bad.median_seconds, 0);
  EXPECT_LE(bad.median_seconds, bad.p90_seconds);
}

TEST(SimulationTest, LatencyIsPlayedToo) {
  const haldane::v1::Plan plan = TestPlan({"http.latency"});
  EXPECT_GE(Play(plan, kBusy, {}, 5).proceeded, 4);
  EXPECT_EQ(Play(plan, kBusy, {.signal = "http.latency", .ratio = 2}, 5).stopped, 5);
}

// What hosts did before the deploy tells odd hosts from a bad revision.
TEST(SimulationTest, ThePastOfTheSameHostsFindsWhatTwoHostsASideCannot) {
  SimulatedService few = kBusy;
  few.canary_hosts = few.baseline_hosts = 2;
  few.host_spread = 0.2;
  const SimulatedHarm harm = {.signal = "ruby.exceptions", .ratio = 3};
  const int cold = Play(TestPlan(), few, harm, 8).stopped;
  few.same_hosts = true;
  EXPECT_GT(Play(TestPlan(), few, harm, 8).stopped, cold + 3);
}

TEST(SimulationTest, TheSameSeedPlaysTheSameRollout) {
  const SimulatedRollout once = Simulate(TestPlan(), kBusy, {}, 7);
  const SimulatedRollout again = Simulate(TestPlan(), kBusy, {}, 7);
  EXPECT_EQ(once.end, again.end);
  EXPECT_EQ(once.seconds, again.seconds);
}

TEST(SimulationTest, LessTrafficDetectsLess) {
  SimulatedService quiet = kBusy;
  quiet.requests_per_second = 2;
  EXPECT_GT(DetectableRatioOf(TestPlan(), 1, quiet), DetectableRatioOf(TestPlan(), 1, kBusy));
  EXPECT_GT(DetectableRatioOf(TestPlan(), 1, kBusy), 1.5);  // what is tolerated
}

TEST(SimulationTest, SaysWhichOptionIsImpossible) {
  using haldane::testing::StatusIs;
  const auto message = [](const SimulatedService& service, const SimulatedHarm& harm) {
    return std::string(CheckSimulation(TestPlan(), service, harm).message());
  };
  EXPECT_EQ(message({.canary_hosts = 0}, {}), "--canary-hosts and --baseline-hosts must be from 1 to 1000");
  EXPECT_EQ(message({.rates = {{"proc.rss", 1}}}, {}),
            "--rate proc.rss: is not a rate; docs/signals.md lists them");
  EXPECT_EQ(message({}, {.signal = "http.latency", .ratio = 2}),
            "--effect http.latency: is not a rate or distribution that the plan judges");
  EXPECT_TRUE(CheckSimulation(TestPlan(), {}, {}).ok());
}

}  // namespace
}  // namespace haldane::controller
