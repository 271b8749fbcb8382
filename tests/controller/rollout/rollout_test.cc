#include "controller/rollout/rollout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/fakes/fake_fleet.h"
#include "tests/support/rollout_script.h"
#include "tests/support/status_matchers.h"
#include "tests/support/story.h"

namespace haldane::controller {
namespace {

using haldane::testing::AbortedBytes;
using haldane::testing::CreatedBytes;
using haldane::testing::FakeFleet;
using haldane::testing::IsOk;
using haldane::testing::Start;
using haldane::testing::StatusIs;
using haldane::testing::Story;
using haldane::testing::TestPlan;
using haldane::testing::TickBytes;
using haldane::testing::VerdictBytes;
using ::testing::HasSubstr;

TEST(RolloutTest, AGoodCanaryProceedsWithNumbersThatSayWhy) {
  Story story(1);
  story.fleet.AddBothSides(4, {}, {});
  story.RunFor(119);
  const haldane::v1::Verdict verdict = story.rollout->Judge();
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_PROCEED) << verdict.DebugString();
  EXPECT_THAT(verdict.sentence(), HasSubstr("demonstrably within tolerance on ruby.exceptions"));
  for (const auto& finding : verdict.findings()) {
    EXPECT_EQ(finding.state(), haldane::v1::FINDING_STATE_CLEAR);
    EXPECT_GT(finding.canary().exposure(), 1000u);
    EXPECT_LT(finding.ratio_high(),
              finding.tolerate_ratio() + 1e-3);  // what is shown agrees with what is decided
  }
}

TEST(RolloutTest, SwallowedExceptionsRollTheCanaryBackAndNameTheClass) {
  Story story(2);
  story.fleet.AddBothSides(
      3, {.exceptions_per_request = 0.06, .exception_class = "Inventory::StaleCacheError"}, {});
  story.RunFor(60);
  const haldane::v1::Verdict verdict = story.rollout->Judge();
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_ROLLED_BACK) << verdict.DebugString();
  EXPECT_EQ(verdict.findings(0).state(), haldane::v1::FINDING_STATE_HARMFUL);
  EXPECT_GT(verdict.findings(0).ratio_low(), verdict.findings(0).tolerate_ratio() - 1e-3);
  EXPECT_EQ(verdict.findings(0).classes(0).name(), "Inventory::StaleCacheError");
  EXPECT_THAT(verdict.sentence(), HasSubstr("Inventory::StaleCacheError"));
}

TEST(RolloutTest, ASignalWithHardlyAnyEventsIsClearByItsRateAndTheSentenceSaysSo) {
  Story story(21);
  story.fleet.AddBothSides(3, {.errors_per_request = 0}, {.errors_per_request = 0});
  story.RunFor(119);
  const haldane::v1::Verdict verdict = story.rollout->Judge();
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_PROCEED) << verdict.DebugString();
  EXPECT_THAT(verdict.sentence(), HasSubstr("http.5xx with 0 in "));
  EXPECT_THAT(verdict.sentence(), HasSubstr("demonstrably below the 0.0005 per request that are tolerated"));
}

TEST(RolloutTest, SwappedCohortsWouldNotBeRolledBack) {
  Story story(3);
  story.fleet.AddBothSides(3, {}, {.exceptions_per_request = 0.06});  // the baseline is the bad one
  story.RunFor(119);
  EXPECT_NE(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_ROLLED_BACK);
}

TEST(RolloutTest, TheActionOfTheHarmfulSignalDecides) {
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_signals(1)->set_action(haldane::v1::ACTION_HALT);
  Story story(4, plan);
  story.fleet.AddBothSides(3, {.errors_per_request = 0.03}, {});
  story.RunFor(60);
  EXPECT_EQ(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_HALTED);
}

TEST(RolloutTest, ASignalThatIsOnlyObservedNeverDecides) {
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_signals(0)->set_action(haldane::v1::ACTION_OBSERVE);
  Story story(5, plan);
  story.fleet.AddBothSides(3, {.exceptions_per_request = 0.2}, {});
  story.RunFor(119);
  EXPECT_EQ(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_PROCEED)
      << story.rollout->Judge().DebugString();
}

