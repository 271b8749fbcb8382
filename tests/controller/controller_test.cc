#include "controller/controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "controller/rollout/rollout.h"
#include "tests/controller/controller_fixture.h"
#include "tests/support/rollout_script.h"
#include "tests/support/status_matchers.h"

namespace haldane::controller {
namespace {

using haldane::testing::ControllerFixture;
using haldane::testing::Exited;
using haldane::testing::IsOk;
using haldane::testing::PlanNamed;
using haldane::testing::Process;
using haldane::testing::RecordingWatcher;
using haldane::testing::Report;
using haldane::testing::ShortPlan;
using haldane::testing::StatusIs;
using haldane::testing::TestPlan;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ControllerTest : public ControllerFixture {};

TEST_F(ControllerTest, AVerdictEndsTheRolloutAndIsLogged) {
  ASSERT_THAT(controller_->Create(ShortPlan()), IsOk());
  for (int i = 0; i < 20; ++i) Second();
  EXPECT_EQ(Get().verdict().state(), haldane::v1::ROLLOUT_STATE_UNDECIDED) << Get().verdict().sentence();
  EXPECT_TRUE(Get().has_ended_at());
  const auto events = Log();
  EXPECT_TRUE(events.front().has_created());
  EXPECT_EQ(events.back().verdict_reached().verdict().SerializeAsString(),
            Get().verdict().SerializeAsString());
  EXPECT_EQ(metrics_.verdicts(haldane::v1::ROLLOUT_STATE_UNDECIDED).Value(), 1);
  const size_t logged = events.size();
  Second();
  EXPECT_EQ(Log().size(), logged) << "nothing is logged after the end";
}

TEST_F(ControllerTest, EverySecondIsLoggedEvenASilentOne) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(1));
    controller_->Tick();
  }
  const auto events = Log();
  ASSERT_EQ(events.size(), 4u);
  EXPECT_TRUE(events.back().has_tick());
  EXPECT_THAT(events.back().tick().hosts(), IsEmpty());
}

TEST_F(ControllerTest, TheLogNeverRunsBackwardsThoughTheWallClockDoes) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  Second();
  const int64_t before = Log().back().time().seconds();
  clock_.StepWallClock(-absl::Hours(1));
  Second();
  EXPECT_EQ(Log().back().time().seconds(), before);
  EXPECT_EQ(Get().impediment(), "");
}

TEST_F(ControllerTest, TwoRolloutsReadTheFleetIndependently) {
  ASSERT_THAT(controller_->Create(PlanNamed("one")), IsOk());
  Second();
  Second();
  ASSERT_THAT(controller_->Create(PlanNamed("two")), IsOk());
  clock_.Advance(absl::Seconds(1));
  controller_->Tick();
  EXPECT_THAT(Log("one").back().tick().hosts(), IsEmpty()) << "has seen all of it";
  EXPECT_EQ(Log("two").back().tick().hosts_size(), 2) << "sees it for the first time";
  ASSERT_THAT(controller_->Create(PlanNamed("other", "api")), IsOk());
  Second();
  EXPECT_EQ(Log("one").back().tick().hosts_size(), 2);
  EXPECT_EQ(Log("two").back().tick().hosts_size(), 2);
  EXPECT_THAT(Log("other").back().tick().hosts(), IsEmpty());
}

TEST_F(ControllerTest, AStoreThatFailsIsAnImpedimentAndLosesNothing) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  for (int i = 0; i < 8; ++i) Second();
  const haldane::v1::Rollout before = Get();
  store_.FailAppends(absl::ResourceExhaustedError("events.db: the disk is full"));
  for (int i = 0; i < 30; ++i) Second(100, 80);
  EXPECT_THAT(Get().impediment(), HasSubstr("events.db: the disk is full"));
  EXPECT_EQ(Get().verdict().input_digest(), before.verdict().input_digest()) << "nothing is judged";
  EXPECT_FALSE(IsTerminal(Get().verdict().state()));
  EXPECT_EQ(metrics_.store_failures.Value(), 30);
  EXPECT_EQ(metrics_.rollouts_impeded.Value(), 1);

  store_.FailAppends(absl::OkStatus());
  Second(0, 0);
  EXPECT_EQ(Get().impediment(), "");
  uint64_t canary_errors = 0;
  const haldane::v1::Rollout now = Get();
  for (const auto& host : now.hosts()) canary_errors += host.http_5xx();
  EXPECT_EQ(canary_errors, 30u * 80) << "what was counted meanwhile is there";
}

TEST_F(ControllerTest, AStoreThatFailsIsTriedOnceASecondNotOncePerRollout) {
  for (const char* name : {"one", "two", "three"}) ASSERT_THAT(controller_->Create(PlanNamed(name)), IsOk());
  store_.FailAppends(absl::UnavailableError("locked"));
  Second();
  EXPECT_EQ(metrics_.store_failures.Value(), 1);
  for (const char* name : {"one", "two", "three"}) EXPECT_THAT(Get(name).impediment(), HasSubstr("locked"));
}

