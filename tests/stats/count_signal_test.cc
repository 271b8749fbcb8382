#include "stats/count_signal.h"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "split_fixture.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

constexpr CountSignal::Options kProportion = {.kind = CountSignal::Options::Kind::kProportion};

// Hosts 0..n-1 on the canary, n..2n-1 on the baseline.
CountSignal Fleet(int hosts_a_side, CountSignal::Options options = {}) {
  CountSignal signal(options);
  for (int h = 0; h < hosts_a_side; ++h) signal.AddHost(kC);
  for (int h = 0; h < hosts_a_side; ++h) signal.AddHost(kB);
  return signal;
}

std::vector<HostTick> Even(int hosts_a_side, double canary, double baseline, double exposure) {
  std::vector<HostTick> tick;
  for (int h = 0; h < 2 * hosts_a_side; ++h) {
    tick.push_back({h, h < hosts_a_side ? canary : baseline, exposure});
  }
  return tick;
}

TEST(CountSignalTest, SaysNothingWithoutData) {
  const CountSignal signal = Fleet(3);
  EXPECT_EQ(signal.HarmEvidence(), 0);
  EXPECT_EQ(signal.ClearEvidence(0.05), 0);
  EXPECT_EQ(signal.EvidenceWithout(0), 0);
  EXPECT_EQ(signal.Interval(0.05).high, kInfinity);
  EXPECT_EQ(signal.Sums(kC).hosts, 0);
}

TEST(CountSignalTest, ShowsHarmAndNotItsOpposite) {
  CountSignal signal = Fleet(4);
  for (int t = 0; t < 60; ++t) signal.Observe(Even(4, 6 + t % 3, 2 + t % 3, 20));
  EXPECT_GT(signal.HarmEvidence(), std::log(100));
  EXPECT_LT(signal.ClearEvidence(0.05), 0);
  EXPECT_GT(signal.Interval(0.01).low, 1.25);
  EXPECT_NEAR(signal.Interval(0.01).ratio, 7.0 / 3, 1e-9);
}

TEST(CountSignalTest, ShowsThatNothingChanged) {
  CountSignal signal = Fleet(4);
  for (int t = 0; t < 60; ++t) signal.Observe(Even(4, 2 + t % 3, 2 + (t + 1) % 3, 20));
  EXPECT_LT(signal.HarmEvidence(), 0);
  EXPECT_GT(signal.ClearEvidence(0.05), std::log(40));
  EXPECT_LT(signal.Interval(0.1).high, 1.25);
}

TEST(CountSignalTest, IntervalAndEvidenceNeverContradict) {
  for (const double canary : {2.0, 2.4, 2.8, 3.2, 4.0}) {
    CountSignal signal = Fleet(4);
    for (int t = 0; t < 40; ++t) signal.Observe(Even(4, canary, 2, 20));
    const double alpha = 0.01;
    const double missed = 0.05;
    EXPECT_EQ(signal.HarmEvidence() >= std::log(2 / alpha), signal.Interval(alpha).low > 1.25) << canary;
    EXPECT_EQ(signal.ClearEvidence(missed) >= std::log(2 / missed), signal.Interval(2 * missed).high < 1.25)
        << canary;
  }
}

// Reports of the two cohorts reach the controller in different seconds.
TEST(CountSignalTest, NothingIsLostWhenCohortsReportInTurns) {
  CountSignal together = Fleet(2, kProportion);
  CountSignal in_turns = Fleet(2, kProportion);
  for (int t = 0; t < 30; ++t) {
    const std::vector<HostTick> tick = Even(2, 3, 1, 20);
    together.Observe({});
    together.Observe(tick);
    in_turns.Observe(absl::MakeConstSpan(tick).subspan(0, 2));
    in_turns.Observe(absl::MakeConstSpan(tick).subspan(2, 2));
  }
  EXPECT_EQ(together.HarmEvidence(), in_turns.HarmEvidence());
  EXPECT_EQ(in_turns.Sums(kC).events, 180);
}

TEST(CountSignalTest, EventsWaitForTheirHostsExposure) {
  CountSignal late = Fleet(2, kProportion);
  CountSignal prompt = Fleet(2, kProportion);
  late.Observe({{0, 3, 0}, {1, 1, 20}, {2, 1, 20}, {3, 1, 20}});
  late.Observe({{0, 0, 20}, {1, 1, 20}, {2, 1, 20}, {3, 1, 20}});
  prompt.Observe({{1, 1, 20}, {2, 1, 20}, {3, 1, 20}});
  prompt.Observe({{0, 3, 20}, {1, 1, 20}, {2, 1, 20}, {3, 1, 20}});
  EXPECT_EQ(late.HarmEvidence(), prompt.HarmEvidence());
}

