#include "agent/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/fakes/fake_process_counters.h"
#include "tests/fakes/fake_ruby_processes.h"
#include "tests/fakes/fake_uplink.h"
#include "tests/fakes/simulated_clock.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::FakeProcessCounters;
using ::haldane::testing::FakeRubyProcesses;
using ::haldane::testing::FakeUplink;
using ::haldane::testing::SimulatedClock;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr uint64_t kStart = 100'000'000'000;  // a process's start: 100 s after boot

class AgentTest : public ::testing::Test {
 protected:
  AgentTest()
      : kill_switch_(absl::StrCat(::testing::TempDir(), "/kill-", getpid())),
        agent_({&processes_, &counters_, &uplink_, &clock_}, {"boot", 77}, kill_switch_) {
    unlink(kill_switch_.c_str());
    uplink_.listener = &agent_;
    ruby_ = processes_.AddBinary("ruby", haldane::v1::PROBE_SOURCE_SYMBOL);
  }
  ~AgentTest() override { unlink(kill_switch_.c_str()); }

  // Lets time pass as the daemon does.
  void Pass(absl::Duration time) {
    for (absl::Duration passed; passed < time; passed += Agent::kTick) {
      clock_.Advance(Agent::kTick);
      agent_.Tick();
    }
  }
  void ConnectAndDirect(const std::vector<std::string>& services) {
    uplink_.Connect();
    agent_.Tick();
    uplink_.Direct(services);
    Pass(absl::Seconds(1));
  }

  const std::string kill_switch_;
  SimulatedClock clock_;
  FakeRubyProcesses processes_;
  FakeProcessCounters counters_;
  FakeUplink uplink_;
  Agent agent_;
  BinaryKey ruby_;
};

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

TEST_F(AgentTest, TotalsNeverFallWhenAProcessIsWatchedAgain) {
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  counters_.totals[7].http_requests = 5;
  uplink_.Direct({});
  uplink_.Direct({"web"});
  counters_.totals[7].http_requests = 2;  // the kernel's count began anew
  Pass(absl::Seconds(1));
  EXPECT_TRUE(uplink_.Known(7).counting());
  EXPECT_EQ(uplink_.Known(7).counters().http_requests(), 7u);
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
  EXPECT_FALSE(uplink_.Known(7).exited());
}

TEST_F(AgentTest, AProcessThatExecsAnotherRubyIsCountedOnceThatHasItsProbe) {
  const BinaryKey newer = processes_.AddBinary("newer", haldane::v1::PROBE_SOURCE_DISASSEMBLY);
  processes_.Start(7, kStart, ruby_, "web");
  ConnectAndDirect({"web"});
  counters_.totals[7].http_requests = 5;
  processes_.running[7].binary = newer;
  counters_.lifecycle.push_back({LifecycleEvent::Kind::kExec, 7});
  Pass(absl::Seconds(1));
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
