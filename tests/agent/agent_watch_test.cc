#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/agent/agent_fixture.h"

namespace haldane::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST_F(AgentTest, ADirectiveAttachesEverythingBeforeAProcessIsCounted) {
  processes_.Start(7, kStart, ruby_, "web");
  processes_.Start(8, kStart, ruby_, "web");
  ConnectAndDirect({"web"});

  EXPECT_THAT(counters_.calls, ElementsAre("hooks", "raise ruby:1:4096", "watch 7", "watch 8"));
  EXPECT_TRUE(uplink_.Known(7).counting());
  EXPECT_TRUE(uplink_.Known(7).has_counters());
  EXPECT_EQ(uplink_.Known(7).counters().http_requests(), 0u);
}

TEST_F(AgentTest, ProcessesOfOtherServicesAreLeftAlone) {
  const BinaryKey other_ruby = processes_.AddBinary("other", haldane::v1::PROBE_SOURCE_USDT);
  processes_.Start(7, kStart, ruby_, "web");
  processes_.Start(8, kStart, other_ruby, "jobs");
  ConnectAndDirect({"web"});

  EXPECT_THAT(counters_.watched, ElementsAre(7));
  EXPECT_EQ(counters_.raises.size(), 1u);
  EXPECT_FALSE(uplink_.Known(8).counting());
  EXPECT_EQ(agent_.Metrics().processes_found, 2);
  EXPECT_EQ(agent_.Metrics().processes_counted, 1);
}

TEST_F(AgentTest, ADirectiveForServicesThatDoNotRunHereAttachesNothing) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"jobs"});
  EXPECT_THAT(counters_.calls, IsEmpty());
}

TEST_F(AgentTest, AnEmptyDirectiveDetachesAtOnceAndKeepsTheTotals) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  counters_.totals[7].http_requests = 5;
  uplink_.Direct({});

  EXPECT_FALSE(counters_.hooks_attached);
  EXPECT_THAT(counters_.raises, IsEmpty());
  EXPECT_THAT(counters_.watched, IsEmpty());
  EXPECT_FALSE(uplink_.Known(7).counting());
  EXPECT_EQ(uplink_.Known(7).counters().http_requests(), 5u);  // up to the very end
}

TEST_F(AgentTest, AServiceThatIsNoLongerWantedIsUnwatchedWhileOthersGoOn) {
  const BinaryKey other_ruby = processes_.AddBinary("other", haldane::v1::PROBE_SOURCE_USDT);
  processes_.Start(7, kStart, ruby_, "web");
  processes_.Start(8, kStart, other_ruby, "jobs");
  ConnectAndDirect({"jobs", "web"});
  EXPECT_EQ(counters_.raises.size(), 2u);
  uplink_.Direct({"jobs"});
  EXPECT_THAT(counters_.watched, ElementsAre(8));
  EXPECT_THAT(counters_.raises, SizeIs(1));
  EXPECT_TRUE(counters_.hooks_attached);
  EXPECT_FALSE(uplink_.Known(7).counting());
}

TEST_F(AgentTest, TheKillSwitchDetachesWithinASecondAndItsRemovalAttachesAgain) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  std::ofstream(kill_switch_) << "";
  Pass(absl::Milliseconds(400));
  EXPECT_FALSE(counters_.hooks_attached);
  EXPECT_THAT(counters_.raises, IsEmpty());
  EXPECT_FALSE(uplink_.Known(7).counting());

  uplink_.Direct({"web"});  // asking again does not help
  EXPECT_FALSE(counters_.hooks_attached);

  unlink(kill_switch_.c_str());
  Pass(absl::Seconds(1));
  EXPECT_TRUE(uplink_.Known(7).counting());
}

TEST_F(AgentTest, ALostControllerDetachesAfterAMinuteNotBefore) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  uplink_.Disconnect();
  Pass(absl::Seconds(58));
  EXPECT_TRUE(counters_.hooks_attached);
  Pass(absl::Seconds(4));
  EXPECT_FALSE(counters_.hooks_attached);

  // Coming back is not enough: it must ask.
  uplink_.Connect();
  Pass(absl::Seconds(2));
  EXPECT_FALSE(counters_.hooks_attached);
  uplink_.Direct({"web"});
  EXPECT_TRUE(counters_.hooks_attached);
}

