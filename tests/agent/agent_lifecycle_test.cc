#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/agent_fixture.h"

namespace haldane::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(AgentTest, AForkedWorkerIsReportedThoughItEndsBeforeAnyScan) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  counters_.Fork(7, 70, kStart + 1);
  counters_.totals[70].exceptions = 3;
  counters_.totals[70].exceptions_other = 3;
  counters_.Exit(70);
  Pass(absl::Seconds(1));
  EXPECT_TRUE(uplink_.Known(70).exited());
  EXPECT_EQ(uplink_.Known(70).counters().exceptions(), 3u);
  EXPECT_EQ(uplink_.Known(70).labels(1).value(), "web");
}

TEST_F(AgentTest, AForkThatDidNothingIsNotReported) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  counters_.Fork(7, 70, kStart + 1);
  counters_.Exit(70);
  Pass(absl::Seconds(2));
  EXPECT_EQ(uplink_.Mentions(70, 0), 0);
}

TEST_F(AgentTest, AForkThatBecameSomethingElseIsUnwatched) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  counters_.Fork(7, 70, kStart + 1);
  counters_.totals[70].execs = 1;  // `sleep 60`: discovery does not know it
  Pass(absl::Seconds(8));
  EXPECT_THAT(counters_.watched, ElementsAre(7));
  EXPECT_EQ(uplink_.Mentions(70, 0), 0);
}

TEST_F(AgentTest, AWatchedProcessThatBecameSomethingElseIsUnwatchedAndFinal) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  counters_.totals[7].http_requests = 5;
  processes_.running.erase(7);
  counters_.lifecycle.push_back({LifecycleEvent::Kind::kExec, 7});
  Pass(absl::Seconds(3));
  EXPECT_THAT(counters_.watched, IsEmpty());
  EXPECT_TRUE(uplink_.Known(7).exited());
  EXPECT_EQ(uplink_.Known(7).counters().http_requests(), 5u);
}

TEST_F(AgentTest, AProcessMissedByOneScanIsNotGone) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  const RubyProcess process = processes_.running[7];
  const int scans = processes_.scans;
  processes_.running.erase(7);  // in the middle of exec it maps nothing
  counters_.lifecycle.push_back({LifecycleEvent::Kind::kExec, 7});
  while (processes_.scans == scans) Pass(Agent::kTick);
  processes_.running[7] = process;
  Pass(absl::Seconds(8));
  EXPECT_TRUE(uplink_.Known(7).counting());
  EXPECT_FALSE(uplink_.WasFinal(7, kStart));
}

TEST_F(AgentTest, AProcessThatIsNotCountedIsToldToBeGoneSoonAfterTheSweepThatMissesIt) {
  processes_.Start(7, kStart, ruby_, "web");
  processes_.Start(8, kStart, ruby_, "web");
  uplink_.Connect();
  Pass(absl::Seconds(1));
  processes_.running.erase(7);
  Pass(absl::Seconds(7));
  EXPECT_TRUE(uplink_.WasFinal(7, kStart));
}

TEST_F(AgentTest, APidReusedBetweenTwoSweepsIsAnotherProcess) {
  processes_.Start(7, kStart, ruby_, "web");
  uplink_.Connect();
  Pass(absl::Seconds(1));
  processes_.Start(7, kStart + 1000, ruby_, "jobs");
  Pass(absl::Seconds(6));
  EXPECT_TRUE(uplink_.WasFinal(7, kStart));
  EXPECT_FALSE(uplink_.WasFinal(7, kStart + 1000));
  EXPECT_EQ(uplink_.Known(7).process().start_ns(), kStart + 1000);
}

TEST_F(AgentTest, AProcessThatExecsAnotherRubyIsCountedOnceThatHasItsProbe) {
  const BinaryKey newer = processes_.AddBinary("newer", haldane::v1::PROBE_SOURCE_DISASSEMBLY);
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  counters_.totals[7].http_requests = 5;
  processes_.running[7].binary = newer;
  counters_.lifecycle.push_back({LifecycleEvent::Kind::kExec, 7});
  counters_.on_raise = absl::NotFoundError("not just now");
  Pass(absl::Seconds(1));
  EXPECT_FALSE(uplink_.Known(7).counting());
  counters_.on_raise = absl::OkStatus();
  Pass(absl::Seconds(6));
  EXPECT_THAT(counters_.calls, Contains("raise newer:2:4096"));
  EXPECT_THAT(counters_.raises, SizeIs(1));  // nobody runs the old one any more
  EXPECT_TRUE(uplink_.Known(7).counting());
  EXPECT_EQ(uplink_.Known(7).exception_source(), haldane::v1::PROBE_SOURCE_DISASSEMBLY);
  EXPECT_EQ(uplink_.Known(7).counters().http_requests(), 5u);
}

TEST_F(AgentTest, AReusedPidIsAnotherProcess) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  counters_.totals[7].http_requests = 5;
  counters_.Exit(7);
  processes_.Start(7, kStart + 1000, ruby_, "web", "def456");
  const size_t before = uplink_.reports.size();
  Pass(absl::Seconds(6));

  haldane::v1::ProcessSample old;
  for (size_t i = before; i < uplink_.reports.size(); ++i) {
    for (const auto& sample : uplink_.reports[i].processes()) {
      if (sample.process().start_ns() == kStart) old = sample;
    }
  }
  EXPECT_TRUE(old.exited());
  EXPECT_EQ(old.counters().http_requests(), 5u);
  EXPECT_EQ(uplink_.Known(7).process().start_ns(), kStart + 1000);
  EXPECT_EQ(uplink_.Known(7).counters().http_requests(), 0u);
  EXPECT_TRUE(uplink_.Known(7).counting());
}

TEST_F(AgentTest, ANewProcessIsSeenSoonAfterItsExec) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  processes_.Start(9, kStart, ruby_, "web");
  counters_.lifecycle.push_back({LifecycleEvent::Kind::kExec, 9});
  Pass(absl::Milliseconds(600));
  EXPECT_TRUE(uplink_.Known(9).counting());
}

TEST_F(AgentTest, WhileNothingIsFoundItLooksEverySecondThenEveryFive) {
  uplink_.Connect();
  Pass(absl::Seconds(10));
  EXPECT_GE(processes_.scans, 9);
  processes_.Start(7, kStart, ruby_, "web");
  Pass(absl::Seconds(2));
  const int before = processes_.scans;
  Pass(absl::Seconds(20));
  EXPECT_LE(processes_.scans - before, 5);
}

}  // namespace
}  // namespace haldane::agent
