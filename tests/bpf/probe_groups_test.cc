// Groups of probes: which there are, on and off, and what they cost.
#include <bpf/bpf.h>
#include <gmock/gmock.h>

#include <set>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "tests/bpf/counters_test.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ProbeGroupsTest : public CountersTest {
 protected:
  std::vector<std::string> Names(bool attached_only) {
    std::vector<std::string> names;
    for (const ProbeGroup* group : counters_->Groups()) {
      if (!attached_only || group->attached()) names.emplace_back(group->name());
    }
    return names;
  }
};

TEST_F(ProbeGroupsTest, AreShedInThisOrder) {
  EXPECT_THAT(Names(false), ElementsAre("vm_entries", "sys_errors", "latency", "loads", "gc_pause", "tcp",
                                        "usage", "signals", "exceptions", "responses"));
}

TEST_F(ProbeGroupsTest, NothingIsAttachedUntilSomethingIsCounted) {
  EXPECT_THAT(Names(true), IsEmpty());
  ASSERT_THAT(Group("sys_errors")->Attach(), IsOk());
  EXPECT_THAT(Names(true), IsEmpty());
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  AttachInterpreter();
  AttachRaise(ProbeByName());
  EXPECT_THAT(Names(true), ElementsAre("sys_errors", "latency", "loads", "gc_pause", "tcp", "usage",
                                       "signals", "exceptions", "responses"));
  counters_->DetachAll();
  EXPECT_THAT(Names(true), IsEmpty());
}

TEST_F(ProbeGroupsTest, WhatIsShedStaysOffWhenCountingBeginsAnew) {
  Group("tcp")->Detach(haldane::v1::SignalGap::CAUSE_SHED, "too dear");
  Group("exceptions")->Detach(haldane::v1::SignalGap::CAUSE_SHED, "too dear");
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  AttachRaise(ProbeByName());
  EXPECT_FALSE(Group("tcp")->attached());
  EXPECT_FALSE(Group("exceptions")->attached());
  ASSERT_THAT(Group("exceptions")->Attach(), IsOk());
  EXPECT_TRUE(Group("exceptions")->attached());
}

TEST_F(ProbeGroupsTest, ExceptionsAreCountedOnlyWhileTheirGroupIsOn) {
  RubyChild child;
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  AttachRaise(ProbeByName());
  Watch(child);
  child.Eval("raise_times(ArgumentError, 5)");
  Group("exceptions")->Detach(haldane::v1::SignalGap::CAUSE_SHED, "for this test");
  child.Eval("raise_times(ArgumentError, 5)");
  EXPECT_EQ(ReadOf(child.pid()).exceptions, 5u);
  EXPECT_EQ(Group("exceptions")->Gaps().size(), 2u);
  ASSERT_THAT(Group("exceptions")->Attach(), IsOk());
  child.Eval("raise_times(ArgumentError, 5)");
  EXPECT_EQ(ReadOf(child.pid()).exceptions, 10u);
  EXPECT_THAT(Group("exceptions")->Gaps(), IsEmpty());
}

TEST_F(ProbeGroupsTest, EverySignalBelongsToOneGroupAtMost) {
  std::multiset<absl::string_view> signals;
  for (const ProbeGroup* group : counters_->Groups()) {
    signals.insert(group->signals().begin(), group->signals().end());
  }
  for (const absl::string_view signal : signals) EXPECT_EQ(signals.count(signal), 1u) << signal;
}

TEST_F(ProbeGroupsTest, TheKernelTellsWhatAGroupCosts) {
  const UniqueFd statistics(bpf_enable_stats(BPF_STATS_RUN_TIME));
  ASSERT_TRUE(statistics.is_open());
  RubyChild child;
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  AttachRaise(ProbeByName());
  Watch(child);
  child.Eval("raise_times(ArgumentError, 1000)");
  const ProbeGroup::Stats stats = Group("exceptions")->RunStats();
  EXPECT_GE(stats.run_count, 1000u);
  EXPECT_GT(stats.run_time_ns, 0u);
}

}  // namespace
}  // namespace haldane::agent
