#include "agent/budget/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace haldane::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// An agent whose groups cost what the test says, as shares of a core.
class BudgetPolicyTest : public ::testing::Test {
 protected:
  // Time passes in intervals; what was decided, such as "shed vm_entries", goes to
  // `decided_`.
  void Pass(absl::Duration time) {
    constexpr absl::Duration kInterval = absl::Milliseconds(400);
    for (absl::Duration passed; passed < time; passed += kInterval) {
      costs_.at += kInterval;
      costs_.agent_cpu += agent_share_ * kInterval;
      for (Costs::Group& group : costs_.groups) {
        if (!group.attached) continue;
        group.run_time_ns += static_cast<uint64_t>(absl::ToInt64Nanoseconds(share_[group.name] * kInterval));
      }
      for (const Decision& decision : policy_.Decide(costs_)) {
        const bool shed = decision.kind == Decision::Kind::kShed;
        decided_.push_back((shed ? "shed " : "arm ") + decision.group);
        why_ = decision.why;
        for (Costs::Group& group : costs_.groups) {
          if (group.name == decision.group) group.attached = !shed;
        }
      }
    }
  }
  void Add(const std::string& group, double share) {
    costs_.groups.push_back({.name = group, .attached = true});
    share_[group] = share;
  }

  BudgetPolicy policy_{Budget{}};
  Costs costs_{.at = absl::Hours(5)};
  double agent_share_ = 0;
  std::map<std::string, double> share_;
  std::vector<std::string> decided_;
  std::string why_;
};

TEST_F(BudgetPolicyTest, WithinTheBudgetNothingHappens) {
  Add("exceptions", 0.004);
  Add("responses", 0.005);
  Pass(absl::Hours(1));
  EXPECT_THAT(decided_, IsEmpty());
}

TEST_F(BudgetPolicyTest, AProbeOnTheLoopOfABusyApplicationIsShedWithinTwoSecondsAndAlone) {
  Add("responses", 0.002);
  Add("vm_entries", 0.4);
  Pass(absl::Seconds(1.9));
  EXPECT_THAT(decided_, ElementsAre("shed vm_entries"));
  EXPECT_THAT(why_, HasSubstr("% of a core"));
  Pass(absl::Seconds(30));
  EXPECT_THAT(decided_, ElementsAre("shed vm_entries"));
}

TEST_F(BudgetPolicyTest, AnyOtherThatCostsFarTooMuchIsShedWithinASecond) {
  Add("sys_errors", 0.4);
  Add("responses", 0.002);
  Pass(absl::Seconds(0.8));
  EXPECT_THAT(decided_, ElementsAre("shed sys_errors"));
  EXPECT_THAT(why_, HasSubstr("it took 40.00 % of a core"));
}

TEST_F(BudgetPolicyTest, ShortBurstsCostWhatTheyCostOnAverage) {
  Add("responses", 0.001);
  Add("vm_entries", 0);
  for (int i = 0; i < 60; ++i) {
    share_["vm_entries"] = 0.09;  // a twentieth of a second on a busy loop, in one interval
    Pass(absl::Seconds(0.4));
    share_["vm_entries"] = 0;
    Pass(absl::Seconds(9.6));
  }
  EXPECT_THAT(decided_, IsEmpty());
}

TEST_F(BudgetPolicyTest, SlightlyTooMuchIsShedWithinTwoSecondsTooButNotForOnePeak) {
  Add("responses", 0.002);
  Add("sys_errors", 0.015);
  Pass(absl::Seconds(0.8));
  share_["sys_errors"] = 0.001;
  Pass(absl::Seconds(5));
  EXPECT_THAT(decided_, IsEmpty()) << "a single peak";
  share_["sys_errors"] = 0.015;
  Pass(absl::Seconds(1.9));
  EXPECT_THAT(decided_, ElementsAre("shed sys_errors"));
}

