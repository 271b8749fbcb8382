#include "controller/rollout/guard_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "plan/defaults.h"
#include "tests/support/status_matchers.h"
#include "tests/support/story.h"

namespace haldane::controller {
namespace {

using google::protobuf::util::TimeUtil;
using haldane::testing::CreatedBytes;
using haldane::testing::IsOk;
using haldane::testing::Story;
using haldane::testing::TestPlan;
using haldane::v1::GuardRun;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

GuardRun GoodRun(const std::string& host, const std::string& run_id, int64_t started = 1000) {
  GuardRun run;
  run.set_host(host);
  run.set_run_id(run_id);
  run.set_deploy_id("web-new");
  run.set_state(haldane::v1::GUARD_RUN_STATE_FINISHED);
  run.set_revision(1);
  *run.mutable_started_at() = TimeUtil::SecondsToTimestamp(started);
  run.mutable_counts()->set_audit_complete(true);
  run.mutable_counts()->set_has_baseline(true);
  return run;
}

haldane::v1::Plan GuardedPlan() {
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_guard()->set_deploy_id("web-new");
  return plan::WithDefaults(plan);
}

std::vector<std::string> Problems(const GuardLedger& ledger) {
  const haldane::v1::GuardStanding standing = ledger.Assess(GuardedPlan().guard());
  EXPECT_EQ(standing.passed(), standing.problems().empty());
  return {standing.problems().begin(), standing.problems().end()};
}

std::vector<std::string> ProblemsOfOne(const GuardRun& run) {
  GuardLedger ledger;
  ledger.Apply(run);
  return Problems(ledger);
}

TEST(GuardLedgerTest, AGoodRunPassesAndNoRunDoesNot) {
  EXPECT_THAT(ProblemsOfOne(GoodRun("web-1", "a")), IsEmpty());
  EXPECT_THAT(Problems(GuardLedger()), ElementsAre(HasSubstr("no guarded run of deploy web-new")));
}

TEST(GuardLedgerTest, WhatIsTooMuchOrMissingIsSaidWithItsHost) {
  GuardRun run = GoodRun("web-1", "a");
  run.mutable_counts()->set_blocked_domains(2);
  EXPECT_THAT(ProblemsOfOne(run), ElementsAre(HasSubstr("on web-1 names that were blocked: 2")));
  run = GoodRun("web-1", "a");
  run.mutable_counts()->set_would_block_domains(1);
  EXPECT_THAT(ProblemsOfOne(run), ElementsAre(HasSubstr("names that enforcing would block: 1")));
  run = GoodRun("web-1", "a");
  run.mutable_counts()->set_unattributed(1);
  EXPECT_THAT(ProblemsOfOne(run), ElementsAre(HasSubstr("events whose process is unknown: 1")));
  run = GoodRun("web-1", "a");
  run.mutable_counts()->set_audit_complete(false);
  EXPECT_THAT(ProblemsOfOne(run), ElementsAre(HasSubstr("the record is incomplete")));
  run = GoodRun("web-1", "a");
  run.set_state(haldane::v1::GUARD_RUN_STATE_RUNNING);
  EXPECT_THAT(ProblemsOfOne(run), ElementsAre(HasSubstr("still running")));
  run.set_state(haldane::v1::GUARD_RUN_STATE_LOST);
  EXPECT_THAT(ProblemsOfOne(run), ElementsAre(HasSubstr("the guard was killed")));
  run.set_state(haldane::v1::GUARD_RUN_STATE_SETUP_FAILED);
  EXPECT_THAT(ProblemsOfOne(run), ElementsAre(HasSubstr("could not be set up")));
}

TEST(GuardLedgerTest, NewNamesCountOnlyWhereAskedForAndWithSomethingToCompareWith) {
  GuardRun run = GoodRun("web-1", "a");
  run.mutable_counts()->set_new_domains(3);
  GuardLedger ledger;
  ledger.Apply(run);
  haldane::v1::GuardPlan plan = GuardedPlan().guard();
  EXPECT_TRUE(ledger.Assess(plan).passed()) << "nobody asked";
  plan.set_max_new(3);
  EXPECT_TRUE(ledger.Assess(plan).passed());
  plan.set_max_new(2);
  EXPECT_THAT(ledger.Assess(plan).problems(), ElementsAre(HasSubstr("new names: 3")));
  run.set_revision(2);
  run.mutable_counts()->set_has_baseline(false);
  ledger.Apply(run);
  EXPECT_THAT(ledger.Assess(plan).problems(), ElementsAre(HasSubstr("there was no good run before")));
}

TEST(GuardLedgerTest, TheLatestRunOfAHostAndStepCounts) {
  GuardRun bad = GoodRun("web-1", "a", 1000);
  bad.mutable_counts()->set_blocked_domains(1);
  GuardLedger ledger;
  ledger.Apply(bad);
  EXPECT_FALSE(ledger.Changes(bad)) << "said again";
  EXPECT_TRUE(ledger.Changes(GoodRun("web-1", "b", 2000)));
  ledger.Apply(GoodRun("web-1", "b", 2000));
  EXPECT_THAT(Problems(ledger), IsEmpty());
  bad.set_revision(7);
  EXPECT_FALSE(ledger.Changes(bad)) << "a late word of a run that was repeated since";
  ledger.Apply(bad);
  EXPECT_THAT(Problems(ledger), IsEmpty());
  bad.set_step("migrate");
  ledger.Apply(bad);
  EXPECT_EQ(Problems(ledger).size(), 1u) << "another step counts for itself";
}

TEST(GuardLedgerTest, ARollbackCountsForNothing) {
  GuardRun run = GoodRun("web-1", "a");
  run.set_rollback(true);
  run.mutable_counts()->set_would_block_domains(9);
  GuardLedger ledger;
  EXPECT_FALSE(ledger.Changes(run));
  ledger.Apply(run);
  EXPECT_THAT(Problems(ledger), ElementsAre(HasSubstr("no guarded run")));
}

TEST(GuardLedgerTest, EqualProblemsOfManyHostsAreOneLineAndRunsAreBounded) {
  GuardLedger ledger;
  for (size_t i = 0; i < GuardLedger::kMostRuns + 1; ++i) {
    GuardRun run = GoodRun(absl::StrCat("web-", i), absl::StrCat("r", i));
    run.mutable_counts()->set_blocked_domains(1);
    ledger.Apply(run);
  }
  const std::vector<std::string> problems = Problems(ledger);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_THAT(problems[0], HasSubstr("more guarded runs than"));
  EXPECT_THAT(problems[1], HasSubstr("and 4995 more"));
  haldane::v1::Rollout view;
  ledger.Show(GuardedPlan().guard(), &view);
  EXPECT_EQ(view.guard_runs_size(), 200);
}

TEST(GuardLedgerTest, AHeadHasNoLists) {
  GuardRun run = GoodRun("web-1", "a");
  const std::string head = run.SerializeAsString();
  run.add_domains()->set_name("a.example");
  run.add_findings()->set_id("x");
  run.add_events()->set_line("WARN");
  run.add_raw_addresses("192.0.2.1:1/tcp");
  run.add_strays("sleep");
  run.add_health("x");
  run.add_lost()->set_name("ring");
  run.add_peaks()->set_name("pids");
  *run.mutable_received_at() = TimeUtil::SecondsToTimestamp(5);
  EXPECT_EQ(GuardLedger::Head(run).SerializeAsString(), head);
}

// The whole way: what is in the log alone decides.

std::string NotedBytes(const GuardRun& run, absl::Time time) {
  haldane::v1::RolloutEvent event;
  *event.mutable_time() = TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(time));
  *event.mutable_guard_run_noted()->mutable_run() = run;
  return event.SerializeAsString();
}

TEST(GuardedRolloutTest, WaitsForTheGuardAndIsUndecidedWithoutIt) {
  Story story(1, GuardedPlan());
  story.fleet.AddBothSides(4, {}, {});
  EXPECT_EQ(story.RunFor(200), 120);
  const haldane::v1::Verdict verdict = story.rollout->Judge();
  EXPECT_EQ(verdict.state(), haldane::v1::ROLLOUT_STATE_UNDECIDED) << verdict.DebugString();
  EXPECT_THAT(verdict.sentence(), HasSubstr("deploy guard: no guarded run of deploy web-new"));
  EXPECT_FALSE(verdict.guard().passed());
}

TEST(GuardedRolloutTest, ABlockedNameIsNeverABadRelease) {
  Story story(1, GuardedPlan());
  story.fleet.AddBothSides(4, {}, {});
  GuardRun run = GoodRun("web-1", "a");
  run.mutable_counts()->set_blocked_domains(1);
  ASSERT_THAT(story.rollout->Apply(NotedBytes(run, story.now)), IsOk());
  story.RunFor(200);
  EXPECT_EQ(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
}

TEST(GuardedRolloutTest, ProceedsOnceTheGuardHasShownWhatIsAskedAndReplaysBitForBit) {
  const haldane::v1::Plan plan = GuardedPlan();
  Story story(1, plan);
  story.fleet.AddBothSides(4, {}, {});
  EXPECT_EQ(story.RunFor(100), 100) << "would have proceeded without the guard";
  story.Log(NotedBytes(GoodRun("web-1", "a"), story.now));
  ASSERT_THAT(story.rollout->Apply(story.log.back()), IsOk());
  EXPECT_EQ(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_PROCEED);
  EXPECT_EQ(story.rollout->View(story.now).guard_runs_size(), 1);

  const auto again = Rollout::Open(story.log.front());
  ASSERT_THAT(again, IsOk());
  for (size_t i = 1; i < story.log.size(); ++i) ASSERT_THAT((*again)->Apply(story.log[i]), IsOk());
  EXPECT_EQ((*again)->Judge().SerializeAsString(), story.rollout->Judge().SerializeAsString());
}

TEST(GuardedRolloutTest, ABadReleaseIsStoppedWhateverTheGuardSays) {
  Story story(2, GuardedPlan());
  story.fleet.AddBothSides(3, {.exceptions_per_request = 0.06, .exception_class = "Boom"}, {});
  story.RunFor(60);
  EXPECT_EQ(story.rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_ROLLED_BACK);
}

}  // namespace
}  // namespace haldane::controller
