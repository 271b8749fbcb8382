#include "controller/rollout/override_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/util/time_util.h"
#include "tests/support/rollout_script.h"
#include "tests/support/status_matchers.h"

namespace haldane::controller {
namespace {

using google::protobuf::util::TimeUtil;
using haldane::testing::IsOk;
using haldane::testing::Start;
using haldane::testing::StatusIs;
using haldane::testing::TestPlan;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

google::protobuf::Timestamp At(absl::Duration after_start) {
  return TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(Start() + after_start));
}

class OverrideLedgerTest : public ::testing::Test {
 protected:
  haldane::v1::Override Make(haldane::v1::OverrideKind kind) {
    haldane::v1::Override override;
    override.set_id(ledger_.next_id());
    override.set_kind(kind);
    override.set_reason("because");
    override.mutable_author()->set_name("ann");
    override.mutable_author()->set_role("oncall");
    *override.mutable_created_at() = At(absl::ZeroDuration());
    return override;
  }
  void Add(haldane::v1::Override override) { ASSERT_THAT(ledger_.Apply(override), IsOk()); }
  void Add(haldane::v1::OverrideKind kind) { Add(Make(kind)); }
  void Revoke(uint64_t id) {
    haldane::v1::Revocation revocation;
    revocation.set_id(id);
    ASSERT_THAT(ledger_.Apply(revocation), IsOk());
  }
  haldane::v1::OverrideStatus Status(uint64_t id, absl::Duration after = absl::ZeroDuration()) {
    return ledger_.All(Start() + after)[id - 1].status();
  }

