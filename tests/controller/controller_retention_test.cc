// What a restart reads, and what becomes of logs in time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/controller/controller_fixture.h"
#include "tests/support/rollout_script.h"
#include "tests/support/status_matchers.h"

namespace haldane::testing {
namespace {

using ::testing::HasSubstr;

haldane::v1::ApplyOverrideRequest Proceed() {
  haldane::v1::ApplyOverrideRequest request;
  request.set_rollout("web-new");
  request.set_kind(haldane::v1::OVERRIDE_KIND_PROCEED);
  request.set_reason("known flaky metric");
  return request;
}

class ControllerRetentionTest : public ControllerFixture {
 protected:
  void RunToTheEnd(const std::string& name) {
    ASSERT_THAT(controller_->Create(PlanNamed(name)), IsOk());
    for (int second = 0; second < 25 && !Get(name).has_ended_at(); ++second) Second();
    ASSERT_TRUE(Get(name).has_ended_at());
  }
  absl::StatusOr<std::optional<controller::Controller::Pruned>> PruneOlderThan(absl::Duration age) {
    return controller_->PruneOne(clock_.Now() - age);
  }
};

TEST_F(ControllerRetentionTest, ARestartDoesNotReadTheLogsOfEndedRollouts) {
  RunToTheEnd("web-new");
  const std::string before = Get().SerializeAsString();
  store_.Damage("web-new", 5);  // a tick: whoever reads the log notices
  Restart();
  EXPECT_EQ(Get().SerializeAsString(), before);
}

TEST_F(ControllerRetentionTest, WhatWasDecidedAfterTheEndIsThereAfterARestart) {
  RunToTheEnd("web-new");
  haldane::v1::Principal ann;
  ann.set_name("ann");
  ASSERT_THAT(controller_->Override(Proceed(), ann), IsOk());
  const haldane::v1::Rollout before = Get();
  EXPECT_EQ(before.decision(), haldane::v1::ROLLOUT_STATE_PROCEED);
  Restart();
  EXPECT_EQ(Get().SerializeAsString(), before.SerializeAsString());
  haldane::v1::RevokeOverrideRequest revoke;
  revoke.set_rollout("web-new");
  revoke.set_id(1);
  revoke.set_reason("it was right");
  ASSERT_THAT(controller_->Revoke(revoke, ann), IsOk());
  Restart();
  EXPECT_EQ(Get().verdict().state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  EXPECT_EQ(Get().revision(), before.revision() + 1);
}

TEST_F(ControllerRetentionTest, AnEndedRolloutReadFromItsLogIsTheSame) {
  RunToTheEnd("web-new");
  const haldane::v1::Rollout kept = Get();
  // What cannot be read is of no use, and the log is read instead.
  ASSERT_THAT(store_.KeepEnding("web-new", "nonsense"), IsOk());
  Restart();
  EXPECT_EQ(Get().SerializeAsString(), kept.SerializeAsString());
  Restart();
  EXPECT_EQ(Get().SerializeAsString(), kept.SerializeAsString());
}

TEST_F(ControllerRetentionTest, LogsAreRemovedOnceTheyAreOldEnoughTheOldestFirst) {
  RunToTheEnd("web-1");
  RunToTheEnd("web-2");
  ASSERT_THAT(controller_->Create(PlanNamed("web-3")), IsOk());
  EXPECT_FALSE(PruneOlderThan(absl::Hours(1))->has_value());
  clock_.Advance(absl::Hours(2));
  Second();
  const auto first = PruneOlderThan(absl::Hours(1));
  ASSERT_THAT(first, IsOk());
  ASSERT_TRUE(first->has_value());
  EXPECT_EQ((*first)->rollout, "web-1");
  EXPECT_EQ((*first)->log.digest.size(), 32u);
  EXPECT_EQ((**PruneOlderThan(absl::Hours(1))).rollout, "web-2");
  EXPECT_FALSE(PruneOlderThan(absl::Hours(1))->has_value()) << "what runs stays";
  EXPECT_THAT(controller_->Get("web-1"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("web-1")));
  Restart();
  EXPECT_THAT(controller_->Get("web-2"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("web-2")));
  EXPECT_EQ(Get("web-3").name(), "web-3");
  EXPECT_EQ(metrics_.rollouts_pruned.Value(), 2);
}

TEST_F(ControllerRetentionTest, ADecisionOfAPersonBeginsTheTimeAnew) {
  RunToTheEnd("web-new");
  clock_.Advance(absl::Hours(2));
  ASSERT_THAT(controller_->Override(Proceed(), {}), IsOk());
  ASSERT_THAT(controller_->Create(PlanNamed("web-2")), IsOk());
  EXPECT_FALSE(PruneOlderThan(absl::Hours(1))->has_value());
}

}  // namespace
}  // namespace haldane::testing
