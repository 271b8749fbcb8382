// Every kind of signal, judged through whole rollouts: what harms is found and
// named, what is fair is cleared, what is missing is never taken for good.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "google/protobuf/util/time_util.h"
#include "tests/support/story.h"

namespace haldane::controller {
namespace {

using haldane::testing::FakeFleet;
using haldane::testing::Story;
using haldane::testing::TestPlan;
using ::testing::HasSubstr;

haldane::v1::Plan LongPlan(const std::vector<std::string>& signals, int seconds) {
  haldane::v1::Plan plan = TestPlan(signals);
  plan.mutable_observe()->mutable_max()->set_seconds(seconds);
  return plan;
}

// The same, without proceed before the end: for what takes longer to show than
// other signals take to be clear.
haldane::v1::Plan PatientPlan(const std::vector<std::string>& signals, int seconds) {
  haldane::v1::Plan plan = LongPlan(signals, seconds);
  plan.mutable_observe()->mutable_min()->set_seconds(seconds - 100);
  return plan;
}

const haldane::v1::Finding& FindingOf(const haldane::v1::Verdict& verdict, const std::string& signal) {
  for (const haldane::v1::Finding& finding : verdict.findings()) {
    if (finding.signal() == signal) return finding;
  }
  ADD_FAILURE() << "no finding of " << signal;
  return verdict.findings(0);
}

TEST(JudgeTest, ASlowerTailHaltsAndSaysByHowMuch) {
  Story story(1, TestPlan({"http.latency"}));
  story.fleet.AddBothSides(4, {.latency_us = 160000}, {.latency_us = 100000});
  story.RunFor(119);
  const haldane::v1::Verdict verdict = story.rollout->Judge();
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_HALTED) << verdict.sentence();
  EXPECT_THAT(verdict.sentence(), HasSubstr("http.latency p"));
  EXPECT_THAT(verdict.sentence(), HasSubstr("1.25x is tolerated"));
  const haldane::v1::Finding& finding = FindingOf(verdict, "http.latency");
  ASSERT_EQ(finding.quantiles_size(), 2);
  EXPECT_NEAR(finding.quantiles(0).canary() / finding.quantiles(0).baseline(), 1.6, 0.15);
}

TEST(JudgeTest, TheSameLatencyProceeds) {
  Story story(2, TestPlan({"http.latency"}));
  story.fleet.AddBothSides(4, {.latency_us = 100000}, {.latency_us = 100000});
  story.RunFor(119);
  EXPECT_EQ(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_PROCEED)
      << story.rollout->Judge().sentence();
}

TEST(JudgeTest, AClassThatTheBaselineNeverRaisedStopsTheRollout) {
  Story story(3, PatientPlan({"http.5xx", "ruby.exceptions.new_class"}, 900));
  story.fleet.AddBothSides(5, {.new_class = "Billing::NoSuchPlan", .new_class_every = 5000}, {});
  story.RunFor(899);
  const haldane::v1::Verdict verdict = story.rollout->Judge();
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_ROLLED_BACK) << verdict.sentence();
  EXPECT_THAT(verdict.sentence(), HasSubstr("Billing::NoSuchPlan"));
  EXPECT_THAT(verdict.sentence(), HasSubstr("never on the baseline"));
}

TEST(JudgeTest, CrashesStopTheRolloutEvenWhenEveryRequestIsAnswered) {
  Story story(4, PatientPlan({"http.5xx", "proc.crashes"}, 1800));
  story.fleet.AddBothSides(4, {.crashes_per_second = 0.02}, {});
  story.RunFor(1799);
  const haldane::v1::Verdict verdict = story.rollout->Judge();
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_ROLLED_BACK) << verdict.sentence();
  EXPECT_GT(FindingOf(verdict, "proc.crashes").canary().events(), 2u);
  EXPECT_EQ(FindingOf(verdict, "proc.crashes").baseline().events(), 0u);
}

