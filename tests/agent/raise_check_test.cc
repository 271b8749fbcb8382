#include "agent/raise_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/agent_fixture.h"

namespace haldane::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ProcessReading Counted(uint64_t exceptions, uint64_t witnesses) {
  ProcessReading reading;
  reading.pid = 7;
  reading.exceptions = exceptions;
  reading.raise_witnesses = witnesses;
  return reading;
}

TEST(RaiseCheckTest, AProbeThatMissesWhatItsWitnessesSeeIsSilent) {
  RaiseCheck check;
  EXPECT_EQ(check.Observe({}, Counted(0, RaiseCheck::kEnough - 1)), RaiseCheck::Finding::kNone);
  EXPECT_FALSE(check.silence().has_value());
  EXPECT_EQ(check.Observe({}, Counted(0, RaiseCheck::kEnough)), RaiseCheck::Finding::kSilent);
  EXPECT_TRUE(check.silence().has_value());
  EXPECT_EQ(check.Observe({}, Counted(0, 900)), RaiseCheck::Finding::kNone) << "told once";
}

TEST(RaiseCheckTest, AnApplicationThatDoesNotRaiseIsNotSilent) {
  RaiseCheck check;
  EXPECT_EQ(check.Observe({}, Counted(0, 0)), RaiseCheck::Finding::kNone);
  EXPECT_FALSE(check.silence().has_value());
}

TEST(RaiseCheckTest, AProbeThatCountsIsTrustedAndThreeWitnessesPerExceptionAreSound) {
  RaiseCheck check;
  EXPECT_EQ(check.Observe({}, Counted(100, 300)), RaiseCheck::Finding::kFires);  // Timeout
  // Exceptions without a witness: rb_make_exception is inlined in programs.
  RaiseCheck other;
  EXPECT_EQ(other.Observe({}, Counted(100, 0)), RaiseCheck::Finding::kFires);
}

TEST(RaiseCheckTest, AProbeThatCountsAFewOfManyIsSilent) {
  RaiseCheck check;
  EXPECT_EQ(check.Observe({}, Counted(10, 1000)), RaiseCheck::Finding::kSilent);
}

TEST(RaiseCheckTest, AMissingBreakpointIsSilenceUntilTheProbeIsDetached) {
  RaiseCheck check;
  EXPECT_FALSE(check.Observe({}, absl::NotFoundError("the process is gone")));
  EXPECT_TRUE(check.Observe({}, absl::FailedPreconditionError("no breakpoint")));
  EXPECT_EQ(check.silence(), "no breakpoint");
  check.ForgetAllBut({});
  EXPECT_FALSE(check.silence().has_value());
}

TEST_F(AgentTest, ASilentProbeIsAGapOfItsSignals) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  EXPECT_THAT(uplink_.reports.back().gaps(), IsEmpty());
  counters_.totals[7].raise_witnesses = 50;
  Pass(absl::Seconds(1.2));
  const auto& gaps = uplink_.reports.back().gaps();
  ASSERT_EQ(gaps.size(), 2);
  EXPECT_EQ(gaps[0].signal(), "ruby.exceptions");
  EXPECT_EQ(gaps[0].cause(), haldane::v1::SignalGap::CAUSE_SILENT_PROBE);
  EXPECT_EQ(gaps[1].signal(), "ruby.exceptions.new_class");
}

TEST_F(AgentTest, AProbeThatIsNotInTheProcessesMemoryIsAGapAtOnce) {
  processes_.Start(7, kStart, ruby_, "web");
  processes_.on_check = absl::FailedPreconditionError("process 7 has no breakpoint at 0x1");
  ConnectAndDirect({"web"});
  ASSERT_EQ(uplink_.reports.back().gaps_size(), 2);
  uplink_.Direct({});
  Pass(absl::Seconds(6));
  EXPECT_THAT(uplink_.reports.back().gaps(), IsEmpty()) << "what is not attached is not silent";
}

TEST_F(AgentTest, WitnessesAreLetGoOnceTheProbeIsKnownToFire) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  counters_.totals[7].raise_witnesses = 50;
  counters_.totals[7].exceptions = 50;
  counters_.calls.clear();
  Pass(absl::Seconds(3));
  EXPECT_THAT(counters_.calls, ElementsAre("end witnesses ruby:1:4096"));
  EXPECT_THAT(uplink_.reports.back().gaps(), IsEmpty());
}

}  // namespace
}  // namespace haldane::agent
