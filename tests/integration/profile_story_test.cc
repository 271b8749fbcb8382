// What a controller knows of a service when its rollout begins, through the
// real controller and its database.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "haldane/v1/event.pb.h"
#include "tests/integration/world_fixture.h"
#include "tests/support/rollout_script.h"
#include "tests/support/status_matchers.h"

namespace haldane::testing {
namespace {

class ProfileStoryTest : public ::testing::Test {
 protected:
  ProfileStoryTest() {
    for (int i = 1; i <= 6; ++i) {
      world_.fleet.Add({.name = absl::StrCat("web-", i), .revision = "old", .requests_per_second = 50});
    }
  }

  void Minutes(int count) {
    for (int second = 0; second < 60 * count; ++second) world_.Second();
  }
  // Restarts a host's processes with the new revision, all at once.
  void Deploy(size_t host) {
    world_.fleet.host(host).revision = "new";
    world_.fleet.host(host).age_seconds = 0;
    world_.fleet.RestartAgent(host);
    world_.Disconnect(host);
  }
  haldane::v1::Created CreatedOf(const std::string& rollout) {
    haldane::v1::RolloutEvent event;
    EXPECT_TRUE(event.ParseFromString(world_.Recording(rollout).at(0)));
    return event.created();
  }

  World world_{11};
};

TEST_F(ProfileStoryTest, AQuarterOfAnHourIsKnownWhenTheRolloutBegins) {
  world_.controller().historian().Follow("web");
  Minutes(15);
  ASSERT_EQ(world_.controller().historian().List().profiles_size(), 1) << "a window has passed";

  Deploy(0);
  Deploy(1);
  Minutes(1);
  ASSERT_THAT(world_.controller().Create(TestPlan()), IsOk());
  const haldane::v1::Created created = CreatedOf("web-new");
  EXPECT_EQ(created.profile().service(), "web");
  ASSERT_EQ(created.history().hosts_size(), 6);
  std::map<std::string, const haldane::v1::HostHistory*> hosts;
  for (const auto& host : created.history().hosts()) hosts[host.host()] = &host;
  // The canary's hosts have the past of their old revision, and nothing since.
  EXPECT_GT(hosts.at("web-1")->seconds_size(), 500);
  EXPECT_GE(hosts.at("web-1")->seconds().rbegin()->before(), 60u);
  EXPECT_EQ(hosts.at("web-3")->seconds().rbegin()->before(), 1u);
  EXPECT_EQ(hosts.at("web-3")->seconds(0).before(), 600u);
  EXPECT_EQ(hosts.at("web-3")->seconds(0).events_size(), created.history().signals_size());

  world_.RunFor("web-new", 119);
  EXPECT_EQ(world_.Get("web-new").verdict().state(), haldane::v1::ROLLOUT_STATE_PROCEED)
      << world_.Get("web-new").verdict().sentence();
}

TEST_F(ProfileStoryTest, ARestartOfTheControllerKeepsTheProfileAndFollowsTheService) {
  ASSERT_THAT(world_.controller().Create(TestPlan()), IsOk());
  ASSERT_THAT(world_.controller().Abort("web-new", "only to be known"), IsOk());
  Minutes(20);
  const auto before = world_.controller().historian().Get("web");
  ASSERT_THAT(before, IsOk());

  world_.RestartController();
  const auto after = world_.controller().historian().Get("web");
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->SerializeAsString(), before->SerializeAsString());
  EXPECT_THAT(world_.controller().historian().services(), ::testing::ElementsAre("web"));

  Minutes(2);
  haldane::v1::Plan again = TestPlan();
  again.set_rollout("web-again");
  ASSERT_THAT(world_.controller().Create(again), IsOk());
  const haldane::v1::Created created = CreatedOf("web-again");
  EXPECT_EQ(created.profile().service(), "web");
  EXPECT_EQ(created.history().hosts_size(), 6) << "from what was heard since the restart";
}

}  // namespace
}  // namespace haldane::testing