TEST_F(BudgetPolicyTest, WhereNoneIsToBlameTheOrderDecides) {
  for (const char* group : {"tcp", "latency", "exceptions", "responses"}) Add(group, 0.004);
  Pass(absl::Seconds(20));
  EXPECT_THAT(decided_, ElementsAre("shed tcp", "shed latency"));
}

TEST_F(BudgetPolicyTest, WhatWasShedComesBackWhenItsPenaltyIsOverAndThereIsRoom) {
  Add("responses", 0.002);
  Add("tcp", 0.02);
  Pass(absl::Seconds(2));
  ASSERT_THAT(decided_, ElementsAre("shed tcp"));
  share_["tcp"] = 0.001;
  Pass(absl::Seconds(50));
  EXPECT_EQ(decided_.size(), 1u) << "not before a minute";
  Pass(absl::Seconds(20));
  EXPECT_THAT(decided_, ElementsAre("shed tcp", "arm tcp"));
  Pass(absl::Hours(1));
  EXPECT_EQ(decided_.size(), 2u);
}

TEST_F(BudgetPolicyTest, WhatIsShedAgainWaitsTwiceAsLongAndDoesNotFlap) {
  Add("responses", 0.002);
  Add("sys_errors", 0.4);
  Pass(absl::Hours(1));
  // After 1, 2, 4, 8, 16 minutes, and not yet after 32.
  int sheds = 0;
  for (const std::string& decision : decided_) sheds += decision == "shed sys_errors";
  EXPECT_EQ(sheds, 6);
}

TEST_F(BudgetPolicyTest, NothingComesBackWhileTheRestIsAboveHalfTheBudget) {
  Add("responses", 0.007);
  Add("tcp", 0.02);
  Pass(absl::Seconds(2));
  ASSERT_THAT(decided_, ElementsAre("shed tcp"));
  Pass(absl::Hours(2));
  EXPECT_EQ(decided_.size(), 1u);
}

TEST_F(BudgetPolicyTest, TheMostValuableComesBackFirstAndOneAtATime) {
  Add("loads", 0.02);
  Add("latency", 0.02);
  Add("responses", 0.007);
  Pass(absl::Minutes(2));
  EXPECT_EQ(decided_.size(), 2u);
  share_["loads"] = share_["latency"] = share_["responses"] = 0.0001;
  Pass(absl::Minutes(1));
  EXPECT_THAT(std::vector<std::string>(decided_.begin() + 2, decided_.end()),
              ElementsAre("arm latency", "arm loads"));
}

TEST_F(BudgetPolicyTest, TheAgentsOwnTimeDoesNotShedWhatIsCheap) {
  Add("responses", 0.002);
  agent_share_ = 0.2;
  Pass(absl::Minutes(5));
  EXPECT_THAT(decided_, IsEmpty());
}

TEST_F(BudgetPolicyTest, TooMuchMemoryShedsInOrder) {
  Add("tcp", 0.001);
  Add("responses", 0.001);
  costs_.agent_memory_bytes = 65ull << 20;
  Pass(absl::Seconds(1.6));
  EXPECT_THAT(decided_, ElementsAre("shed tcp"));
  EXPECT_THAT(why_, HasSubstr("the agent uses 65 MiB of 64"));
}

TEST_F(BudgetPolicyTest, HitsCostTheirTrapEvenIfTheProgramTakesNoTime) {
  Add("loads", 0);
  Pass(absl::Seconds(0.4));
  for (int i = 0; i < 2; ++i) {
    costs_.groups[0].run_count += 200'000;  // in 0.4 s: a third of a core in traps
    Pass(absl::Seconds(0.4));
  }
  EXPECT_THAT(decided_, ElementsAre("shed loads"));
}

TEST_F(BudgetPolicyTest, ProgramsThatWereLoadedAnewBeginAtZero) {
  Add("responses", 0.002);
  Pass(absl::Seconds(10));
  costs_.groups[0].run_time_ns = 0;
  costs_.groups[0].run_count = 0;
  Pass(absl::Seconds(10));
  EXPECT_THAT(decided_, IsEmpty());
}

}  // namespace
}  // namespace haldane::agent
