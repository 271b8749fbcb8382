#include "stats/drift_signal.h"

#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace haldane::stats {
namespace {

constexpr int kHosts = 3;  // a side

DriftSignal Fleet(double margin = 0) {
  DriftSignal signal({.margin = margin, .resolution = 0.01});
  for (int h = 0; h < kHosts; ++h) signal.AddHost(Cohort::kCanary);
  for (int h = 0; h < kHosts; ++h) signal.AddHost(Cohort::kBaseline);
  return signal;
}

void Simulate(DriftSignal& signal, std::mt19937_64& random, int windows, double leak, double spread = 0) {
  std::normal_distribution<double> normal;
  std::vector<double> slopes;
  for (int h = 0; h < 2 * kHosts; ++h) slopes.push_back(spread * normal(random) + (h < kHosts ? leak : 0));
  for (int w = 0; w < windows; ++w) {
    std::vector<HostIncrement> window;
    for (int h = 0; h < 2 * kHosts; ++h) window.push_back({h, slopes[h] + normal(random)});
    signal.Observe(window);
  }
}

TEST(DriftSignalTest, FindsALeakOfOneSigmaPerWindow) {
  std::mt19937_64 random(3);
  int found = 0;
  for (int run = 0; run < 50; ++run) {
    DriftSignal signal = Fleet();
    Simulate(signal, random, 60, 1);
    found += signal.HarmEvidence() >= std::log(100);
  }
  EXPECT_GE(found, 40);
}

TEST(DriftSignalTest, HaltsFewFleetsWhoseHostsDrift) {
  std::mt19937_64 random(5);
  int halts = 0;
  for (int run = 0; run < 100; ++run) {
    DriftSignal signal = Fleet();
    bool halted = false;
    std::normal_distribution<double> normal;
    std::vector<double> slopes;
    for (int h = 0; h < 2 * kHosts; ++h) slopes.push_back(0.3 * normal(random));
    for (int w = 0; w < 40; ++w) {
      std::vector<HostIncrement> window;
      for (int h = 0; h < 2 * kHosts; ++h) window.push_back({h, slopes[h] + normal(random)});
      signal.Observe(window);
      if (w % 4 == 3) halted |= signal.HarmEvidence() >= std::log(20);
    }
    halts += halted;
  }
  EXPECT_LE(halts, 11);  // exceeded with probability 0.4 % at a true 5 %
}

TEST(DriftSignalTest, LearnsTheNoiseAndNotTheSlopes) {
  std::mt19937_64 random(4);
  DriftSignal signal = Fleet();
  Simulate(signal, random, 200, 5, 3);
  EXPECT_NEAR(signal.Sigma(), 1, 0.3);
}

TEST(DriftSignalTest, AGaugeThatNeverMovesIsKnownToItsResolution) {
  DriftSignal signal = Fleet();
  for (int w = 0; w < 10; ++w) {
    std::vector<HostIncrement> window;
    for (int h = 0; h < 2 * kHosts; ++h) window.push_back({h, h < kHosts ? 1.0 : 0.0});
    signal.Observe(window);
  }
  EXPECT_EQ(signal.Sigma(), 0.01);
  EXPECT_GT(signal.HarmEvidence(), 0);
  EXPECT_TRUE(std::isfinite(signal.HarmEvidence()));
}

TEST(DriftSignalTest, HasNothingToSayBeforeItKnowsTheNoise) {
  DriftSignal signal = Fleet();
  EXPECT_EQ(signal.HarmEvidence(), 0);
  signal.Observe({{0, 100}, {1, 100}, {3, 0}});
  EXPECT_EQ(signal.HarmEvidence(), 0);
}

TEST(DriftSignalTest, HostsMayMissWindows) {
  std::mt19937_64 random(9);
  std::normal_distribution<double> normal;
  DriftSignal signal = Fleet();
  for (int w = 0; w < 40; ++w) {
    std::vector<HostIncrement> window;
    for (int h = 0; h < 2 * kHosts; ++h) {
      if ((w + h) % 5 != 0) window.push_back({h, normal(random)});
    }
    window.push_back({77, 1e9});
    signal.Observe(window);
  }
  EXPECT_NEAR(signal.Sigma(), 1, 0.5);
  EXPECT_LT(signal.HarmEvidence(), 1);
}

}  // namespace
}  // namespace haldane::stats
