#include "stats/distribution_signal.h"

#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "split_fixture.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

constexpr int kLatencyHosts = 6;  // the first half on the canary

// Log-normal latencies in microseconds, 20 requests a host and tick.
class LatencyService {
 public:
  explicit LatencyService(std::uint64_t seed, double factor = 1) : random_(seed), factor_(factor) {}

  // Calls `use` with one tick.
  template <typename Use>
  void Tick(bool old_revision, const Use& use) {
    std::vector<std::vector<BucketCount>> counts(kLatencyHosts);
    std::vector<HostBuckets> hosts;
    for (int h = 0; h < kLatencyHosts; ++h) {
      std::vector<double> histogram(201, 0);
      for (int i = 0; i < 20; ++i) {
        const double scale = 50000 * (h < kLatencyHosts / 2 && !old_revision ? factor_ : 1);
        const double value = scale * std::exp(std::normal_distribution<double>(0, 0.6)(random_));
        ++histogram[LogLinearBuckets(3).Index(static_cast<std::uint64_t>(value))];
      }
      for (int b = 0; b < 201; ++b) {
        if (histogram[b] > 0) counts[h].push_back({b, histogram[b]});
      }
      hosts.push_back({h, counts[h]});
    }
    use(hosts);
  }
  void Before(DistributionSignal& signal, int ticks) {
    for (int t = 0; t < ticks; ++t) {
      Tick(true, [&](const std::vector<HostBuckets>& hosts) { signal.ObserveBefore(hosts); });
    }
  }
  void Rollout(DistributionSignal& signal, int ticks) {
    for (int t = 0; t < ticks; ++t) {
      Tick(false, [&](const std::vector<HostBuckets>& hosts) { signal.Observe(hosts); });
    }
  }

 private:
  std::mt19937_64 random_;
  double factor_;
};

DistributionSignal SixHosts(const DistributionSignal::Options& options = {}) {
  DistributionSignal signal(options);
  for (int h = 0; h < kLatencyHosts; ++h) signal.AddHost(h < kLatencyHosts / 2 ? kC : kB);
  return signal;
}

TEST(DistributionSignalTest, SaysNothingWithoutData) {
  const DistributionSignal signal = SixHosts();
  EXPECT_EQ(signal.HarmEvidence(), 0);
  EXPECT_EQ(signal.ClearEvidence(0.05), 0);
  EXPECT_EQ(signal.Threshold(0), 0);
  EXPECT_EQ(signal.Estimate(kC, 0.5), 0);
}

TEST(DistributionSignalTest, AShiftIsHarmAndItsSizeIsSaid) {
  DistributionSignal signal = SixHosts();
  LatencyService service(1, 1.5);
  service.Before(signal, 120);
  service.Rollout(signal, 120);
  EXPECT_GT(signal.HarmEvidence(), std::log(100));
  EXPECT_LT(signal.ClearEvidence(0.05), 0);
  for (const double q : {0.5, 0.99}) {
    EXPECT_NEAR(signal.Estimate(kC, q) / signal.Estimate(kB, q), 1.5, 0.15) << q;
  }
  EXPECT_GT(signal.Quantile(0).Interval(0.05).low, 1);
  EXPECT_GT(signal.Whole().HarmEvidence(), 0);
}

TEST(DistributionSignalTest, TheSameDistributionIsClear) {
  DistributionSignal signal = SixHosts({.tolerate_ratio = 1.3});
  LatencyService service(2);
  service.Before(signal, 300);
  service.Rollout(signal, 300);
  EXPECT_LT(signal.HarmEvidence(), 0);
  EXPECT_GT(signal.ClearEvidence(0.05), std::log(40));
  EXPECT_LT(signal.Quantile(1).Interval(0.1).high, 1);
}

TEST(DistributionSignalTest, AShiftWithinToleranceIsNotHarm) {
  DistributionSignal signal = SixHosts({.tolerate_ratio = 1.5});
  LatencyService service(3, 1.3);
  service.Before(signal, 300);
  service.Rollout(signal, 300);
  EXPECT_LT(signal.HarmEvidence(), 0);
}

TEST(DistributionSignalTest, ThresholdsAreTheBaselinesQuantilesAndStayWhereTheyAre) {
  DistributionSignal signal = SixHosts();
  LatencyService service(4, 3);
  service.Before(signal, 300);
  const double median = signal.Threshold(0);
  EXPECT_NEAR(median, 50000, 2500);
  EXPECT_NEAR(signal.Threshold(1), 50000 * std::exp(0.6 * 2.3263), 20000);
  service.Rollout(signal, 60);
  EXPECT_EQ(signal.Threshold(0), median);
}

