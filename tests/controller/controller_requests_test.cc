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
using haldane::testing::IsOk;
using haldane::testing::PlanNamed;
using haldane::testing::RecordingWatcher;
using haldane::testing::StatusIs;
using haldane::testing::TestPlan;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ControllerRequestsTest : public ControllerFixture {};

TEST_F(ControllerRequestsTest, CreatingTheSameAgainReturnsIt) {
  const auto first = controller_->Create(TestPlan());
  ASSERT_THAT(first, IsOk());
  Second();
  const auto again = controller_->Create(TestPlan());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->created_at().seconds(), first->created_at().seconds());
  Restart();
  EXPECT_THAT(controller_->Create(TestPlan()), IsOk());
  EXPECT_EQ(Log().size(), 2u) << "created and one tick, no more";
}

TEST_F(ControllerRequestsTest, CreatingAnotherPlanUnderTheNameFails) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  haldane::v1::Plan other = TestPlan();
  other.mutable_budget()->set_missed(0.1);
  EXPECT_THAT(controller_->Create(other),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("web-new exists with another plan")));
}

TEST_F(ControllerRequestsTest, ABadPlanIsRefusedNamingTheField) {
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_budget()->set_false_stop(0.7);
  EXPECT_THAT(controller_->Create(plan),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("budget.false_stop")));
  EXPECT_THAT(store_.ListRollouts().value(), IsEmpty());
}

TEST_F(ControllerRequestsTest, FieldsFromTheFutureAreRefusedNotIgnored) {
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_observe()->GetReflection()->MutableUnknownFields(plan.mutable_observe())->AddVarint(77, 1);
  EXPECT_THAT(controller_->Create(plan),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("does not know")));
}

TEST_F(ControllerRequestsTest, DefaultsAreFilledIn) {
  haldane::v1::Plan plan = TestPlan();
  plan.clear_rollout();
  plan.clear_observe();
  const auto created = controller_->Create(plan);
  ASSERT_THAT(created, IsOk());
  EXPECT_NE(created->name(), "");
  EXPECT_GT(created->plan().observe().max().seconds(), 0);
}

TEST_F(ControllerRequestsTest, ARolloutThatCannotBeLoggedIsNotCreated) {
  store_.FailAppends(absl::ResourceExhaustedError("the disk is full"));
  EXPECT_THAT(controller_->Create(TestPlan()),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("full")));
  EXPECT_THAT(controller_->Get("web-new"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("web-new")));
  store_.FailAppends(absl::OkStatus());
  EXPECT_THAT(controller_->Create(TestPlan()), IsOk());
}

TEST_F(ControllerRequestsTest, AbortEndsARunningRolloutAndLeavesAnEndedOne) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  Second();
  EXPECT_THAT(controller_->Abort("web-new", ""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("reason")));
  EXPECT_THAT(controller_->Abort("web-new", std::string(501, 'x')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("501 bytes, at most 500")));
  const auto aborted = controller_->Abort("web-new", "wrong revision");
  ASSERT_THAT(aborted, IsOk());
  EXPECT_EQ(aborted->verdict().state(), haldane::v1::ROLLOUT_STATE_ABORTED);
  EXPECT_THAT(aborted->verdict().sentence(), HasSubstr("wrong revision"));
  const auto again = controller_->Abort("web-new", "another reason");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), aborted->SerializeAsString());
  EXPECT_THAT(controller_->Abort("nothing", "x"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("nothing")));
}

TEST_F(ControllerRequestsTest, ListsNewestFirst) {
  for (const char* name : {"one", "two", "three"}) {
    ASSERT_THAT(controller_->Create(PlanNamed(name, name[0] == 'o' ? "api" : "web")), IsOk());
    clock_.Advance(absl::Seconds(1));
  }
  const auto names = [&](const std::string& service, uint32_t limit) {
    haldane::v1::ListRolloutsRequest request;
    request.set_service(service);
    request.set_limit(limit);
    std::vector<std::string> result;
    const haldane::v1::ListRolloutsResponse response = controller_->List(request).value();
    for (const auto& rollout : response.rollouts()) result.push_back(rollout.name());
    return result;
  };
  EXPECT_THAT(names("", 0), ElementsAre("three", "two", "one"));
  EXPECT_THAT(names("", 2), ElementsAre("three", "two"));
  EXPECT_THAT(names("api", 0), ElementsAre("one"));
  haldane::v1::ListRolloutsRequest request;
  request.set_limit(1001);
  EXPECT_THAT(controller_->List(request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("limit is 1001")));
  Restart();
  EXPECT_THAT(names("", 0), ElementsAre("three", "two", "one"));
}

TEST_F(ControllerRequestsTest, AWatcherSeesTheRolloutAtOnceOnChangeAndToItsEnd) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  RecordingWatcher watcher, late;
  ASSERT_THAT(controller_->Watch("web-new", &watcher), IsOk());
  EXPECT_EQ(watcher.views.size(), 1u);
  Second();
  EXPECT_EQ(watcher.views.size(), 2u);
  ASSERT_THAT(controller_->Abort("web-new", "enough"), IsOk());
  EXPECT_EQ(watcher.views.size(), 3u);
  EXPECT_TRUE(watcher.last);
  Second();
  EXPECT_EQ(watcher.views.size(), 3u) << "forgotten after the end";
  ASSERT_THAT(controller_->Watch("web-new", &late), IsOk());
  EXPECT_EQ(late.views.size(), 1u);
  EXPECT_TRUE(late.last);
  EXPECT_THAT(controller_->Watch("nothing", &late),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("nothing")));
}

TEST_F(ControllerRequestsTest, AWatcherHearsOfAnImpedimentOnce) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  RecordingWatcher watcher;
  ASSERT_THAT(controller_->Watch("web-new", &watcher), IsOk());
  store_.FailAppends(absl::UnavailableError("locked"));
  for (int i = 0; i < 3; ++i) Second();
  ASSERT_EQ(watcher.views.size(), 2u);
  EXPECT_THAT(watcher.views.back().impediment(), HasSubstr("locked"));
}

TEST_F(ControllerRequestsTest, EndsStreamsAndWatchesNowAndToCome) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  RecordingWatcher watcher, late;
  ASSERT_THAT(controller_->Watch("web-new", &watcher), IsOk());
  controller_->EndStreams(absl::UnavailableError("stopping"));
  EXPECT_THAT(watcher.failure, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("stopping")));
  EXPECT_THAT(*agents_[0]->end, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("stopping")));
  EXPECT_THAT(controller_->Watch("web-new", &late),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("stopping")));
}

TEST_F(ControllerRequestsTest, AgentsAreToldToWatchWhileARolloutRuns) {
  Second();
  EXPECT_THAT(agents_[0]->directives.back(), IsEmpty());
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  EXPECT_THAT(agents_[0]->directives.back(), ElementsAre("web"));
  ASSERT_THAT(controller_->Abort("web-new", "enough"), IsOk());
  EXPECT_THAT(agents_[0]->directives.back(), IsEmpty());
}

}  // namespace
}  // namespace haldane::controller
