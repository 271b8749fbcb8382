// The governor with this kernel's own measurements.
#include "agent/budget/governor.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "absl/time/clock.h"
#include "agent/ruby/elf_image.h"
#include "agent/ruby/probe_site.h"
#include "agent/ruby/symbols.h"
#include "tests/bpf/counters_test.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;
using ::testing::HasSubstr;

using GovernorTest = CountersTest;

absl::Duration Since(absl::Time begin) { return absl::Now() - begin; }

ProbeGroup* GroupNamed(ProcessCounters* counters, absl::string_view name) {
  for (ProbeGroup* group : counters->Groups()) {
    if (group->name() == name) return group;
  }
  return nullptr;
}

// The interpreter's loop, as if exceptions passed there.
RaiseProbe ProbeOnTheLoop() {
  const auto image = ElfImage::Open(RubyLibrary());
  const auto symbols = SymbolTable::Read(*image, SymbolTable::Kind::kDynamic);
  const auto site = ProbeSiteNear(*image, symbols->Find("rb_vm_exec")->address, Argument::kNone);
  EXPECT_THAT(site, IsOk());
  RaiseProbe probe;
  probe.points = {{.file_offset = site.value_or(0)}};
  return probe;
}

TEST_F(GovernorTest, AProbeOnTheLoopOfABusyRubyIsShedWithinTwoSecondsOfItsCost) {
  RubyChild child;
  child.Eval("1");
  MachineMeter meter;
  Governor governor({}, counters_->Groups(), &meter);
  governor.SetDemand(Demand::kEverything);
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  AttachRaise(ProbeOnTheLoop());
  Watch(child);
  ProbeGroup* exceptions = GroupNamed(counters_.get(), "exceptions");
  ASSERT_NE(exceptions, nullptr);
  child.Write("loop { 1000.times { |i| i } }\n");

  const absl::Time begin = absl::Now();
  while (exceptions->attached() && Since(begin) < absl::Seconds(30)) {
    governor.Tick(Since(begin));
    usleep(50'000);
  }
  const absl::Duration took = Since(begin);
  EXPECT_FALSE(exceptions->attached());
  RecordProperty("shed_after_ms", static_cast<int>(absl::ToInt64Milliseconds(took)));
  ASSERT_FALSE(exceptions->Gaps().empty());
  EXPECT_EQ(exceptions->Gaps()[0].cause(), haldane::v1::SignalGap::CAUSE_SHED);
  EXPECT_THAT(exceptions->Gaps()[0].detail(), HasSubstr("of a core"));
  const uint64_t counted = ReadOf(child.pid()).exceptions;
  EXPECT_GT(counted, 1000u);
  usleep(100'000);
  EXPECT_EQ(ReadOf(child.pid()).exceptions, counted) << "nothing is counted once it is shed";
}

}  // namespace
}  // namespace haldane::agent
