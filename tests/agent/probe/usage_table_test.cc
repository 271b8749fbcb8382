// What is read in /proc of a real child, against what the child knows of itself.
#include "agent/probe/usage_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/agent/ruby_process_fixture.h"

namespace haldane::agent {
namespace {

class UsageTableTest : public ::testing::Test {
 protected:
  UsageTableTest() {
    readings_.resize(1);
    readings_[0].pid = child_.pid();
    readings_[0].start_ns = StartOf(child_.pid());
    table_.Begin(child_.pid(), readings_[0].start_ns);
  }
  // Looks, so much later than before.
  const ProcessReading& Look() {
    now_ += UsageTable::kEvery;
    table_.Refresh(now_, ++version_, &readings_);
    return readings_[0];
  }
  std::string Run(const std::string& line) {
    child_.WriteLine(line);
    return child_.ReadLine();
  }

  ChildProcess child_{{"ruby", "-e", "$stdout.sync = true; while (l = gets); puts(eval(l).to_s); end"}};
  UsageTable table_;
  std::vector<ProcessReading> readings_;
  absl::Duration now_ = absl::Hours(1);
  uint64_t version_ = 0;
};

TEST_F(UsageTableTest, LevelsAreThoseOfTheProcess) {
  Run("1");
  const ProcessLevels before = Look().levels.value();
  Run("$files = 10.times.map { File.open('/dev/null') }; $threads = 3.times.map { Thread.new { sleep } }; 1");
  Run("$memory = 'x' * 50_000_000; 1");
  const ProcessLevels after = Look().levels.value();
  EXPECT_EQ(after.fds, before.fds + 10);
  EXPECT_EQ(after.fds, std::stoul(Run("Dir.children('/proc/self/fd').size - 1")));
  EXPECT_EQ(after.threads, std::stoul(Run("Dir.children('/proc/self/task').size")));
  EXPECT_GE(after.rss_bytes, before.rss_bytes + 45'000'000);
}

TEST_F(UsageTableTest, ProcessorTimeCountsFromTheBeginning) {
  Run("t = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) + 0.2; nil while "
      "Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) < t; 1");
  const double mark = std::stod(Run("Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)"));
  const uint64_t first = Look().counts.cpu_us;
  EXPECT_LE(first, (mark + 1) * 1e6);
  UsageTable late;
  late.Begin(child_.pid(), readings_[0].start_ns);
  Run("t = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) + 0.2; nil while "
      "Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) < t; 1");
  EXPECT_GE(Look().counts.cpu_us, first + 150'000) << "of 200,000, in clock ticks";
}

TEST_F(UsageTableTest, MajorFaultsAreThoseSinceTheBeginning) {
  const std::string faults = "File.read('/proc/self/stat').split(') ').last.split[9]";
  const uint64_t at_begin = std::stoull(Run(faults));
  UsageTable table;
  std::vector<ProcessReading> readings(1);
  readings[0].pid = child_.pid();
  readings[0].start_ns = readings_[0].start_ns;
  table.Begin(child_.pid(), readings[0].start_ns);
  const uint64_t now = std::stoull(Run(faults));
  table.Refresh(now_, 1, &readings);
  EXPECT_EQ(readings[0].counts.major_faults, now - at_begin);
  table.Finish(at_begin + 1000, 0, &readings[0]);
  EXPECT_GE(readings[0].counts.major_faults, 999u);
}

TEST_F(UsageTableTest, TotalsNeverFall) {
  readings_[0].counts.cpu_us = 1'000'000'000;
  readings_[0].counts.major_faults = 1'000'000;
  Look();
  EXPECT_EQ(readings_[0].counts.cpu_us, 1'000'000'000u);
  EXPECT_EQ(readings_[0].counts.major_faults, 1'000'000u);
}

TEST_F(UsageTableTest, AProcessIsLookedAtEverySoOftenOnly) {
  Run("1");  // while it starts it has other files open
  Look();
  Run("$files = 10.times.map { File.open('/dev/null') }; 1");
  const uint32_t before = readings_[0].levels->fds;
  table_.Refresh(now_ + UsageTable::kEvery / 2, ++version_, &readings_);
  EXPECT_EQ(readings_[0].levels->fds, before);
  EXPECT_NE(readings_[0].version, version_) << "nothing changed";
  EXPECT_EQ(Look().levels->fds, before + 10);
  EXPECT_EQ(readings_[0].version, version_);
}

TEST_F(UsageTableTest, ManyProcessesAreLookedAtInTurn) {
  readings_.resize(3 * UsageTable::kLooks, readings_[0]);
  // Start times of other processes: looked at in vain, which costs the same.
  for (size_t i = 1; i < readings_.size(); ++i) readings_[i].start_ns += i * 10'000'000;
  for (int i = 0; i < 3; ++i) table_.Refresh(now_, ++version_, &readings_);
  EXPECT_TRUE(readings_[0].levels.has_value());
}

TEST_F(UsageTableTest, APidOfAnotherProcessIsLeftAlone) {
  readings_[0].start_ns += 10'000'000;
  Look();
  EXPECT_FALSE(readings_[0].levels.has_value());
}

}  // namespace
}  // namespace haldane::agent
