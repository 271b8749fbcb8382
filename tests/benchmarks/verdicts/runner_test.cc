#include "benchmarks/verdicts/runner.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>

#include "benchmarks/verdicts/claims/delays.h"
#include "benchmarks/verdicts/contestants.h"
#include "benchmarks/verdicts/oracle.h"

namespace haldane::benchmarks {
namespace {

Cell SomeCell(double ratio) {
  const NamedModel& model = FindNoiseModel("poisson_hi");
  Cell cell{.name = "some",
            .model = model.make,
            .setup = {.cohorts = {2, 3}, .harm = {.ratio = ratio}, .before = 60},
            .seconds = 400,
            .runs = 5,
            .judges = Peers(model)};
  for (const Mode mode : {Mode::kCold, Mode::kPrePeriod}) cell.judges.push_back(Engine(mode, model));
  return cell;
}

TEST(RunnerTest, DoesNotDependOnThreads) {
  const CellTraces one = RunCell(SomeCell(1.5), {1});
  const CellTraces three = RunCell(SomeCell(1.5), {3});
  ASSERT_EQ(one.size(), three.size());
  for (std::size_t j = 0; j < one.size(); ++j) {
    for (std::size_t run = 0; run < one[j].size(); ++run) {
      EXPECT_EQ(one[j][run].stopped, three[j][run].stopped);
      ASSERT_EQ(one[j][run].peaks.size(), three[j][run].peaks.size());
      for (std::size_t p = 0; p < one[j][run].peaks.size(); ++p) {
        EXPECT_EQ(one[j][run].peaks[p].score, three[j][run].peaks[p].score);
      }
    }
  }
}

TEST(RunnerTest, AJudgeDoesNotChangeWhatOthersSee) {
  Cell cell = SomeCell(1.5);
  const CellTraces together = RunCell(cell, {1});
  cell.judges = {cell.judges[3]};
  const CellTraces alone = RunCell(cell, {1});
  EXPECT_EQ(alone[0][4].peaks.back().score, together[3][4].peaks.back().score);
}

// A judge's own rule and its stop score against its own bound are one.
TEST(RunnerTest, OwnRulesAgreeWithTheirBounds) {
  const CellTraces traces = RunCell(SomeCell(6), {2});
  const double infinity = std::numeric_limits<double>::infinity();
  const double bounds[] = {1, 2, 1, -std::log(0.01), 2.3263478740408408, -std::log(0.01), -std::log(0.01)};
  for (std::size_t j = 0; j < traces.size(); ++j) {
    for (const Trace& trace : traces[j]) {
      EXPECT_GT(trace.stopped, 0) << j;
      EXPECT_EQ(trace.StoppedAt(bounds[j]), trace.stopped) << j;
      EXPECT_EQ(trace.StoppedAt(infinity), 0);
    }
  }
}

class KeptCellsTest : public ::testing::Test {
 protected:
  KeptCellsTest() : folder_(::testing::TempDir() + "kept_cells") { std::filesystem::remove_all(folder_); }
  ~KeptCellsTest() override { std::filesystem::remove_all(folder_); }

  // Runs a study of three numbers and tells how many were run, not found.
  int Run(const std::string& key, CellTraces& traces) {
    std::atomic<int> run = 0;
    traces = RunMany(key, 1, 3, {1, folder_}, [&](int number, CellTraces& all) {
      ++run;
      all[0][number] = {.peaks = {{number, 0.5f}}, .stopped = 7, .proceeded = number};
    });
    return run;
  }

