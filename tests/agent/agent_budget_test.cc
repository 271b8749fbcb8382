// The governor, the kill switches and the two demands, through the whole agent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/agent/agent_fixture.h"
#include "tests/fakes/fake_probe_group.h"

namespace haldane::agent {
namespace {

using haldane::v1::SignalGap;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AgentBudgetTest : public AgentTest {
 protected:
  AgentBudgetTest() {
    counters_.groups = {&vm_entries_, &responses_};
    processes_.Start(7, kStart, ruby_, "web");
    processes_.Start(8, kStart, ruby_, "jobs");
  }
  // "signal cause" of each gap in the last report.
  std::vector<std::string> Gaps() const {
    std::vector<std::string> gaps;
    for (const SignalGap& gap : uplink_.reports.back().gaps()) {
      gaps.push_back(gap.signal() + " " + SignalGap::Cause_Name(gap.cause()));
    }
    return gaps;
  }

  haldane::testing::FakeProbeGroup vm_entries_{"vm_entries", "ruby.vm_entries"};
  haldane::testing::FakeProbeGroup responses_{"responses", "http.5xx"};
  haldane::testing::FakeMeter meter_;
  Governor governor_{Budget{.vm_entries = true}, {&vm_entries_, &responses_}, &meter_};
  Agent governed_{{&processes_, &counters_, &uplink_, &clock_, &governor_}, {"boot", 77}, kill_switch_};
};

TEST_F(AgentBudgetTest, WhatCostsTooMuchIsShedWithinTwoSecondsAndTold) {
  uplink_.listener = &governed_;
  uplink_.Connect();
  governed_.Tick();
  uplink_.Direct({"web"});
  EXPECT_TRUE(vm_entries_.on);
  for (int i = 0; i < 10; ++i) {
    clock_.Advance(Agent::kTick);
    if (vm_entries_.on) vm_entries_.stats.run_time_ns += 100'000'000;  // half a core
    governed_.Tick();
  }
  EXPECT_FALSE(vm_entries_.on);
  EXPECT_TRUE(responses_.on);
  EXPECT_THAT(Gaps(), ElementsAre("ruby.vm_entries CAUSE_SHED"));
  EXPECT_THAT(uplink_.reports.back().gaps(0).detail(), HasSubstr("the budget for everything is 1.00 %"));
  EXPECT_EQ(governed_.Metrics().sheds, 1u);
  const haldane::v1::BudgetUse& use = uplink_.reports.back().budget_use();
  EXPECT_EQ(use.core_budget(), 0.01);
  ASSERT_EQ(use.groups_size(), 2);
  EXPECT_FALSE(use.groups(0).attached()) << "vm_entries";
  EXPECT_TRUE(use.groups(1).attached()) << "responses";
}

TEST_F(AgentBudgetTest, CostsAreMeasuredBeforeAnythingIsAttachedThatCouldCost) {
  governor_.SetDemand(Demand::kEverything);
  EXPECT_TRUE(meter_.measuring) << "or what the first burst costs would not be known until the second";
  governor_.SetDemand(Demand::kNothing);
  EXPECT_FALSE(meter_.measuring);
}

TEST_F(AgentBudgetTest, BetweenRolloutsOnlyTheCheapSignalsAreCounted) {
  uplink_.listener = &governed_;
  uplink_.Connect();
  governed_.Tick();
  haldane::v1::Directive directive;
  directive.add_history_services("web");
  governed_.OnDirective(directive);
  EXPECT_FALSE(vm_entries_.on);
  EXPECT_TRUE(responses_.on);
  EXPECT_THAT(counters_.watched, ElementsAre(7));

  directive.add_watch_services("jobs");
  governed_.OnDirective(directive);
  EXPECT_TRUE(vm_entries_.on);
  EXPECT_THAT(counters_.watched, ElementsAre(7, 8));

  directive.clear_watch_services();
  governed_.OnDirective(directive);
  EXPECT_FALSE(vm_entries_.on);
  EXPECT_EQ(vm_entries_.cause_off, SignalGap::CAUSE_NOT_WANTED) << "nobody's budget is to blame";
  EXPECT_THAT(counters_.watched, ElementsAre(7));
}

TEST_F(AgentBudgetTest, TheControllersSwitchDetachesEverythingAndIsAGapOfEverySignal) {
  uplink_.listener = &governed_;
  uplink_.Connect();
  governed_.Tick();
  uplink_.Direct({"web"});
  haldane::v1::Directive directive;
  directive.add_watch_services("web");
  directive.set_kill(true);
  directive.set_kill_reason("ann: kernel bug");
  governed_.OnDirective(directive);
  EXPECT_FALSE(counters_.hooks_attached);
  EXPECT_THAT(counters_.watched, IsEmpty());
  EXPECT_THAT(Gaps(), ElementsAre("http.5xx CAUSE_KILLED", "ruby.exceptions CAUSE_KILLED",
                                  "ruby.exceptions.new_class CAUSE_KILLED", "ruby.vm_entries CAUSE_KILLED"));
  EXPECT_THAT(uplink_.reports.back().gaps(0).detail(), HasSubstr("ann: kernel bug"));
  directive.set_kill(false);
  governed_.OnDirective(directive);
  EXPECT_TRUE(counters_.hooks_attached);
}

TEST_F(AgentTest, ASignalKillsAndAnotherArmsAgain) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  agent_.OnKillSignal(true);
  EXPECT_FALSE(counters_.hooks_attached);
  EXPECT_THAT(counters_.raises, IsEmpty());
  uplink_.Direct({"web"});
  EXPECT_FALSE(counters_.hooks_attached);
  agent_.OnKillSignal(false);
  EXPECT_TRUE(counters_.hooks_attached);
}

TEST_F(AgentTest, ASwitchIsSeenBetweenTicks) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  EXPECT_TRUE(counters_.hooks_attached);
  std::ofstream(kill_switch_) << "";
  agent_.LookAtSwitches();
  EXPECT_FALSE(counters_.hooks_attached);
  EXPECT_THAT(counters_.raises, IsEmpty());
  unlink(kill_switch_.c_str());
  agent_.LookAtSwitches();
  EXPECT_TRUE(counters_.hooks_attached);
  agent_.Stop();
  agent_.LookAtSwitches();
  EXPECT_FALSE(counters_.hooks_attached) << "what has ended does not begin again";
}

TEST_F(AgentTest, AServiceHasItsOwnSwitch) {
  processes_.Start(7, kStart, ruby_, "web");
  processes_.Start(8, kStart, ruby_, "jobs");
  ConnectAndDirect({"jobs", "web"});
  EXPECT_THAT(counters_.watched, ElementsAre(7, 8));
  const std::string file = kill_switch_ + ".web";
  std::ofstream(file) << "";
  Pass(absl::Milliseconds(400));
  EXPECT_THAT(counters_.watched, ElementsAre(8));
  unlink(file.c_str());
  Pass(absl::Milliseconds(400));
  EXPECT_THAT(counters_.watched, ElementsAre(7, 8));
}

}  // namespace
}  // namespace haldane::agent