TEST(CountSignalTest, AHostThatIsMissingIsNotAHostWithoutEvents) {
  CountSignal missing = Fleet(3);
  CountSignal silent = Fleet(3);
  for (int t = 0; t < 60; ++t) {
    std::vector<HostTick> tick = Even(3, 3, 3, 20);
    tick[0].events = 0;
    silent.Observe(tick);
    missing.Observe(absl::MakeConstSpan(tick).subspan(1));
  }
  EXPECT_LT(silent.Interval(0.05).ratio, 0.7);
  EXPECT_NEAR(missing.Interval(0.05).ratio, 1, 1e-9);
  EXPECT_EQ(missing.Sums(kC).hosts, 2);
}

TEST(CountSignalTest, OneBurstOnOneHostDoesNotHalt) {
  CountSignal signal = Fleet(5);
  for (int t = 0; t < 120; ++t) {
    std::vector<HostTick> tick = Even(5, t % 2, (t + 1) % 2, 20);
    if (t == 60) tick[0].events = 5000;
    signal.Observe(tick);
  }
  EXPECT_LT(signal.HarmEvidence(), 0);
  EXPECT_EQ(signal.Sums(kC).events, 4 + 5000 + 5 * 60 - 4);
}

TEST(CountSignalTest, ACanaryDoesNotRaiseItsOwnCap) {
  CountSignal bad = Fleet(3);
  CountSignal worse = Fleet(3);
  for (int t = 0; t < 60; ++t) {
    bad.Observe(Even(3, 100, 1, 20));
    worse.Observe(Even(3, 10000, 1, 20));
  }
  EXPECT_EQ(bad.HarmEvidence(), worse.HarmEvidence());
}

TEST(CountSignalTest, ABurstIsNotCappedOnTheWayToPromotion) {
  CountSignal signal = Fleet(5, {.tolerate_ratio = 3});
  for (int t = 0; t < 120; ++t) {
    // Most of the canary's events come in a few bursts. Capped, they vanish.
    signal.Observe(Even(5, 1 + t % 2 + (t % 30 == 0 ? 500 : 0), 2 - t % 2, 20));
  }
  EXPECT_LT(signal.ClearEvidence(0.05), 0);
  EXPECT_GT(signal.Interval(0.05).ratio, 10);
}

TEST(CountSignalTest, AbsoluteToleranceClearsWhateverTheRatio) {
  CountSignal strict = Fleet(3);
  CountSignal tolerant = Fleet(3, {.tolerate_absolute = 0.001});
  for (int t = 0; t < 120; ++t) {
    std::vector<HostTick> tick = Even(3, 0, 0, 1000);
    if (t % 60 == 0) tick[0].events = 1;
    strict.Observe(tick);
    tolerant.Observe(tick);
  }
  EXPECT_LT(strict.ClearEvidence(0.05), std::log(40));
  EXPECT_GT(tolerant.ClearEvidence(0.05), std::log(40));
  EXPECT_EQ(strict.HarmEvidence(), tolerant.HarmEvidence());
}

// Of requests of which half fail, counts vary less than Poisson.
TEST(CountSignalTest, ProportionsMayVaryLessThanCounts) {
  CountSignal half = Fleet(4, kProportion);
  CountSignal few = Fleet(4, kProportion);
  for (int t = 0; t < 60; ++t) {
    half.Observe(Even(4, 12, 10, 20));
    few.Observe(Even(4, 12, 10, 2000));
  }
  const RatioInterval narrow = half.Interval(0.05);
  const RatioInterval wide = few.Interval(0.05);
  EXPECT_NEAR(narrow.ratio, wide.ratio, 1e-9);
  EXPECT_LT(narrow.high - narrow.low, 0.9 * (wide.high - wide.low));
}

// The change of revision is what the rollout is about, not noise in time.
TEST(CountSignalTest, TheStepFromThePastToTheRolloutIsNotDispersion) {
  CountSignal worse = Fleet(3);
  CountSignal better = Fleet(3);
  for (int t = 0; t < 512; ++t) {
    worse.ObserveBefore(Even(3, 5, 5, 20));
    better.ObserveBefore(Even(3, 5, 5, 20));
  }
  for (int t = 0; t < 512; ++t) {
    worse.Observe(Even(3, 15, 5, 20));
    better.Observe(Even(3, 1, 5, 20));
  }
  EXPECT_GT(worse.HarmEvidence(), 20);
  EXPECT_GT(better.ClearEvidence(0.05), 20);
}