TEST(RolloutTest, WithoutCanaryTrafficThereIsNoProceedButUndecidedAtTheDeadline) {
  Story story(6);
  story.fleet.AddBothSides(3, {.requests_per_second = 0}, {});
  EXPECT_EQ(story.RunFor(200), 120);
  const haldane::v1::Verdict verdict = story.rollout->Judge();
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  EXPECT_THAT(verdict.findings(0).reason(), HasSubstr("no traffic yet on warm canary processes"));
}

TEST(RolloutTest, ASilentHostBlocksProceedAndIsNamed) {
  Story story(7);
  story.fleet.AddBothSides(3, {}, {});
  story.RunFor(200, [&](int second) {
    if (second == 4) story.fleet.host(0).silent = true;  // canary-1
  });
  const haldane::v1::Verdict verdict = story.rollout->Judge();
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  EXPECT_THAT(verdict.sentence(), HasSubstr("canary host canary-1 is silent"));
}

TEST(RolloutTest, AHostThatWasSilentLosesResolutionButNoCounts) {
  Story story(8);
  story.fleet.AddBothSides(2, {}, {});
  story.RunFor(1);
  story.fleet.host(0).silent = true;
  story.RunFor(3);
  story.fleet.host(0).silent = false;
  story.RunFor(1);
  const haldane::v1::Rollout view = story.rollout->View(story.now);
  for (const auto& host : view.hosts()) {
    // Everything after the first sample, which only sets the starting point.
    EXPECT_GT(host.requests(), 700u) << host.host();
  }
}

TEST(RolloutTest, YoungProcessesDoNotCount) {
  Story story(9);
  story.fleet.AddBothSides(2, {.age_seconds = 0}, {.age_seconds = 0});
  story.RunFor(5);
  EXPECT_EQ(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_WARMING);
  EXPECT_EQ(story.rollout->View(story.now).hosts(0).requests(), 0u);
  story.RunFor(3);
  EXPECT_EQ(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_OBSERVING);
}

TEST(RolloutTest, CountsOfDifferentKindsOfProbeAreNotCompared) {
  Story story(10);
  story.fleet.AddBothSides(3, {.exceptions_per_request = 0.2, .source = haldane::v1::PROBE_SOURCE_DEGRADED},
                           {});
  story.RunFor(60);
  const haldane::v1::Finding finding = story.rollout->Judge().findings(0);
  EXPECT_EQ(finding.state(), haldane::v1::FINDING_STATE_NO_DATA);
  EXPECT_THAT(finding.reason(), HasSubstr("usdt, degraded"));
  EXPECT_EQ(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_OBSERVING);
}

TEST(RolloutTest, AHostThatLosesResponsesIsNotJudged) {
  Story story(20);
  story.fleet.AddBothSides(3, {.exceptions_per_request = 0.2}, {});
  story.RunFor(2);
  for (const char* site : {"lifecycle_ring_full", "response_pending_full"}) {
    haldane::v1::Tick tick;
    for (const uint64_t lost : {0, 5000}) {
      story.now += absl::Seconds(1);
      tick = story.fleet.Report();
      haldane::v1::DropCounter* drop = tick.mutable_hosts(0)->add_drops();
      drop->set_site(site);
      drop->set_count(lost);
      ASSERT_THAT(story.rollout->Apply(TickBytes(tick, story.now)), IsOk());
    }
    const haldane::v1::Finding finding = story.rollout->Judge().findings(0);
    if (site == std::string("lifecycle_ring_full")) {
      EXPECT_NE(finding.state(), haldane::v1::FINDING_STATE_NO_DATA);  // a late discovery is no loss
    } else {
      EXPECT_EQ(finding.state(), haldane::v1::FINDING_STATE_NO_DATA);
      EXPECT_THAT(finding.reason(), HasSubstr("host baseline-1 lost 5000 responses"));
    }
  }
}

