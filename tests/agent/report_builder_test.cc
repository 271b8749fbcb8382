#include "agent/report_builder.h"

#include <gtest/gtest.h>

#include <set>

namespace haldane::agent {
namespace {

using haldane::v1::ProcessSample;
using haldane::v1::Report;

ProcessSample Sample(uint32_t pid, uint64_t requests, bool exited = false) {
  ProcessSample sample;
  sample.mutable_process()->set_pid(pid);
  sample.mutable_process()->set_start_ns(1'000'000'000);
  sample.mutable_counters()->set_http_requests(requests);
  sample.set_exited(exited);
  return sample;
}

class ReportBuilderTest : public ::testing::Test {
 protected:
  Report Build() { return builder_.Build(absl::FromUnixNanos(1'500'000'000), absl::Seconds(11)); }

  Drops drops_;
  ReportBuilder builder_{9, &drops_};
};

TEST_F(ReportBuilderTest, CarriesEpochSequenceTimeAndAge) {
  builder_.Update(Sample(7, 1));
  const Report report = Build();
  EXPECT_EQ(report.epoch(), 9u);
  EXPECT_EQ(report.sequence(), 1u);
  EXPECT_EQ(report.read_at().seconds(), 1);
  EXPECT_EQ(report.read_at().nanos(), 500'000'000);
  ASSERT_EQ(report.processes_size(), 1);
  EXPECT_EQ(report.processes(0).age_ms(), 10'000u);
  EXPECT_EQ(Build().sequence(), 2u);
}

TEST_F(ReportBuilderTest, RepeatsUntilAcknowledged) {
  builder_.Update(Sample(7, 1));
  EXPECT_EQ(Build().processes_size(), 1);
  EXPECT_EQ(Build().processes_size(), 1);
  builder_.Acknowledge(1);
  EXPECT_EQ(Build().processes_size(), 0);
}

TEST_F(ReportBuilderTest, AnAcknowledgementOfAnOlderStateIsNotOneOfTheNewer) {
  builder_.Update(Sample(7, 1));
  Build();
  builder_.Update(Sample(7, 2));
  builder_.Acknowledge(1);
  const Report report = Build();
  ASSERT_EQ(report.processes_size(), 1);
  EXPECT_EQ(report.processes(0).counters().http_requests(), 2u);
}

TEST_F(ReportBuilderTest, IgnoresAcknowledgementsOfWhatWasNeverSent) {
  builder_.Update(Sample(7, 1));
  Build();
  builder_.Acknowledge(1'000'000);
  EXPECT_EQ(Build().processes_size(), 1);
}

TEST_F(ReportBuilderTest, ANewStreamBeginsWithEverythingAlive) {
  builder_.Update(Sample(7, 1));
  builder_.Update(Sample(8, 1, /*exited=*/true));
  Build();
  builder_.Acknowledge(1);
  EXPECT_EQ(builder_.size(), 1u);  // the exited one is forgotten
  builder_.BeginStream();
  EXPECT_TRUE(builder_.has_unsent());
  EXPECT_EQ(Build().processes_size(), 1);
}

TEST_F(ReportBuilderTest, AProcessThatCameAndWentUnheardAndUncountedIsNotMentioned) {
  ProcessSample sample = Sample(7, 0);
  sample.clear_counters();
  builder_.Update(sample);
  sample.set_exited(true);
  builder_.Update(sample);
  EXPECT_EQ(Build().processes_size(), 0);
  EXPECT_EQ(builder_.size(), 0u);
}

TEST_F(ReportBuilderTest, AReportIsBoundedAndNobodyWaitsForEver) {
  constexpr int kProcesses = 1000;
  const auto update_all = [&](uint64_t requests) {
    for (uint32_t pid = 1; pid <= kProcesses; ++pid) {
      ProcessSample sample = Sample(pid, requests);
      for (int i = 0; i < 64; ++i) sample.mutable_counters()->add_classes()->set_name(std::string(120, 'x'));
      builder_.Update(sample);
    }
  };
  std::set<uint32_t> heard;
  for (uint64_t round = 1; round <= 5; ++round) {
    update_all(round);  // all of them change all the time
    const Report report = Build();
    EXPECT_LT(report.ByteSizeLong(), 3u << 20);
    builder_.Acknowledge(report.sequence());
    for (const ProcessSample& sample : report.processes()) heard.insert(sample.process().pid());
  }
  EXPECT_EQ(heard.size(), static_cast<size_t>(kProcesses));
}

TEST_F(ReportBuilderTest, ExitsThatNobodyAcknowledgesAreBoundedAndAccountedFor) {
  for (uint32_t pid = 1; pid <= 2000; ++pid) builder_.Update(Sample(pid, 3, /*exited=*/true));
  EXPECT_EQ(builder_.size(), 1024u);
  const Report report = Build();
  EXPECT_EQ(drops_.Totals()["response_exit_unreported"], 3u * (2000 - 1024));
  EXPECT_EQ(report.drops_size(), 2);
}

}  // namespace
}  // namespace haldane::agent