// Hosts that always were worse are not worse for the new revision, and hosts
// that became worse are found though they are few.
TEST(CountSignalTest, ThePastOfTheSameHostsExplainsTheirDifferences) {
  for (const auto& [before, harmful] : {std::pair<double, bool>{9, false}, {3, true}}) {
    CountSignal with = Fleet(2);
    CountSignal without = Fleet(2);
    for (int t = 0; t < 300; ++t) with.ObserveBefore(Even(2, before + t % 2, 3 - t % 2, 20));
    for (int t = 0; t < 120; ++t) {
      const std::vector<HostTick> tick = Even(2, 9 + t % 2, 3 - t % 2, 20);
      with.Observe(tick);
      without.Observe(tick);
    }
    if (harmful) {
      EXPECT_GT(with.HarmEvidence(), std::log(100));
    } else {
      EXPECT_LT(with.HarmEvidence(), std::log(3));
      EXPECT_LT(with.Interval(0.05).low, 1.1);
      EXPECT_EQ(with.Sums(kC).events, without.Sums(kC).events);
    }
  }
}

TEST(CountSignalTest, HostsMayJoinLate) {
  CountSignal signal = Fleet(2);
  for (int t = 0; t < 30; ++t) signal.Observe(Even(2, 6, 2, 20));
  const double before = signal.HarmEvidence();
  const int late = signal.AddHost(kC);
  EXPECT_EQ(late, 4);
  for (int t = 0; t < 30; ++t) {
    std::vector<HostTick> tick = Even(2, 6, 2, 20);
    tick.push_back({late, 6, 20});
    signal.Observe(tick);
  }
  EXPECT_GT(signal.HarmEvidence(), before);
  EXPECT_EQ(signal.Sums(kC).hosts, 3);
}

TEST(CountSignalTest, TheOrderOfHostsInATickDoesNotMatter) {
  CountSignal forward = Fleet(3);
  CountSignal backward = Fleet(3);
  for (int t = 0; t < 40; ++t) {
    std::vector<HostTick> tick = Even(3, 0.1 + t % 3, t % 5, 5.1 + t % 4);
    for (HostTick& host : tick) host.exposure += 0.1 * host.host;
    forward.ObserveBefore(tick);
    backward.ObserveBefore(std::vector<HostTick>(tick.rbegin(), tick.rend()));
  }
  for (int t = 0; t < 40; ++t) {
    std::vector<HostTick> tick = Even(3, 1.0 + t % 5, t % 3, 7.3 + t % 4);
    forward.Observe(tick);
    backward.Observe(std::vector<HostTick>(tick.rbegin(), tick.rend()));
  }
  EXPECT_EQ(forward.HarmEvidence(), backward.HarmEvidence());
  EXPECT_EQ(forward.ClearEvidence(0.05), backward.ClearEvidence(0.05));
}

TEST(CountSignalTest, NonsenseCountsAsNotReported) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CountSignal signal = Fleet(2);
  CountSignal clean = Fleet(2);
  for (int t = 0; t < 10; ++t) {
    std::vector<HostTick> tick = Even(2, 2, 2, 20);
    clean.Observe(tick);
    tick.push_back({0, nan, 1});
    tick.push_back({1, -1, 1});
    tick.push_back({2, 1, kInfinity});
    tick.push_back({17, 1, 1});
    tick.push_back({-1, 1, 1});
    signal.Observe(tick);
  }
  EXPECT_EQ(signal.HarmEvidence(), clean.HarmEvidence());
  EXPECT_EQ(signal.Sums(kB).events, clean.Sums(kB).events);
}

TEST(CountSignalTest, IsNeverNaN) {
  const double huge = 9007199254740992.0;
  for (const int hosts : {1, 3}) {
    for (const double canary : {0.0, 1.0, huge}) {
      for (const double baseline : {0.0, 1.0, huge}) {
        for (const double exposure : {1e-9, 1.0, huge}) {
          CountSignal signal = Fleet(hosts, {.tolerate_absolute = 0.5});
          for (int t = 0; t < 20; ++t) {
            std::vector<HostTick> tick = Even(hosts, canary * (t % 2), baseline, 1);
            for (int h = 0; h < hosts; ++h) tick[h].exposure = exposure;
            signal.Observe(tick);
          }
          EXPECT_TRUE(std::isfinite(signal.HarmEvidence()));
          EXPECT_TRUE(std::isfinite(signal.ClearEvidence(0.05)));
          EXPECT_TRUE(std::isfinite(signal.EvidenceWithout(0)));
          const RatioInterval interval = signal.Interval(0.05);
          EXPECT_FALSE(std::isnan(interval.low) || std::isnan(interval.ratio) || std::isnan(interval.high));
        }
      }
    }
  }
}

}  // namespace
}  // namespace haldane::stats