TEST(RolloutTest, ARestartedAgentNeitherRaisesAnAlarmNorLosesTheRollout) {
  Story story(11);
  story.fleet.AddBothSides(3, {}, {});
  story.RunFor(119, [&](int second) {
    if (second == 8) story.fleet.RestartAgent(0);
  });
  EXPECT_EQ(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_PROCEED)
      << story.rollout->Judge().DebugString();
}

TEST(RolloutTest, TooFewHostsLeaveItPending) {
  haldane::v1::Plan plan = TestPlan();
  plan.set_min_hosts(3);
  Story story(12, plan);
  story.fleet.AddBothSides(2, {.exceptions_per_request = 0}, {.requests_per_second = 0});
  story.RunFor(20);
  EXPECT_EQ(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_PENDING);
  EXPECT_THAT(story.rollout->Judge().sentence(), HasSubstr("canary 2 of 3, baseline 2 of 3"));
}

TEST(RolloutTest, ATimeJumpIsNoEvidenceAndShortensNoWindow) {
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_observe()->mutable_min()->set_seconds(100);
  plan.mutable_observe()->mutable_max()->set_seconds(3600);
  Story story(13, plan);
  story.fleet.AddBothSides(3, {}, {});
  story.RunFor(90, [&](int second) {
    if (second == 10) story.now += absl::Seconds(600);
  });
  EXPECT_EQ(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_OBSERVING);
}

TEST(RolloutTest, TheSameLogGivesTheSameVerdictBitForBit) {
  Story story(14);
  story.fleet.AddBothSides(3, {.exceptions_per_request = 0.03}, {});
  story.RunFor(40);
  std::unique_ptr<Rollout> replay = *Rollout::Open(story.log[0]);
  for (size_t i = 1; i < story.log.size(); ++i) ASSERT_THAT(replay->Apply(story.log[i]), IsOk());
  EXPECT_EQ(replay->Judge().SerializeAsString(), story.rollout->Judge().SerializeAsString());
  EXPECT_EQ(replay->digest(), story.rollout->digest());
}

TEST(RolloutTest, ADifferentLogHasADifferentDigest) {
  Story a(15), b(16);
  for (Story* story : {&a, &b}) {
    story->fleet.AddBothSides(1, {}, {});
    story->RunFor(2);
  }
  EXPECT_NE(a.rollout->Judge().input_digest(), b.rollout->Judge().input_digest());
}

TEST(RolloutTest, NothingFollowsTheEnd) {
  Story story(17);
  story.fleet.AddBothSides(1, {}, {});
  story.RunFor(3);
  haldane::v1::Verdict verdict = story.rollout->Judge();
  verdict.set_state(haldane::v1::ROLLOUT_STATE_UNDECIDED);
  ASSERT_THAT(story.rollout->Apply(VerdictBytes(verdict, story.now)), IsOk());
  EXPECT_TRUE(story.rollout->ended());
  EXPECT_EQ(story.rollout->Judge().SerializeAsString(), verdict.SerializeAsString());
  EXPECT_THAT(story.rollout->Apply(TickBytes({}, story.now)),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("has ended")));
}

TEST(RolloutTest, AnAbortEndsItWithItsReason) {
  Story story(18);
  ASSERT_THAT(story.rollout->Apply(AbortedBytes("deploy was cancelled", story.now)), IsOk());
  EXPECT_EQ(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_ABORTED);
  EXPECT_EQ(story.rollout->Judge().sentence(), "Aborted: deploy was cancelled");
}

TEST(RolloutTest, ADamagedLogIsRefusedAndChangesNothing) {
  Story story(19);
  story.fleet.AddBothSides(1, {}, {});
  story.RunFor(2);
  const std::string digest = story.rollout->digest();
  EXPECT_THAT(story.rollout->Apply("\xff\xff\xff"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("parse")));
  EXPECT_THAT(story.rollout->Apply(story.log[0]),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("")));
  EXPECT_THAT(story.rollout->Apply(TickBytes({}, Start())),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("backwards")));
  EXPECT_EQ(story.rollout->digest(), digest);
  EXPECT_THAT(Rollout::Open("\xff"), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("")));
  EXPECT_THAT(Rollout::Open(TickBytes({}, Start())),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("begin with its creation")));
}

}  // namespace
}  // namespace haldane::controller