TEST(JudgeTest, ALeakHaltsTheRolloutAndSaysHowFastItGrows) {
  Story story(5, PatientPlan({"http.5xx", "proc.rss"}, 3600));
  story.fleet.AddBothSides(4, {.rss_bytes = 4e8, .rss_growth = 1e6}, {.rss_bytes = 4e8});
  story.RunFor(3599);
  const haldane::v1::Verdict verdict = story.rollout->Judge();
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_HALTED) << verdict.sentence();
  EXPECT_NEAR(FindingOf(verdict, "proc.rss").drift().per_hour(), 3.6e9, 0.2e9);
  EXPECT_THAT(verdict.sentence(), HasSubstr("proc.rss grows 3.60 GB an hour faster"));
}

TEST(JudgeTest, LessTrafficIsHarmWherePlanSaysSo) {
  haldane::v1::Plan plan = TestPlan({"http.5xx", "http.requests"});
  plan.mutable_signals(1)->set_action(haldane::v1::ACTION_HALT);
  plan.mutable_observe()->mutable_min()->set_seconds(100);
  Story story(6, plan);
  story.fleet.AddBothSides(5, {.requests_per_second = 40}, {.requests_per_second = 200});
  story.RunFor(119);
  const haldane::v1::Verdict verdict = story.rollout->Judge();
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_HALTED) << verdict.sentence();
  EXPECT_NEAR(FindingOf(verdict, "http.requests").ratio(), 0.2, 0.02);
}

TEST(JudgeTest, HalfOfTheRequestsFailingStopsEvenOneHostAgainstOne) {
  Story story(7, TestPlan({"http.5xx"}));
  story.fleet.AddBothSides(1, {.errors_per_request = 0.9}, {.errors_per_request = 0.001});
  const int seconds = story.RunFor(119);
  EXPECT_EQ(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_ROLLED_BACK);
  EXPECT_LE(seconds, 20);
  EXPECT_THAT(story.rollout->Judge().sentence(), HasSubstr("at least half of the canary's requests fail"));
}

TEST(JudgeTest, AVerdictThatRestsOnOneHostSaysSo) {
  Story story(8, LongPlan({"http.5xx"}, 600));
  story.fleet.AddBothSides(8, {}, {});
  for (size_t i = 0; i < story.fleet.size(); ++i) {
    if (story.fleet.host(i).name == "canary-3") story.fleet.host(i).errors_per_request = 0.3;
  }
  story.RunFor(599);
  const haldane::v1::Verdict verdict = story.rollout->Judge();
  if (verdict.state() == haldane::v1::ROLLOUT_STATE_ROLLED_BACK) {
    EXPECT_EQ(verdict.rests_on_host(), "canary-3");
    EXPECT_THAT(verdict.sentence(), HasSubstr("This rests on host canary-3 alone"));
  } else {
    EXPECT_EQ(verdict.rests_on_host(), "");
  }
}

// The flip distance is what it says: with so many more events it flips, with one fewer not.
TEST(JudgeTest, AFindingSaysHowFarItIsFromAnother) {
  Story story(9, TestPlan({"http.5xx"}));
  story.fleet.AddBothSides(4, {}, {});
  story.RunFor(8);
  const haldane::v1::Finding finding = FindingOf(story.rollout->Judge(), "http.5xx");
  ASSERT_TRUE(finding.has_flip()) << finding.DebugString();
  EXPECT_NE(finding.flip().to(), finding.state());
  EXPECT_NE(finding.flip().events(), 0);
}

TEST(JudgeTest, TheBudgetSpentNeverShrinks) {
  Story story(10, TestPlan());
  story.fleet.AddBothSides(3, {.errors_per_request = 0.006}, {});
  double spent = 0;
  story.RunFor(60, [&](int) {
    const double now = story.rollout->Judge().budget_spent();
    EXPECT_GE(now, spent);
    EXPECT_LE(now, 1);
    spent = now;
  });
  EXPECT_GT(spent, 0);
}