  OverrideLedger ledger_;
};

TEST_F(OverrideLedgerTest, TheLatestDecisionHoldsAndAnEarlierOneNeverReturns) {
  Add(haldane::v1::OVERRIDE_KIND_PROCEED);
  Add(haldane::v1::OVERRIDE_KIND_ROLLBACK);
  ASSERT_NE(ledger_.Decision(Start()), nullptr);
  EXPECT_EQ(ledger_.Decision(Start())->id(), 2u);
  EXPECT_EQ(Status(1), haldane::v1::OVERRIDE_STATUS_SUPERSEDED);
  Revoke(2);
  EXPECT_EQ(ledger_.Decision(Start()), nullptr) << "withdrawing a decision must not bring another one back";
  EXPECT_EQ(Status(2), haldane::v1::OVERRIDE_STATUS_REVOKED);
}

TEST_F(OverrideLedgerTest, AnOverrideEndsWithItsTime) {
  haldane::v1::Override proceed = Make(haldane::v1::OVERRIDE_KIND_PROCEED);
  *proceed.mutable_expires_at() = At(absl::Seconds(10));
  Add(proceed);
  EXPECT_NE(ledger_.Decision(Start() + absl::Seconds(9)), nullptr);
  EXPECT_EQ(ledger_.Decision(Start() + absl::Seconds(10)), nullptr);
  EXPECT_EQ(Status(1, absl::Seconds(10)), haldane::v1::OVERRIDE_STATUS_EXPIRED);
  EXPECT_THAT(ledger_.MayRevoke(1, Start() + absl::Seconds(10)),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no effect any more")));
}

TEST_F(OverrideLedgerTest, AResumeEndsEveryHold) {
  EXPECT_THAT(ledger_.MayApply(Make(haldane::v1::OVERRIDE_KIND_RESUME), TestPlan(), false, Start()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("nothing holds")));
  Add(haldane::v1::OVERRIDE_KIND_HOLD);
  Add(haldane::v1::OVERRIDE_KIND_HOLD);
  EXPECT_NE(ledger_.Hold(Start()), nullptr);
  EXPECT_THAT(ledger_.MayApply(Make(haldane::v1::OVERRIDE_KIND_RESUME), TestPlan(), false, Start()), IsOk());
  Add(haldane::v1::OVERRIDE_KIND_RESUME);
  EXPECT_EQ(ledger_.Hold(Start()), nullptr);
  EXPECT_EQ(Status(3), haldane::v1::OVERRIDE_STATUS_DONE);
}

TEST_F(OverrideLedgerTest, ExtensionsAddUpToADay) {
  haldane::v1::Override extend = Make(haldane::v1::OVERRIDE_KIND_EXTEND);
  extend.mutable_extend_by()->set_seconds(20 * 3600);
  EXPECT_THAT(ledger_.MayApply(extend, TestPlan(), false, Start()), IsOk());
  Add(extend);
  EXPECT_EQ(ledger_.Extension(Start()), absl::Hours(20));
  extend.set_id(2);
  EXPECT_THAT(ledger_.MayApply(extend, TestPlan(), false, Start()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("24h in all")));
  Revoke(1);
  EXPECT_EQ(ledger_.Extension(Start()), absl::ZeroDuration());
}

TEST_F(OverrideLedgerTest, TheLastSignalThatDecidesCannotBeMuted) {
  haldane::v1::Override mute = Make(haldane::v1::OVERRIDE_KIND_MUTE);
  mute.set_signal("tea.temperature");
  EXPECT_THAT(ledger_.MayApply(mute, TestPlan(), false, Start()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("decides nothing")));
  mute.set_signal("http.5xx");
  EXPECT_THAT(ledger_.MayApply(mute, TestPlan(), false, Start()), IsOk());
  Add(mute);
  EXPECT_THAT(ledger_.Muted(Start()), ElementsAre("http.5xx"));
  mute.set_id(2);
  EXPECT_THAT(ledger_.MayApply(mute, TestPlan(), false, Start()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("muted already")));
  mute.set_signal("ruby.exceptions");
  EXPECT_THAT(ledger_.MayApply(mute, TestPlan(), false, Start()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("the last that decides")));
  Revoke(1);
  EXPECT_THAT(ledger_.Muted(Start()), IsEmpty());
}

TEST_F(OverrideLedgerTest, AfterTheEndOnlyDecisionsMakeADifference) {
  EXPECT_THAT(ledger_.MayApply(Make(haldane::v1::OVERRIDE_KIND_HOLD), TestPlan(), true, Start()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("has ended")));
  EXPECT_THAT(ledger_.MayApply(Make(haldane::v1::OVERRIDE_KIND_PROCEED), TestPlan(), true, Start()), IsOk());
}

TEST_F(OverrideLedgerTest, ALogThatSkipsNumbersIsRefused) {
  haldane::v1::Override override = Make(haldane::v1::OVERRIDE_KIND_HOLD);
  override.set_id(2);
  EXPECT_THAT(ledger_.Apply(override), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("follows")));
  haldane::v1::Revocation revocation;
  revocation.set_id(7);
  EXPECT_THAT(ledger_.Apply(revocation),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("does not have")));
}

TEST_F(OverrideLedgerTest, AnOverriddenStopIsShownAsOverriddenWithTheJudgesWordBesideIt) {
  haldane::v1::Rollout view;
  view.mutable_verdict()->set_state(haldane::v1::ROLLOUT_STATE_ROLLED_BACK);
  view.mutable_verdict()->set_sentence("Roll back: it burns.");
  *view.mutable_ended_at() = At(absl::ZeroDuration());
  Add(haldane::v1::OVERRIDE_KIND_PROCEED);
  ledger_.Show(Start(), &view);
  EXPECT_EQ(view.verdict().state(), haldane::v1::ROLLOUT_STATE_OVERRIDDEN);
  EXPECT_EQ(view.decision(), haldane::v1::ROLLOUT_STATE_PROCEED);
  EXPECT_EQ(view.judged_state(), haldane::v1::ROLLOUT_STATE_ROLLED_BACK);
  EXPECT_THAT(view.verdict().sentence(), HasSubstr("by decision of ann (oncall)"));
  EXPECT_THAT(view.verdict().sentence(), HasSubstr("Roll back: it burns."));
}

}  // namespace
}  // namespace haldane::controller
