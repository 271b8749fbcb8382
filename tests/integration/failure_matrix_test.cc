// The rows of docs/failure-matrix.md that no other test proves, each through the
// real controller from agents' messages to the verdict that people are shown.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/world_fixture.h"
#include "tests/support/rollout_script.h"
#include "tests/support/status_matchers.h"

namespace haldane::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class FailureMatrixTest : public ::testing::Test {
 protected:
  // Runs a rollout of three hosts a side to its end; `at_second` may break things.
  haldane::v1::Verdict End(
      const FakeFleet::Host& canary, const FakeFleet::Host& baseline,
      const std::function<void(int)>& at_second = [](int) {}, const haldane::v1::Plan& plan = TestPlan()) {
    world_.fleet.AddBothSides(3, canary, baseline);
    EXPECT_THAT(world_.controller().Create(plan), IsOk());
    for (int second = 0; second < 130 && !Ended(); ++second) {
      at_second(second);
      world_.Second();
    }
    return world_.Get("web-new").verdict();
  }
  bool Ended() { return world_.Get("web-new").has_ended_at(); }
  void Silence(size_t host) {
    world_.fleet.host(host).silent = true;
    world_.Disconnect(host);
  }
  // The host's agent says that its processes have ended, and then nothing.
  void EndProcesses(size_t host) {
    haldane::v1::AgentMessage last = world_.NextReport(host);
    for (auto& process : *last.mutable_report()->mutable_processes()) process.set_exited(true);
    world_.Send(host, last);
    Silence(host);
  }

  World world_{21};
};

TEST_F(FailureMatrixTest, AllAgentsLostIsUndecidedAndNamesThem) {
  const auto verdict = End({}, {}, [&](int second) {
    for (size_t host = 0; second == 5 && host < world_.fleet.size(); ++host) Silence(host);
  });
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  EXPECT_THAT(verdict.sentence(), HasSubstr("canary-1, canary-2, canary-3 are silent"));
}

TEST_F(FailureMatrixTest, AllAgentsLostHaltsWhereThePlanSaysSo) {
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_on_missing()->set_agent_silent(haldane::v1::MISSING_POLICY_HALT);
  const auto verdict = End(
      {}, {},
      [&](int second) {
        for (size_t host = 0; second == 5 && host < world_.fleet.size(); ++host) Silence(host);
      },
      plan);
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_HALTED);
}

TEST_F(FailureMatrixTest, ABaselineThatDiesIsUndecidedAndSaysSo) {
  const auto verdict = End({}, {}, [&](int second) {
    for (size_t host = 0; second == 4 && host < world_.fleet.size(); ++host) {
      if (world_.fleet.host(host).revision == "old") EndProcesses(host);
    }
  });
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  EXPECT_THAT(verdict.sentence(), HasSubstr("all baseline processes have ended"));
}

TEST_F(FailureMatrixTest, ACanaryWithoutTrafficIsUndecidedAndSaysSo) {
  const auto verdict = End({.requests_per_second = 0}, {});
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  EXPECT_THAT(verdict.sentence(), HasSubstr("no traffic yet on warm canary processes"));
}

TEST_F(FailureMatrixTest, SmallStepsOfTheClockChangeNoVerdict) {
  const auto verdict = End({}, {}, [&](int second) {
    if (second == 6) world_.clock.StepWallClock(-absl::Seconds(5));
    if (second == 20) world_.clock.StepWallClock(absl::Seconds(5));
  });
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_PROCEED) << verdict.sentence();
}

TEST_F(FailureMatrixTest, AStepBeyondTheDeadlineIsUndecidedAndNoProceed) {
  const auto verdict = End({}, {}, [&](int second) {
    if (second == 8) world_.clock.StepWallClock(absl::Hours(1));
  });
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_UNDECIDED) << verdict.sentence();
}

TEST_F(FailureMatrixTest, AHarmfulCanaryIsStoppedThoughTheClockStepsBack) {
  const auto verdict = End({.errors_per_request = 0.2}, {}, [&](int second) {
    if (second == 2) world_.clock.StepWallClock(-absl::Hours(1));
  });
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_ROLLED_BACK) << verdict.sentence();
}

TEST_F(FailureMatrixTest, CohortsWithoutABalanceAreUndecidedAndSaySo) {
  const auto verdict = End({.requests_per_second = 10}, {.requests_per_second = 200});
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  EXPECT_THAT(verdict.sentence(), HasSubstr("is the balancer even?"));
}

TEST_F(FailureMatrixTest, KindsOfProbeThatDifferAreUndecidedAndSaySo) {
  const auto verdict = End({.source = haldane::v1::PROBE_SOURCE_DISASSEMBLY}, {});
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  EXPECT_THAT(verdict.sentence(), HasSubstr("counted by different kinds of probe"));
}

haldane::v1::SignalGap Shed() {
  haldane::v1::SignalGap gap;
  gap.set_signal("http.5xx");
  gap.set_cause(haldane::v1::SignalGap::CAUSE_SHED);
  gap.set_detail("the governor switched it off");
  return gap;
}

TEST_F(FailureMatrixTest, AProbeThatIsShedIsUndecidedAndSaysSo) {
  const auto verdict = End({}, {}, [&](int second) {
    if (second == 4) world_.fleet.host(0).gaps = {Shed()};
  });
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  EXPECT_THAT(verdict.sentence(), AllOf(HasSubstr("canary-1"), HasSubstr("the governor switched it off")));
}

TEST_F(FailureMatrixTest, AProbeThatIsShedAndBackAgainStillProceeds) {
  const auto verdict = End({}, {}, [&](int second) {
    if (second == 4) world_.fleet.host(0).gaps = {Shed()};
    if (second == 30) world_.fleet.host(0).gaps.clear();
  });
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_PROCEED) << verdict.sentence();
}

TEST_F(FailureMatrixTest, AProbeThatIsShedIsLeftOutWhereThePlanSaysSo) {
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_on_missing()->set_probe_missing(haldane::v1::MISSING_POLICY_DROP_SIGNAL);
  const auto verdict = End(
      {}, {},
      [&](int second) {
        if (second == 4) world_.fleet.host(0).gaps = {Shed()};
      },
      plan);
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_PROCEED) << verdict.sentence();
}

}  // namespace
}  // namespace haldane::testing
