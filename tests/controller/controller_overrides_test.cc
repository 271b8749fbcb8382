// What an override does to a rollout, its watchers, its log and its restart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/controller/controller_fixture.h"
#include "tests/support/rollout_script.h"
#include "tests/support/status_matchers.h"

namespace haldane::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

haldane::v1::Principal Ann() {
  haldane::v1::Principal ann;
  ann.set_name("ann");
  ann.set_role("oncall");
  ann.set_credential("token");
  return ann;
}

haldane::v1::ApplyOverrideRequest Request(haldane::v1::OverrideKind kind) {
  haldane::v1::ApplyOverrideRequest request;
  request.set_rollout("web-new");
  request.set_kind(kind);
  request.set_reason("the metric is wrong");
  return request;
}

class ControllerOverridesTest : public ControllerFixture {
 protected:
  absl::StatusOr<haldane::v1::OverrideResponse> Apply(const haldane::v1::ApplyOverrideRequest& request) {
    return controller_->Override(request, Ann());
  }
  absl::StatusOr<haldane::v1::OverrideResponse> Apply(haldane::v1::OverrideKind kind) {
    return Apply(Request(kind));
  }
  absl::StatusOr<haldane::v1::OverrideResponse> Revoke(uint64_t id) {
    haldane::v1::RevokeOverrideRequest request;
    request.set_rollout("web-new");
    request.set_id(id);
    request.set_reason("we were wrong");
    return controller_->Revoke(request, Ann());
  }
  void RunUntilUndecided() {
    for (int second = 0; second < 25 && !Get().has_ended_at(); ++second) Second();
    ASSERT_EQ(Get().verdict().state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  }
};

TEST_F(ControllerOverridesTest, EndsARolloutThatNobodyHasReportedForAndItsWatchersSeeItAtOnce) {
  ASSERT_THAT(controller_->Create(ShortPlan()), IsOk());
  RecordingWatcher watcher;
  ASSERT_THAT(controller_->Watch("web-new", &watcher), IsOk());
  const auto response = Apply(haldane::v1::OVERRIDE_KIND_PROCEED);  // no tick, no agent, no statistics
  ASSERT_THAT(response, IsOk());
  EXPECT_TRUE(watcher.last);
  const haldane::v1::Rollout& seen = watcher.views.back();
  EXPECT_EQ(seen.verdict().state(), haldane::v1::ROLLOUT_STATE_OVERRIDDEN);
  EXPECT_EQ(seen.decision(), haldane::v1::ROLLOUT_STATE_PROCEED);
  EXPECT_EQ(seen.overrides(0).author().name(), "ann");
  EXPECT_EQ(response->override().id(), 1u);
  EXPECT_EQ(metrics_.verdicts(haldane::v1::ROLLOUT_STATE_PROCEED).Value(), 0) << "an override is no pass";
  EXPECT_EQ(metrics_.verdicts(haldane::v1::ROLLOUT_STATE_OVERRIDDEN).Value(), 1);
  EXPECT_EQ(metrics_.overrides(haldane::v1::OVERRIDE_KIND_PROCEED).Value(), 1);
}

TEST_F(ControllerOverridesTest, AVerdictThatWasGivenIsOverriddenAndHoldsAgainOnceThatIsWithdrawn) {
  ASSERT_THAT(controller_->Create(ShortPlan()), IsOk());
  RunUntilUndecided();
  const std::string ended = Get().ended_at().DebugString();
  ASSERT_THAT(Apply(haldane::v1::OVERRIDE_KIND_PROCEED), IsOk());
  EXPECT_EQ(Get().verdict().state(), haldane::v1::ROLLOUT_STATE_OVERRIDDEN);
  EXPECT_EQ(Get().judged_state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  EXPECT_EQ(Get().ended_at().DebugString(), ended);
  ASSERT_THAT(Revoke(1), IsOk());
  EXPECT_EQ(Get().verdict().state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  EXPECT_EQ(Get().overrides(0).revocation().reason(), "we were wrong");
  EXPECT_THAT(Revoke(1), IsOk()) << "twice is once";
  EXPECT_EQ(Log().back().kind_case(), haldane::v1::RolloutEvent::kOverrideRevoked);
}

TEST_F(ControllerOverridesTest, ARestartFindsTheSameBeforeAndAfterTheEnd) {
  ASSERT_THAT(controller_->Create(ShortPlan()), IsOk());
  Second();
  haldane::v1::ApplyOverrideRequest mute = Request(haldane::v1::OVERRIDE_KIND_MUTE);
  mute.set_signal("http.5xx");
  ASSERT_THAT(Apply(mute), IsOk());
  Second();
  haldane::v1::Rollout before = Get();
  Restart();
  EXPECT_EQ(Get().SerializeAsString(), before.SerializeAsString());

  ASSERT_THAT(Apply(haldane::v1::OVERRIDE_KIND_ROLLBACK), IsOk());
  ASSERT_THAT(Apply(haldane::v1::OVERRIDE_KIND_PROCEED), IsOk());
  before = Get();
  EXPECT_EQ(before.revision(), 4u);
  Restart();
  // Hosts' silence is counted until now while a rollout runs, until its end afterwards.
  EXPECT_EQ(Get().DebugString(), before.DebugString());
}

TEST_F(ControllerOverridesTest, AHoldWithholdsTheVerdictUntilItEnds) {
  ASSERT_THAT(controller_->Create(ShortPlan()), IsOk());
  haldane::v1::ApplyOverrideRequest hold = Request(haldane::v1::OVERRIDE_KIND_HOLD);
  hold.mutable_expires_in()->set_seconds(40);
  ASSERT_THAT(Apply(hold), IsOk());
  for (int second = 0; second < 30; ++second) Second();
  EXPECT_TRUE(Get().held());
  EXPECT_FALSE(Get().has_ended_at()) << "observe.max is 20 s";
  EXPECT_THAT(Get().verdict().sentence(), HasSubstr("Held by ann until"));
  for (int second = 0; second < 11; ++second) Second();
  EXPECT_EQ(Get().verdict().state(), haldane::v1::ROLLOUT_STATE_UNDECIDED) << "the hold has run out";
}

TEST_F(ControllerOverridesTest, AResumeLetsTheVerdictComeWithTheNextTick) {
  ASSERT_THAT(controller_->Create(ShortPlan()), IsOk());
  ASSERT_THAT(Apply(haldane::v1::OVERRIDE_KIND_HOLD), IsOk());
  for (int second = 0; second < 30; ++second) Second();
  ASSERT_THAT(Apply(haldane::v1::OVERRIDE_KIND_RESUME), IsOk());
  Second();
  EXPECT_EQ(Get().verdict().state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
}

TEST_F(ControllerOverridesTest, AnExtensionGivesMoreTime) {
  ASSERT_THAT(controller_->Create(ShortPlan()), IsOk());
  haldane::v1::ApplyOverrideRequest extend = Request(haldane::v1::OVERRIDE_KIND_EXTEND);
  extend.mutable_extend_by()->set_seconds(20);
  ASSERT_THAT(Apply(extend), IsOk());
  for (int second = 0; second < 30; ++second) Second();
  EXPECT_FALSE(Get().has_ended_at());
  EXPECT_EQ(Get().extended_by().seconds(), 20);
  for (int second = 0; second < 11; ++second) Second();
  EXPECT_EQ(Get().verdict().state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
}

TEST_F(ControllerOverridesTest, AMutedSignalIsShownButStopsNothing) {
  haldane::v1::Plan plan = ShortPlan();
  plan.mutable_observe()->mutable_min()->set_seconds(19);  // the other signal alone might proceed
  ASSERT_THAT(controller_->Create(plan), IsOk());
  haldane::v1::ApplyOverrideRequest mute = Request(haldane::v1::OVERRIDE_KIND_MUTE);
  mute.set_signal("http.5xx");
  ASSERT_THAT(Apply(mute), IsOk());
  for (int second = 0; second < 18; ++second) Second(1000, 500);
  ASSERT_FALSE(Get().has_ended_at()) << Get().verdict().sentence();
  const haldane::v1::Rollout muted = Get();
  for (const haldane::v1::Finding& finding : muted.verdict().findings()) {
    EXPECT_EQ(finding.muted(), finding.signal() == "http.5xx");
  }
  ASSERT_THAT(Revoke(1), IsOk());
  Second(1000, 500);
  EXPECT_TRUE(Get().has_ended_at()) << "what it has seen counts again: " << Get().verdict().sentence();
}

TEST_F(ControllerOverridesTest, ARepeatedRequestIsOneOverride) {
  ASSERT_THAT(controller_->Create(ShortPlan()), IsOk());
  haldane::v1::ApplyOverrideRequest request = Request(haldane::v1::OVERRIDE_KIND_HOLD);
  request.set_idempotency_key("incident-7");
  request.set_expected_revision(1);
  ASSERT_THAT(Apply(request), IsOk());
  const auto again = Apply(request);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->override().id(), 1u);
  EXPECT_EQ(again->rollout().overrides_size(), 1);
  request.set_kind(haldane::v1::OVERRIDE_KIND_PROCEED);
  EXPECT_THAT(Apply(request), StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("another override")));
}

TEST_F(ControllerOverridesTest, ADecisionOnAnOutdatedViewIsRefused) {
  ASSERT_THAT(controller_->Create(ShortPlan()), IsOk());
  haldane::v1::ApplyOverrideRequest request = Request(haldane::v1::OVERRIDE_KIND_PROCEED);
  request.set_expected_revision(Get().revision());
  Second();
  EXPECT_EQ(Get().revision(), request.expected_revision()) << "a tick decides nothing";
  ASSERT_THAT(Apply(haldane::v1::OVERRIDE_KIND_HOLD), IsOk());
  EXPECT_THAT(Apply(request), StatusIs(absl::StatusCode::kAborted, HasSubstr("revision 2, not 1")));
  EXPECT_FALSE(Get().has_ended_at());
}

TEST_F(ControllerOverridesTest, SaysWhatIsWrongWithARequest) {
  ASSERT_THAT(controller_->Create(ShortPlan()), IsOk());
  const auto refused = [&](auto change, const char* why) {
    haldane::v1::ApplyOverrideRequest request = Request(haldane::v1::OVERRIDE_KIND_PROCEED);
    change(request);
    EXPECT_THAT(Apply(request), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why)));
  };
  refused([](auto& r) { r.clear_kind(); }, "kind is missing");
  refused([](auto& r) { r.set_kind(static_cast<haldane::v1::OverrideKind>(99)); }, "kind is missing");
  refused([](auto& r) { r.set_reason("  "); }, "reason is empty");
  refused([](auto& r) { r.set_reason(std::string(501, 'x')); }, "at most 500");
  refused([](auto& r) { r.set_signal("http.5xx"); }, "for kind mute only");
  refused([](auto& r) { r.set_kind(haldane::v1::OVERRIDE_KIND_MUTE); }, "signal is missing");
  refused([](auto& r) { r.set_kind(haldane::v1::OVERRIDE_KIND_EXTEND); }, "extend_by is missing");
  refused([](auto& r) { r.mutable_expires_in()->set_seconds(-1); }, "between 1s and 720h");
  refused([](auto& r) { r.set_idempotency_key("a b"); }, "idempotency_key");
  haldane::v1::ApplyOverrideRequest nothing = Request(haldane::v1::OVERRIDE_KIND_PROCEED);
  nothing.set_rollout("nobody");
  EXPECT_THAT(Apply(nothing), StatusIs(absl::StatusCode::kNotFound, HasSubstr("nobody")));
}

TEST_F(ControllerOverridesTest, WhatCannotBeLoggedIsNotDone) {
  ASSERT_THAT(controller_->Create(ShortPlan()), IsOk());
  store_.FailAppends(absl::ResourceExhaustedError("the disk is full"));
  EXPECT_THAT(Apply(haldane::v1::OVERRIDE_KIND_PROCEED),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("disk is full")));
  EXPECT_EQ(Get().verdict().state(), haldane::v1::ROLLOUT_STATE_PENDING);
  EXPECT_EQ(Get().overrides_size(), 0);
}

TEST_F(ControllerOverridesTest, ListsTheNewestFirstAndOnlyThoseInEffectOnRequest) {
  ASSERT_THAT(controller_->Create(ShortPlan()), IsOk());
  ASSERT_THAT(controller_->Create(PlanNamed("other")), IsOk());
  ASSERT_THAT(Apply(haldane::v1::OVERRIDE_KIND_HOLD), IsOk());
  ASSERT_THAT(Revoke(1), IsOk());
  Second();
  haldane::v1::ApplyOverrideRequest request = Request(haldane::v1::OVERRIDE_KIND_HOLD);
  request.set_rollout("other");
  ASSERT_THAT(Apply(request), IsOk());
  const auto names = [&](bool in_effect) {
    haldane::v1::ListOverridesRequest list;
    list.set_in_effect(in_effect);
    const auto response = controller_->ListOverrides(list);
    std::vector<std::string> rollouts;
    for (const haldane::v1::Override& override : response->overrides())
      rollouts.push_back(override.rollout());
    return rollouts;
  };
  EXPECT_THAT(names(false), ElementsAre("other", "web-new"));
  EXPECT_THAT(names(true), ElementsAre("other"));
}

}  // namespace
}  // namespace haldane::testing