  std::string folder_;
};

TEST_F(KeptCellsTest, AFinishedCellIsNotRunAgain) {
  CellTraces first;
  CellTraces again;
  EXPECT_EQ(Run("cell", first), 3);
  EXPECT_EQ(Run("cell", again), 0);
  ASSERT_EQ(again.size(), 1u);
  ASSERT_EQ(again[0].size(), 3u);
  EXPECT_EQ(again[0][2].proceeded, 2);
  EXPECT_EQ(again[0][2].stopped, 7);
  ASSERT_EQ(again[0][2].peaks.size(), 1u);
  EXPECT_EQ(again[0][2].peaks[0].time, 2);
  EXPECT_EQ(again[0][2].peaks[0].score, 0.5f);
}

TEST_F(KeptCellsTest, AnotherCellIs) {
  CellTraces traces;
  Run("cell", traces);
  EXPECT_EQ(Run("another", traces), 3);
}

TEST_F(KeptCellsTest, AFileCutShortIsAsGoodAsNone) {
  CellTraces traces;
  Run("cell", traces);
  const auto file = std::filesystem::directory_iterator(folder_)->path();
  for (const std::uintmax_t size :
       {std::filesystem::file_size(file) - 1, std::uintmax_t{9}, std::uintmax_t{0}}) {
    std::filesystem::resize_file(file, size);
    EXPECT_EQ(Run("cell", traces), 3) << size;
  }
}

Trace TraceOf(std::initializer_list<Trace::Peak> peaks, int stopped = 0) {
  return {.peaks = peaks, .stopped = stopped};
}

TEST(DelaysTest, CountsMissesAsTheHorizonAndLeavesOutEarlyStops) {
  const std::vector<Trace> traces = {TraceOf({{10, 1}, {130, 5}}), TraceOf({{150, 3}}), TraceOf({{120, 1}}),
                                     TraceOf({{90, 9}})};
  const Delays delays = DelaysAt(traces, 2, 100, 400);
  EXPECT_EQ(delays.runs, 3);
  EXPECT_EQ(delays.stopped, 2);
  EXPECT_DOUBLE_EQ(delays.mean, (30 + 50 + 400) / 3.0);
  EXPECT_EQ(delays.median, 50);
  EXPECT_EQ(delays.p90, 400);
}

TEST(DelaysTest, FindsTheLeastBoundForARateOfFalseStops) {
  std::vector<Trace> traces;
  for (int i = 1; i <= 200; ++i) traces.push_back(TraceOf({{5, static_cast<float>(i)}}));
  const double bound = BoundForFalseStops(traces, 0.01);
  EXPECT_EQ(bound, 198);
  EXPECT_EQ(StopsAt(traces, bound), 2);
}

TEST(DelaysTest, SaysWhenTooFewWereFound) {
  EXPECT_EQ(MedianAndPower({.runs = 10, .stopped = 10, .median = 152}), "152 s");
  EXPECT_EQ(MedianAndPower({.runs = 10, .stopped = 7, .median = 240}), "240 s (70 %)");
  EXPECT_EQ(MedianAndPower({.runs = 10, .stopped = 4, .median = 1800}), "- (40 %)");
}

TEST(OracleTest, BoundAgreesWithPublishedSeconds) {
  EXPECT_NEAR(WaldSeconds(2, {5, 5}, 0.05, 0.01), 108.421337115, 1e-8);
  EXPECT_NEAR(WaldSeconds(3, {3, 10}, 0.01, 0.01), 172.013924759, 1e-8);
  EXPECT_NEAR(WaldSeconds(2, {5, 5}, RateForWaldSeconds(2, {5, 5}, 200, 0.01), 0.01), 200, 1e-9);
}

TEST(OracleTest, ComesCloseToItsBound) {
  Cell cell{
      .name = "oracle",
      .model = FindNoiseModel("poisson").make,
      .setup = {.cohorts = {5, 5}, .harm = {.ratio = 2}, .rate = RateForWaldSeconds(2, {5, 5}, 200, 0.01)},
      .seconds = 2000,
      .runs = 100,
      .judges = {{"oracle", [] { return std::make_unique<OracleSprt>(2, 0.01); }, 4.7}}};
  const Delays delays = DelaysByOwnRule(RunCell(cell, {2})[0], 0, 2000);
  EXPECT_GT(delays.mean, 170);
  EXPECT_LT(delays.mean, 260);
}

}  // namespace
}  // namespace haldane::benchmarks
