// Are raise probes that do not fire told from applications that do not raise?
#include <gmock/gmock.h>

#include "agent/discovery/process_finder.h"
#include "agent/raise_check.h"
#include "agent/ruby/elf_image.h"
#include "agent/ruby/interpreter.h"
#include "agent/ruby/probe_site.h"
#include "agent/ruby/symbols.h"
#include "tests/bpf/counters_test.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;
using ::haldane::testing::StatusIs;

using RaiseCheckOnRubyTest = CountersTest;

// The real witnesses, and a point where no exception passes.
RaiseProbe ProbeAtAWrongPlace() {
  RaiseProbe probe = ProbeByName();
  const auto image = ElfImage::Open(RubyLibrary());
  const auto symbols = SymbolTable::Read(*image, SymbolTable::Kind::kDynamic);
  const auto site = ProbeSiteNear(*image, symbols->Find("rb_gc_stat")->address, Argument::kNone);
  EXPECT_THAT(site, IsOk());
  probe.points = {{.file_offset = site.value_or(0)}};
  return probe;
}

TEST_F(RaiseCheckOnRubyTest, AProbeAtAWrongPlaceIsFoundOutByRaisesOfRubyAndOfC) {
  for (const char* raises : {"raise_times(ArgumentError, 20)",
                             "20.times { begin; Integer('z'); rescue ArgumentError; nil; end }"}) {
    Create(HALDANE_SLOTS);
    if (counters_ == nullptr) return;
    RubyChild child;
    Watch(child);
    AttachRaise(ProbeAtAWrongPlace());
    RaiseCheck check;
    EXPECT_EQ(check.Observe({}, ReadOf(child.pid())), RaiseCheck::Finding::kNone);
    child.Eval(raises);
    EXPECT_EQ(check.Observe({}, ReadOf(child.pid())), RaiseCheck::Finding::kSilent) << raises;
  }
}

TEST_F(RaiseCheckOnRubyTest, AProbeAtTheRightPlaceIsTrustedWhateverIsRaised) {
  RubyChild child;
  Watch(child);
  AttachRaise(ProbeByName());
  for (const char* raises :
       {"raise_times(ArgumentError, 20)", "20.times { begin; Integer('z'); rescue ArgumentError; nil; end }",
        "20.times { begin; throw :x; rescue UncaughtThrowError; end; catch(:y) { throw :y } }",
        "20.times { t = Thread.new { sleep }; t.report_on_exception = false; t.raise(IOError); "
        "begin; t.join; rescue IOError; end }",
        "require 'timeout'; 5.times { begin; Timeout.timeout(0.001) { sleep }; rescue Timeout::Error; end "
        "}"}) {
    child.Eval(raises);
    const ProcessReading reading = ReadOf(child.pid());
    EXPECT_GT(reading.raise_witnesses, 0u);
    EXPECT_LE(reading.raise_witnesses, 3 * reading.exceptions) << raises;
  }
  RaiseCheck check;
  EXPECT_EQ(check.Observe({}, ReadOf(child.pid())), RaiseCheck::Finding::kFires);

  counters_->DetachWitnesses("ruby");
  const ProcessReading before = ReadOf(child.pid());
  child.Eval("raise_times(ArgumentError, 20)");
  EXPECT_EQ(ReadOf(child.pid()).raise_witnesses, before.raise_witnesses);
  EXPECT_EQ(ReadOf(child.pid()).exceptions, before.exceptions + 20);
}

TEST_F(RaiseCheckOnRubyTest, BreakpointsAreInTheMemoryOfAProcessWhileAttached) {
  RubyChild child;
  child.Eval("1");
  ProcessFinder finder("/proc", {}, {});
  finder.Scan();
  const RaiseProbe probe = ProbeByName();
  EXPECT_THAT(finder.CheckBreakpoints(child.pid(), child.start_ns(), probe),
              StatusIs(absl::StatusCode::kFailedPrecondition, ::testing::HasSubstr("no breakpoint at 0x")));
  AttachRaise(probe);
  EXPECT_THAT(finder.CheckBreakpoints(child.pid(), child.start_ns(), probe), IsOk());
  EXPECT_THAT(finder.CheckBreakpoints(child.pid(), child.start_ns() + 1, probe),
              StatusIs(absl::StatusCode::kNotFound, ::testing::_));
}

}  // namespace
}  // namespace haldane::agent