// Without a time before the rollout, the baseline's first values say what to
// compare by, and are then not compared.
TEST(DistributionSignalTest, ThresholdsWithoutAPastComeFromTheBaselineAlone) {
  DistributionSignal signal = SixHosts();
  LatencyService service(5, 4);
  service.Rollout(signal, 1);
  EXPECT_NEAR(signal.Threshold(0), 50000, 15000);
  EXPECT_EQ(signal.Threshold(1), 0);
  EXPECT_EQ(signal.Quantile(0).Sums(kC).exposure, 0);
  service.Rollout(signal, 60);
  EXPECT_GT(signal.Threshold(1), 0);
  EXPECT_GT(signal.HarmEvidence(), std::log(100));
}

// Neither the median nor the 99th percentile moves: only the whole sees it.
TEST(DistributionSignalTest, TheWholeSeesWhatNoThresholdDoes) {
  DistributionSignal signal = SixHosts({.tolerate_ratio = 1});
  const auto tick = [&](bool before) {
    const std::vector<BucketCount> old = {{50, 12}, {60, 8}, {70, 12}, {80, 8}};
    const std::vector<BucketCount> slower = {{50, 2}, {60, 18}, {70, 2}, {80, 18}};
    std::vector<HostBuckets> hosts;
    for (int h = 0; h < kLatencyHosts; ++h)
      hosts.push_back({h, h < kLatencyHosts / 2 && !before ? slower : old});
    before ? signal.ObserveBefore(hosts) : signal.Observe(hosts);
  };
  for (int t = 0; t < 60; ++t) tick(true);
  for (int t = 0; t < 120; ++t) tick(false);
  EXPECT_LT(signal.Quantile(0).HarmEvidence(), std::log(3));
  EXPECT_GT(signal.Whole().HarmEvidence(), std::log(100));
  EXPECT_GT(signal.HarmEvidence(), std::log(100));
}

TEST(DistributionSignalTest, HistogramsCanBeRead) {
  DistributionSignal signal = SixHosts();
  const std::vector<BucketCount> counts = {{7, 2}, {9, 1}, {500, 3}, {-1, 3}, {8, -1}};
  signal.ObserveBefore({{0, counts}});
  signal.Observe({{0, counts}, {5, counts}, {6, counts}, {-1, counts}});
  EXPECT_EQ(signal.Histogram(kC)[7], 2);
  EXPECT_EQ(signal.Histogram(kB)[9], 1);
  EXPECT_EQ(signal.HistogramBefore()[7], 2);
  EXPECT_EQ(CountFrom(signal.Histogram(kC), 0), 3);
}

TEST(DistributionSignalTest, OneValueForAllIsStillJudged) {
  DistributionSignal same = SixHosts();
  DistributionSignal slower = SixHosts();
  const std::vector<BucketCount> usual = {{60, 20}};
  const std::vector<BucketCount> slow = {{70, 20}};
  std::vector<HostBuckets> hosts;
  for (int h = 0; h < kLatencyHosts; ++h) hosts.push_back({h, usual});
  for (int t = 0; t < 60; ++t) {
    same.ObserveBefore(hosts);
    slower.ObserveBefore(hosts);
  }
  for (int t = 0; t < 300; ++t) {
    for (int h = 0; h < kLatencyHosts / 2; ++h) hosts[h].counts = usual;
    same.Observe(hosts);
    for (int h = 0; h < kLatencyHosts / 2; ++h) hosts[h].counts = slow;
    slower.Observe(hosts);
  }
  EXPECT_GT(slower.HarmEvidence(), std::log(100));
  EXPECT_LT(same.HarmEvidence(), 0);
  EXPECT_GT(same.ClearEvidence(0.05), std::log(40));
}

TEST(DistributionSignalTest, HaltsFewFleetsWithoutReason) {
  int halts = 0;
  for (int run = 0; run < 40; ++run) {
    DistributionSignal signal = SixHosts({.tolerate_ratio = 1});
    LatencyService service(100 + static_cast<std::uint64_t>(run));
    service.Before(signal, 30);
    bool halted = false;
    for (int look = 0; look < 20 && !halted; ++look) {
      service.Rollout(signal, 6);
      halted = signal.HarmEvidence() >= std::log(20);
    }
    halts += halted;
  }
  EXPECT_LE(halts, 6);  // exceeded with probability 0.3 % at a true 5 %
}

}  // namespace
}  // namespace haldane::stats
