#include "controller/fleet/switches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/store/memory_event_store.h"
#include "tests/controller/controller_fixture.h"
#include "tests/support/status_matchers.h"

namespace haldane::controller {
namespace {

using haldane::testing::IsOk;
using haldane::testing::PlanNamed;
using haldane::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::Principal Ann() {
  v1::Principal ann;
  ann.set_name("ann");
  return ann;
}

class SwitchesTest : public ::testing::Test {
 protected:
  MemoryEventStore store_;
  Switches switches_{store_};
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
};

TEST_F(SwitchesTest, OutliveARestartWithTheirReason) {
  ASSERT_THAT(switches_.Kill("web", "INC-7", Ann(), now_), IsOk());
  ASSERT_THAT(switches_.Kill("", "kernel", Ann(), now_), IsOk());
  ASSERT_THAT(switches_.Arm("", "done", Ann(), now_), IsOk());
  Switches again(store_);
  ASSERT_THAT(again.Load(), IsOk());
  EXPECT_TRUE(again.IsKilled("web"));
  EXPECT_EQ(again.everything(), nullptr);
  ASSERT_EQ(again.List().switches_size(), 1);
  EXPECT_EQ(again.List().switches(0).reason(), "INC-7");
  EXPECT_EQ(again.List().switches(0).by().name(), "ann");
  EXPECT_EQ(again.List().switches(0).since().seconds(), 1'800'000'000);
}

TEST_F(SwitchesTest, NeedAReasonAndASwitchThatIsOn) {
  EXPECT_THAT(switches_.Kill("web", "", Ann(), now_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("reason is empty")));
  EXPECT_THAT(switches_.Arm("web", "x", Ann(), now_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("service web is not on")));
  EXPECT_THAT(switches_.List().switches(), IsEmpty());
}

TEST_F(SwitchesTest, TurnedOnTwiceKeepTheFirstReasonAndOneEntry) {
  ASSERT_THAT(switches_.Kill("web", "first", Ann(), now_), IsOk());
  ASSERT_THAT(switches_.Kill("web", "second", Ann(), now_), IsOk());
  EXPECT_EQ(switches_.List().switches(0).reason(), "first");
}

using ControllerSwitchesTest = haldane::testing::ControllerFixture;

TEST_F(ControllerSwitchesTest, ReachEveryAgentAtOnceAndSurviveTheController) {
  ASSERT_THAT(controller_->Create(PlanNamed("web-new")), IsOk());
  Second();
  ASSERT_THAT(agents_[0]->directives.back(), ElementsAre("web"));

  ASSERT_THAT(controller_->SwitchProbes(true, "", "kernel", Ann()), IsOk());
  for (const auto& agent : agents_) {
    EXPECT_TRUE(agent->last_directive.kill());
    EXPECT_EQ(agent->last_directive.kill_reason(), "ann: kernel");
  }
  Restart();
  Second();
  EXPECT_TRUE(agents_[0]->last_directive.kill());
  ASSERT_THAT(controller_->SwitchProbes(false, "", "done", Ann()), IsOk());
  EXPECT_FALSE(agents_[0]->last_directive.kill());
  EXPECT_THAT(agents_[0]->directives.back(), ElementsAre("web"));

  ASSERT_THAT(controller_->SwitchProbes(true, "web", "INC-7", Ann()), IsOk());
  EXPECT_FALSE(agents_[0]->last_directive.kill());
  EXPECT_THAT(agents_[0]->directives.back(), IsEmpty());
}

TEST_F(ControllerSwitchesTest, HostsAreListedWithWhatTheyRunAndAfterThatOneByOne) {
  ASSERT_THAT(controller_->SwitchProbes(true, "jobs", "INC-8", Ann()), IsOk());
  Second();
  const v1::ListHostsResponse list = controller_->ListHosts("web");
  ASSERT_EQ(list.hosts_size(), 2);
  EXPECT_TRUE(list.hosts(0).connected());
  EXPECT_EQ(list.hosts(0).processes_counted(), list.hosts(0).processes());
  EXPECT_THAT(list.hosts(0).services(), ElementsAre("web"));
  EXPECT_EQ(list.switches().switches(0).service(), "jobs");
  EXPECT_THAT(controller_->ListHosts("jobs").hosts(), IsEmpty());
  EXPECT_THAT(controller_->GetHost(list.hosts(0).host()), IsOk());
  EXPECT_THAT(controller_->GetHost("nobody"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("has not reported")));
}

}  // namespace
}  // namespace haldane::controller