haldane::v1::SignalGap Gap(const std::string& signal, haldane::v1::SignalGap::Cause cause) {
  haldane::v1::SignalGap gap;
  gap.set_signal(signal);
  gap.set_cause(cause);
  gap.set_detail("the probe costs more than the budget");
  return gap;
}

TEST(JudgeTest, ASignalThatAHostDoesNotCountBlocksProceed) {
  Story story(11, TestPlan());
  story.fleet.AddBothSides(4, {}, {});
  story.fleet.host(0).gaps = {Gap("ruby.exceptions", haldane::v1::SignalGap::CAUSE_SHED)};
  story.RunFor(125);
  const haldane::v1::Verdict verdict = story.rollout->Judge();
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_UNDECIDED) << verdict.sentence();
  EXPECT_EQ(FindingOf(verdict, "ruby.exceptions").cause(), haldane::v1::MISSING_CAUSE_SHED);
  EXPECT_THAT(verdict.sentence(), HasSubstr("canary-1 does not count it: the probe costs more"));
}

TEST(JudgeTest, ASignalThatIsDroppedDecidesNothingAndTheRestMayProceed) {
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_on_missing()->set_probe_missing(haldane::v1::MISSING_POLICY_DROP_SIGNAL);
  Story story(12, plan);
  story.fleet.AddBothSides(4, {.exceptions_per_request = 0.5}, {});
  story.fleet.host(0).gaps = {Gap("ruby.exceptions", haldane::v1::SignalGap::CAUSE_UNAVAILABLE)};
  story.RunFor(119);
  const haldane::v1::Verdict verdict = story.rollout->Judge();
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_PROCEED) << verdict.sentence();
  EXPECT_EQ(FindingOf(verdict, "ruby.exceptions").action(), haldane::v1::ACTION_OBSERVE);
}

// With every signal gone there is nothing left to proceed on.
TEST(JudgeTest, TheLastSignalIsNeverDropped) {
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_on_missing()->set_probe_missing(haldane::v1::MISSING_POLICY_DROP_SIGNAL);
  Story story(13, plan);
  story.fleet.AddBothSides(4, {}, {});
  story.fleet.host(0).gaps = {Gap("ruby.exceptions", haldane::v1::SignalGap::CAUSE_UNAVAILABLE),
                              Gap("http.5xx", haldane::v1::SignalGap::CAUSE_UNAVAILABLE)};
  story.RunFor(125);
  EXPECT_EQ(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
}

TEST(JudgeTest, ASilentHostHaltsWhereThePlanDoesNotWait) {
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_on_missing()->set_agent_silent(haldane::v1::MISSING_POLICY_HALT);
  plan.mutable_observe()->mutable_min()->set_seconds(100);
  Story story(14, plan);
  story.fleet.AddBothSides(3, {}, {});
  const int seconds = story.RunFor(119, [&](int second) {
    if (second == 20) story.fleet.host(1).silent = true;
  });
  EXPECT_EQ(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_HALTED);
  EXPECT_THAT(story.rollout->Judge().sentence(), HasSubstr("baseline-1 is silent"));
  EXPECT_NEAR(seconds, 50, 3);  // thirty seconds of grace
}

TEST(JudgeTest, HostsOfAnotherKindAreTold) {
  Story story(15, TestPlan());
  story.fleet.AddBothSides(3, {.zone = "eu-1a"}, {.zone = "eu-1b"});
  story.RunFor(9);
  std::string problems;
  const haldane::v1::Verdict verdict = story.rollout->Judge();
  for (const auto& problem : verdict.fairness().problems()) problems += problem.what() + "\n";
  EXPECT_THAT(problems, HasSubstr("canary hosts have zone eu-1a and baseline hosts eu-1b"));
}

// Agents report what changed; a process that does nothing is heard of once.
TEST(JudgeTest, AnIdleProcessGrowsOlderToo) {
  Story story(15, LongPlan({"http.5xx"}, 600));
  story.fleet.AddBothSides(2, {.age_seconds = 5}, {.age_seconds = 5});
  haldane::v1::Tick first = story.fleet.Report();
  for (haldane::v1::HostReport& report : *first.mutable_hosts()) {
    for (uint32_t idle = 1; idle <= 2; ++idle) {
      *report.add_processes() = report.processes(0);
      report.mutable_processes(static_cast<int>(idle))->mutable_process()->set_pid(9000 + idle);
    }
  }
  story.now += absl::Seconds(1);
  story.Log(haldane::testing::TickBytes(first, story.now));
  ASSERT_TRUE(story.rollout->Apply(story.log.back()).ok());
  story.RunFor(15);
  const haldane::v1::Fairness fairness = story.rollout->Judge().fairness();
  EXPECT_NEAR(fairness.baseline_age_seconds(), 20, 1);
  EXPECT_NEAR(fairness.canary_age_seconds(), 20, 1);
}

TEST(JudgeTest, ACanaryWithoutItsShareOfTrafficDoesNotProceed) {
  Story story(16, TestPlan());
  story.fleet.AddBothSides(4, {.requests_per_second = 18}, {.requests_per_second = 400});
  story.RunFor(125);
  const haldane::v1::Verdict verdict = story.rollout->Judge();
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_UNDECIDED) << verdict.sentence();
  EXPECT_THAT(verdict.sentence(), HasSubstr("is the balancer even?"));
}

