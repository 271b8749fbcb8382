#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/agent/agent_fixture.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::FakeUplink;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(AgentTest, TellsWhatRunsAndAttachesNothingUnlessAsked) {
  processes_.Start(7, kStart, ruby_, "web");
  uplink_.Connect();
  Pass(absl::Seconds(10));

  const haldane::v1::ProcessSample sample = uplink_.Known(7);
  EXPECT_EQ(sample.process().boot_id(), "boot");
  EXPECT_EQ(sample.process().start_ns(), kStart);
  ASSERT_THAT(sample.labels(), SizeIs(2));
  EXPECT_EQ(sample.labels(0).name(), "revision");
  EXPECT_EQ(sample.labels(0).value(), "abc123");
  EXPECT_EQ(sample.labels(1).name(), "service");
  EXPECT_EQ(sample.labels(1).value(), "web");
  EXPECT_FALSE(sample.counting());
  EXPECT_FALSE(sample.has_counters());
  EXPECT_EQ(sample.exception_source(), haldane::v1::PROBE_SOURCE_SYMBOL);
  EXPECT_GE(sample.age_ms(), 3'500'000u);  // the clock stands an hour after boot
  EXPECT_THAT(counters_.calls, IsEmpty());
  EXPECT_EQ(uplink_.reports[0].epoch(), 77u);
}

TEST_F(AgentTest, ReportsOnlyWhatChanged) {
  processes_.Start(7, kStart, ruby_, "web");
  processes_.Start(8, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  const size_t before = uplink_.reports.size();
  counters_.totals[7].http_requests = 5;
  Pass(absl::Seconds(3));

  EXPECT_EQ(uplink_.Mentions(7, before), 1);
  EXPECT_EQ(uplink_.Mentions(8, before), 0);
  EXPECT_EQ(uplink_.Known(7).counters().http_requests(), 5u);
  // Empty reports go on: they say that the host is alive and nothing happened.
  EXPECT_GE(uplink_.reports.size(), before + 3);
}

TEST_F(AgentTest, SequenceNumbersFollowEachOther) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  Pass(absl::Seconds(5));
  for (size_t i = 0; i < uplink_.reports.size(); ++i) EXPECT_EQ(uplink_.reports[i].sequence(), i + 1);
}

TEST_F(AgentTest, WithoutAcknowledgementTheStateIsRepeatedNotQueued) {
  processes_.Start(7, kStart, ruby_, "web");
  uplink_.acknowledges = false;
  ConnectAndDirect({"web"});
  counters_.totals[7].http_requests = 5;
  Pass(absl::Seconds(1));
  counters_.totals[7].http_requests = 9;
  Pass(absl::Seconds(1));

  ASSERT_THAT(uplink_.reports.back().processes(), SizeIs(1));
  EXPECT_EQ(uplink_.reports.back().processes(0).counters().http_requests(), 9u);
}

TEST_F(AgentTest, ANewStreamIsToldEverything) {
  processes_.Start(7, kStart, ruby_, "web");
  processes_.Start(8, kStart, ruby_, "jobs");
  ConnectAndDirect({"web"});
  uplink_.Disconnect();
  counters_.totals[7].http_requests = 5;
  Pass(absl::Seconds(3));
  const size_t before = uplink_.reports.size();
  uplink_.Connect();

  ASSERT_EQ(uplink_.reports.size(), before + 1);
  EXPECT_THAT(uplink_.reports.back().processes(), SizeIs(2));
  EXPECT_EQ(uplink_.Known(7).counters().http_requests(), 5u);
}

TEST_F(AgentTest, NothingIsSentWhileAMessageIsOnItsWay) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  const size_t before = uplink_.reports.size();
  uplink_.is_busy = true;
  Pass(absl::Seconds(5));
  EXPECT_EQ(uplink_.reports.size(), before);
  uplink_.is_busy = false;
  Pass(absl::Seconds(1));
  EXPECT_EQ(uplink_.reports.back().sequence(), uplink_.reports.size());
}

TEST_F(AgentTest, FinalTotalsOfAnExitedProcessSurviveALostAcknowledgement) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  counters_.totals[7].http_requests = 41;
  Pass(absl::Seconds(1));
  uplink_.acknowledges = false;
  counters_.totals[7].http_requests = 42;
  counters_.Exit(7);
  processes_.running.erase(7);
  Pass(absl::Seconds(2));
  EXPECT_TRUE(uplink_.Known(7).exited());

  uplink_.Disconnect();  // the acknowledgement is lost with it
  Pass(absl::Seconds(5));
  const size_t before = uplink_.reports.size();
  uplink_.acknowledges = true;
  uplink_.Connect();
  ASSERT_EQ(uplink_.Mentions(7, before), 1);
  EXPECT_TRUE(uplink_.Known(7).exited());
  EXPECT_TRUE(uplink_.Known(7).counting());
  EXPECT_EQ(uplink_.Known(7).counters().http_requests(), 42u);

  uplink_.Disconnect();
  const size_t acknowledged = uplink_.reports.size();
  uplink_.Connect();
  EXPECT_EQ(uplink_.Mentions(7, acknowledged), 0);  // acknowledged, and so forgotten
}

TEST_F(AgentTest, TotalsNeverFallWhenAProcessIsWatchedAgain) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  counters_.totals[7].http_requests = 5;
  uplink_.Direct({});
  uplink_.Direct({"web"});
  counters_.totals[7].http_requests = 8;  // the kernel's count began anew
  Pass(absl::Seconds(1));
  EXPECT_TRUE(uplink_.Known(7).counting());
  EXPECT_EQ(uplink_.Known(7).counters().http_requests(), 13u);
}

TEST_F(AgentTest, FinalTotalsThatComeAfterTheWatchEndedAreNotCountedTwice) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  counters_.totals[7].http_requests = 5;
  Pass(absl::Seconds(1));
  ProcessReading final_totals = counters_.totals[7];
  final_totals.exited = true;
  uplink_.Direct({});
  counters_.exited = {final_totals};  // it had exited before it was unwatched
  Pass(absl::Seconds(1));
  EXPECT_TRUE(uplink_.Known(7).exited());
  EXPECT_EQ(uplink_.Known(7).counters().http_requests(), 5u);
}

TEST_F(AgentTest, DropsOfTheKernelAndOfTheAgentAreInEveryReport) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  counters_.drops = {{"slot_exhausted", 4}};
  counters_.Fork(7, 70, kStart + 1);
  counters_.totals[70].execs = 1;
  counters_.totals[70].exceptions = 2;
  counters_.Exit(70);
  Pass(absl::Seconds(2));
  std::map<std::string, uint64_t> drops;
  for (const auto& drop : uplink_.reports.back().drops()) drops[drop.site()] = drop.count();
  EXPECT_EQ(drops["slot_exhausted"], 4u);
  EXPECT_EQ(drops["unidentified_process"], 2u);
}

TEST_F(AgentTest, AHostThatCannotCountStaysConnectedAndReportsWhatRuns) {
  FakeUplink uplink;
  Agent agent({&processes_, nullptr, &uplink, &clock_}, {"boot", 78}, "");
  uplink.listener = &agent;
  processes_.Start(7, kStart, ruby_, "web");
  uplink.Connect();
  agent.Tick();
  uplink.Direct({"web"});
  agent.Tick();
  EXPECT_EQ(uplink.Known(7).process().pid(), 7u);
  EXPECT_FALSE(uplink.Known(7).counting());
  agent.Stop();
}

}  // namespace
}  // namespace haldane::agent