TEST_F(AgentTest, AStepOfTheWallClockMovesOnlyTheTimeOfDay) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  uint64_t age = uplink_.Known(7).age_ms(), total = 0;
  for (const absl::Duration step : {-absl::Hours(24), absl::Hours(48), -absl::Hours(24 * 365)}) {
    clock_.StepWallClock(step);
    counters_.totals[7].exceptions += 10;
    counters_.totals[7].version += 1;
    const size_t before = uplink_.reports.size();
    Pass(absl::Seconds(2));
    total += 10;
    EXPECT_EQ(uplink_.Known(7).counters().exceptions(), total);
    EXPECT_TRUE(uplink_.Known(7).counting());
    EXPECT_GT(uplink_.Known(7).age_ms(), age);
    EXPECT_LT(uplink_.Known(7).age_ms(), age + 3000);
    EXPECT_GT(uplink_.reports.size(), before);
    age = uplink_.Known(7).age_ms();
  }
  EXPECT_THAT(counters_.watched, ElementsAre(7));
}

TEST_F(AgentTest, AControllerThatOnlyAcknowledgesIsNotLost) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  Pass(absl::Seconds(90));
  EXPECT_TRUE(counters_.hooks_attached);
}

TEST_F(AgentTest, AControllerThatIsConnectedButNeverAnswersCountsAsLost) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  uplink_.acknowledges = false;
  Pass(absl::Seconds(62));
  EXPECT_FALSE(counters_.hooks_attached);
}

TEST_F(AgentTest, StopDetachesAndSendsTheLastTotals) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  counters_.totals[7].http_requests = 6;
  uplink_.is_busy = true;  // a message on its way does not keep the last one back
  agent_.Stop();
  EXPECT_FALSE(counters_.hooks_attached);
  EXPECT_EQ(uplink_.Known(7).counters().http_requests(), 6u);
  const size_t reports = uplink_.reports.size();
  Pass(absl::Seconds(10));
  EXPECT_EQ(uplink_.reports.size(), reports);
}

TEST_F(AgentTest, CountingIsFalseUntilTheProbeOfTheBinaryIsAttached) {
  processes_.Start(7, kStart, ruby_, "web");
  counters_.on_raise = absl::NotFoundError("the file is gone");
  ConnectAndDirect({"web"});
  EXPECT_FALSE(uplink_.Known(7).counting());
  counters_.on_raise = absl::OkStatus();
  Pass(absl::Seconds(6));
  EXPECT_TRUE(uplink_.Known(7).counting());
}

TEST_F(AgentTest, CountingIsFalseWithoutKernelHooksAndWithoutASlot) {
  processes_.Start(7, kStart, ruby_, "web");
  counters_.on_hooks = absl::PermissionDeniedError("no");
  ConnectAndDirect({"web"});
  EXPECT_FALSE(uplink_.Known(7).counting());
  counters_.on_hooks = absl::OkStatus();
  counters_.on_watch = absl::ResourceExhaustedError("all slots are in use");
  Pass(absl::Seconds(6));
  EXPECT_FALSE(uplink_.Known(7).counting());
  counters_.on_watch = absl::OkStatus();
  Pass(absl::Seconds(6));
  EXPECT_TRUE(uplink_.Known(7).counting());
}

TEST_F(AgentTest, ARefusedProbeLeavesResponsesCountedAndSaysSo) {
  processes_.Start(7, kStart, ruby_, "web");
  counters_.on_raise = absl::PermissionDeniedError("uprobes are off");
  ConnectAndDirect({"web"});
  EXPECT_TRUE(uplink_.Known(7).counting());
  EXPECT_EQ(uplink_.Known(7).exception_source(), haldane::v1::PROBE_SOURCE_NONE);
}

TEST_F(AgentTest, EachBinaryHasItsOwnProbeAndSource) {
  const BinaryKey usdt = processes_.AddBinary("usdt", haldane::v1::PROBE_SOURCE_USDT);
  const BinaryKey none = processes_.AddBinary("none", haldane::v1::PROBE_SOURCE_NONE);
  processes_.Start(7, kStart, ruby_, "web");
  processes_.Start(8, kStart, usdt, "web");
  processes_.Start(9, kStart, none, "web");
  ConnectAndDirect({"web"});
  EXPECT_EQ(uplink_.Known(7).exception_source(), haldane::v1::PROBE_SOURCE_SYMBOL);
  EXPECT_EQ(uplink_.Known(8).exception_source(), haldane::v1::PROBE_SOURCE_USDT);
  EXPECT_EQ(uplink_.Known(9).exception_source(), haldane::v1::PROBE_SOURCE_NONE);
  EXPECT_TRUE(uplink_.Known(9).counting());  // its responses
  EXPECT_THAT(counters_.raises, SizeIs(2));
  EXPECT_THAT(agent_.Metrics().probes, UnorderedElementsAre(std::pair(haldane::v1::PROBE_SOURCE_SYMBOL, 1),
                                                            std::pair(haldane::v1::PROBE_SOURCE_USDT, 1)));
}

}  // namespace
}  // namespace haldane::agent
