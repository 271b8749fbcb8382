// Whole rollouts through the real controller, from agents' messages to the
// verdict in the database.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "controller/rollout/rollout.h"
#include "tests/integration/world_fixture.h"
#include "tests/support/rollout_script.h"
#include "tests/support/status_matchers.h"

namespace haldane::testing {
namespace {

using ::haldane::controller::Rollout;
using ::testing::HasSubstr;

FakeFleet::Host BadCanary() {
  return {.exceptions_per_request = 0.08, .exception_class = "Inventory::StaleCacheError"};
}

// What the log of a rollout makes of itself, without its controller.
std::unique_ptr<Rollout> Replay(const std::vector<std::string>& events, size_t count) {
  auto rollout = *Rollout::Open(events[0]);
  for (size_t i = 1; i < count; ++i) EXPECT_THAT(rollout->Apply(events[i]), IsOk());
  return rollout;
}

uint64_t Requests(const haldane::v1::Rollout& rollout) {
  uint64_t sum = 0;
  for (const auto& host : rollout.hosts()) sum += host.requests();
  return sum;
}

uint64_t Served(const World& world) {
  uint64_t sum = 0;
  for (size_t i = 0; i < world.fleet.size(); ++i) sum += world.fleet.totals(i).http_requests();
  return sum;
}

TEST(RolloutStoryTest, AGoodCanaryProceeds) {
  World world(1);
  world.fleet.AddBothSides(4, {}, {});
  ASSERT_THAT(world.controller().Create(TestPlan()), IsOk());
  world.RunFor("web-new", 119);
  EXPECT_EQ(world.Get("web-new").verdict().state(), haldane::v1::ROLLOUT_STATE_PROCEED)
      << world.Get("web-new").verdict().sentence();
}

TEST(RolloutStoryTest, ABadCanaryIsRolledBackAndItsRecordingReplaysBitForBit) {
  World world(2);
  world.fleet.AddBothSides(4, BadCanary(), {});
  ASSERT_THAT(world.controller().Create(TestPlan()), IsOk());
  world.RunFor("web-new", 119);
  const haldane::v1::Verdict given = world.Get("web-new").verdict();
  const std::vector<std::string> events = world.Recording("web-new");
  EXPECT_EQ(given.state(), haldane::v1::ROLLOUT_STATE_ROLLED_BACK) << given.sentence();
  EXPECT_THAT(given.sentence(), HasSubstr("Inventory::StaleCacheError"));
  // All but the last event, which is the verdict itself, are what it was computed from.
  EXPECT_EQ(Replay(events, events.size() - 1)->Judge().SerializeAsString(), given.SerializeAsString());
  EXPECT_EQ(Replay(events, events.size())->Judge().SerializeAsString(), given.SerializeAsString());
}

TEST(RolloutStoryTest, AControllerThatIsKilledAgainAndAgainLosesNoRequestAndGivesItsVerdict) {
  World world(3);
  world.fleet.AddBothSides(4, {}, {});
  ASSERT_THAT(world.controller().Create(TestPlan()), IsOk());
  world.Second();
  const uint64_t before = Served(world);
  for (int second = 0; second < 8; ++second) {
    if (second % 3 == 1) world.RestartController();
    world.Second();
  }
  ASSERT_EQ(world.Get("web-new").verdict().state(), haldane::v1::ROLLOUT_STATE_OBSERVING);
  EXPECT_EQ(Requests(world.Get("web-new")), Served(world) - before);
  world.RunFor("web-new", 110);
  EXPECT_EQ(world.Get("web-new").verdict().state(), haldane::v1::ROLLOUT_STATE_PROCEED);
  world.RestartController();
  EXPECT_EQ(world.Get("web-new").verdict().state(), haldane::v1::ROLLOUT_STATE_PROCEED);
}

TEST(RolloutStoryTest, ReportsLostOnTheWayLoseNoRequest) {
  World world(4);
  world.fleet.AddBothSides(3, {}, {});
  ASSERT_THAT(world.controller().Create(TestPlan()), IsOk());
  world.Second();
  const uint64_t before = Served(world);
  std::mt19937 random(4);
  for (int second = 0; second < 8; ++second) {
    world.Second([&](size_t) { return random() % 2 == 0; });
  }
  world.Second();
  EXPECT_EQ(Requests(world.Get("web-new")), Served(world) - before);
}

TEST(RolloutStoryTest, TwoRolloutsSeeTheSameCountsIndependently) {
  World world(5);
  world.fleet.AddBothSides(3, {}, {});
  ASSERT_THAT(world.controller().Create(TestPlan()), IsOk());
  world.Second();
  const uint64_t before_first = Served(world);
  for (int i = 0; i < 3; ++i) world.Second();
  haldane::v1::Plan second = TestPlan();
  second.set_rollout("web-again");
  ASSERT_THAT(world.controller().Create(second), IsOk());
  world.Second();
  const uint64_t before_second = Served(world);
  for (int i = 0; i < 3; ++i) world.Second();
  EXPECT_EQ(Requests(world.Get("web-new")), Served(world) - before_first);
  EXPECT_EQ(Requests(world.Get("web-again")), Served(world) - before_second);
}

TEST(RolloutStoryTest, AKilledCanaryAgentEndsUndecidedAndIsNamed) {
  World world(6);
  world.fleet.AddBothSides(3, {}, {});
  ASSERT_THAT(world.controller().Create(TestPlan()), IsOk());
  for (int second = 0; second < 5; ++second) world.Second();
  world.fleet.host(0).silent = true;
  world.Disconnect(0);
  world.RunFor("web-new", 130);
  const haldane::v1::Verdict verdict = world.Get("web-new").verdict();
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  EXPECT_THAT(verdict.sentence(), HasSubstr("canary-1 is silent"));
}

// No sequence of missing, late, repeated or hostile reports, restarts and clock
// steps makes a canary that is far beyond its tolerance proceed.
TEST(RolloutStoryTest, NoFaultMakesABadCanaryProceed) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    World world(seed);
    world.fleet.AddBothSides(2, {.exceptions_per_request = 0.04}, {.exceptions_per_request = 0.01});
    ASSERT_THAT(world.controller().Create(TestPlan()), IsOk());
    std::mt19937_64 random(seed);
    const auto chance = [&](double p) { return std::uniform_real_distribution<>(0, 1)(random) < p; };
    for (int second = 0; second < 130; ++second) {
      if (chance(0.02)) world.RestartController();
      if (chance(0.02)) world.fleet.RestartAgent(random() % world.fleet.size());
      if (chance(0.02)) world.clock.StepWallClock(absl::Seconds(static_cast<int64_t>(random() % 60) - 30));
      for (size_t i = 0; i < world.fleet.size(); ++i) {
        if (chance(0.05)) world.fleet.host(i).silent = !world.fleet.host(i).silent;
      }
      world.Second([&](size_t host) {
        if (chance(0.05)) {  // a lie: no exceptions at all, a flood of requests
          haldane::v1::AgentMessage lie = world.NextReport(host);
          lie.mutable_report()->mutable_processes(0)->mutable_counters()->set_exceptions(0);
          lie.mutable_report()->mutable_processes(0)->mutable_counters()->set_http_requests(uint64_t{1}
                                                                                            << 60);
          world.Send(host, lie);
          return false;
        }
        return !chance(0.1);
      });
      ASSERT_NE(world.Get("web-new").verdict().state(), haldane::v1::ROLLOUT_STATE_PROCEED)
          << "seed " << seed << ": " << world.Get("web-new").verdict().sentence();
      if (haldane::controller::IsTerminal(world.Get("web-new").verdict().state())) break;
    }
  }
}

}  // namespace
}  // namespace haldane::testing