TEST_F(ControllerTest, AVerdictThatCannotBeLoggedIsNotGiven) {
  ASSERT_THAT(controller_->Create(ShortPlan()), IsOk());
  store_.FailAppends(absl::ResourceExhaustedError("the disk is full"), "verdict_reached");
  RecordingWatcher watcher;
  ASSERT_THAT(controller_->Watch("web-new", &watcher), IsOk());
  for (int i = 0; i < 20; ++i) Second();
  ASSERT_THAT(Get().impediment(), HasSubstr("the disk is full"));
  EXPECT_EQ(Get().verdict().state(), haldane::v1::ROLLOUT_STATE_OBSERVING);
  EXPECT_FALSE(watcher.last);
  for (const auto& view : watcher.views) EXPECT_FALSE(IsTerminal(view.verdict().state()));

  store_.FailAppends(absl::OkStatus());
  Second();
  EXPECT_EQ(Get().verdict().state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  EXPECT_TRUE(watcher.last);
}

TEST_F(ControllerTest, ARestartGoesOnWithTheSameEvidence) {
  ASSERT_THAT(controller_->Create(ShortPlan()), IsOk());
  for (int i = 0; i < 10; ++i) Second();
  const haldane::v1::Rollout before = Get();
  Restart();
  const haldane::v1::Rollout after = Get();
  EXPECT_EQ(after.verdict().SerializeAsString(), before.verdict().SerializeAsString());
  for (int i = 0; i < 10; ++i) Second();
  EXPECT_EQ(Get().verdict().state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  const haldane::v1::Rollout ended = Get();
  Restart();
  EXPECT_EQ(Get().SerializeAsString(), ended.SerializeAsString());
}

TEST_F(ControllerTest, CountsGoOnAcrossARestart) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  for (int i = 0; i < 5; ++i) Second();
  Restart();
  clock_.Advance(absl::Seconds(1));
  controller_->Tick();  // agents are not back yet
  for (int i = 0; i < 5; ++i) Second();
  uint64_t requests = 0;
  const haldane::v1::Rollout now = Get();
  for (const auto& host : now.hosts()) requests += host.requests();
  EXPECT_EQ(requests, 2u * 9 * 100) << "the first total is where counting starts; nothing after it is lost";
}

TEST_F(ControllerTest, LastWordsHeardWhileTheStoreWasDownSurviveAKill) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  Second();
  store_.FailAppends(absl::UnavailableError("down"));
  clock_.Advance(absl::Seconds(1));
  haldane::v1::Report last_words = Report(sequence_ + 1, Exited(Process(2, requests_ + 7, "new")));
  agents_[1]->Say(last_words);
  controller_->Tick();
  EXPECT_EQ(agents_[1]->acknowledged.back(), sequence_) << "the agent must not forget what is in no log";
  Restart();
  store_.FailAppends(absl::OkStatus());
  agents_[1]->Say(last_words);  // so the agent repeats it
  clock_.Advance(absl::Seconds(1));
  controller_->Tick();
  EXPECT_EQ(agents_[1]->acknowledged.back(), sequence_ + 1);
  uint64_t requests = 0;
  const haldane::v1::Rollout now = Get();
  for (const auto& host : now.hosts()) requests += host.host() == "canary" ? host.requests() : 0;
  EXPECT_EQ(requests, 7u);
}

TEST_F(ControllerTest, ADamagedLogIsReportedAndNeverJudged) {
  ASSERT_THAT(controller_->Create(PlanNamed("damaged")), IsOk());
  ASSERT_THAT(controller_->Create(PlanNamed("sound")), IsOk());
  for (int i = 0; i < 5; ++i) Second();
  store_.Damage("damaged", 3);
  Restart();
  EXPECT_THAT(Get("damaged").impediment(), HasSubstr("event 4 does not match its digest"));
  EXPECT_EQ(Get("damaged").plan().service(), "web");
  for (int i = 0; i < 20; ++i) Second();
  EXPECT_EQ(Get("damaged").verdict().state(), haldane::v1::ROLLOUT_STATE_UNSPECIFIED);
  EXPECT_EQ(Get("sound").verdict().state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  EXPECT_EQ(metrics_.rollouts_impeded.Value(), 1);

  RecordingWatcher watcher;
  ASSERT_THAT(controller_->Watch("damaged", &watcher), IsOk());
  EXPECT_EQ(watcher.views.size(), 1u);
  EXPECT_THAT(watcher.failure, StatusIs(absl::StatusCode::kDataLoss, HasSubstr("rollout damaged")))
      << "a gate must not wait for ever";
  EXPECT_THAT(controller_->Abort("damaged", "x"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("damaged")));
}

}  // namespace
}  // namespace haldane::controller