// The canary's processes begin to count later, which is nobody's imbalance.
TEST(JudgeTest, TrafficIsComparedOnceBothSidesAreWarm) {
  Story story(18, LongPlan({"http.5xx"}, 600));
  story.fleet.AddBothSides(3, {.age_seconds = 0}, {.age_seconds = 600});
  story.RunFor(30);
  EXPECT_NEAR(story.rollout->Judge().fairness().traffic_balance(), 1, 0.1);
}

TEST(JudgeTest, EachStageIsClearedByWhatWasSeenDuringIt) {
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_observe()->mutable_max()->set_seconds(900);
  for (const int hosts : {2, 4}) {
    haldane::v1::Stage* stage = plan.add_stages();
    stage->set_name(hosts == 2 ? "first" : "second");
    stage->set_hosts(static_cast<uint32_t>(hosts));
  }
  Story story(17, plan);
  story.fleet.AddBothSides(2, {}, {});
  for (int i = 3; i <= 8; ++i) story.fleet.Add({.name = "baseline-" + std::to_string(i), .revision = "old"});
  int passed_at = 0;
  story.RunFor(899, [&](int second) {
    const haldane::v1::Verdict verdict = story.rollout->Judge();
    if (verdict.stage_clear() && passed_at == 0) {
      passed_at = second;
      haldane::v1::RolloutEvent event;
      *event.mutable_time() =
          google::protobuf::util::TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(story.now));
      event.mutable_stage_passed()->set_stage(verdict.stage());
      *event.mutable_stage_passed()->mutable_verdict() = verdict;
      story.Log(event.SerializeAsString());
      ASSERT_THAT(story.rollout->Apply(story.log.back()), haldane::testing::IsOk());
      EXPECT_EQ(story.rollout->Judge().stage(), "second");
    }
    // The second stage waits for its hosts, however clear the first was.
    if (second == 450) {
      EXPECT_GT(passed_at, 0);
      EXPECT_EQ(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_OBSERVING);
      for (const int i : {3, 4}) {
        story.fleet.Add({.name = "canary-" + std::to_string(i), .revision = "new"});
      }
    }
  });
  const haldane::v1::Verdict verdict = story.rollout->Judge();
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_PROCEED) << verdict.sentence();
  EXPECT_THAT(verdict.stages_passed(), ::testing::ElementsAre("first"));
}

}  // namespace
}  // namespace haldane::controller
