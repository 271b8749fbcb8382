// The promises of CountSignal on simulated fleets. Seeds are fixed, so a run
// either always passes or never does; how many failures are tolerated was fixed
// before looking: a signal that errs in exactly 5 % of 100 fleets errs in more
// than 11 of them with probability 0.4 %.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "fleet_fixture.h"
#include "gtest/gtest.h"
#include "stats/count_signal.h"

namespace haldane::stats {
namespace {

constexpr int kFleets = 100;
constexpr int kMostFailuresAt5Percent = 11;
constexpr double kAlpha = 0.05;
constexpr double kMissed = 0.05;
constexpr int kSeconds = 240;
constexpr int kLookEvery = 6;

// Fleets in which `found` is true at one of the looks.
template <typename Found>
int Count(const FleetModel& model, const CountSignal::Options& options, int seconds, int look_every,
          const Found& found, int past_seconds = 0) {
  int fleets = 0;
  for (int seed = 0; seed < kFleets; ++seed) {
    SimulatedFleet fleet(model, 1000 + static_cast<std::uint64_t>(seed));
    CountSignal signal = SignalFor(model, options);
    for (int t = 0; t < past_seconds; ++t) signal.ObserveBefore(fleet.Past());
    for (int t = 1; t <= seconds; ++t) {
      signal.Observe(fleet.Next());
      if (t % look_every == 0 && found(signal)) {
        ++fleets;
        break;
      }
    }
  }
  return fleets;
}

bool Halts(const CountSignal& signal) { return signal.HarmEvidence() >= std::log(1 / kAlpha); }
bool Clears(const CountSignal& signal) { return signal.ClearEvidence(kMissed) >= std::log(2 / kMissed); }

// Equal rates, tolerated ratio 1: the hardest case.
int FalseHalts(const FleetModel& model) {
  return Count(model, {.tolerate_ratio = 1}, kSeconds, kLookEvery, Halts);
}

TEST(CountSignalSimulationTest, HaltsFewPoissonFleetsWithoutReason) {
  EXPECT_LE(FalseHalts({.rate = 2}), kMostFailuresAt5Percent);
  EXPECT_LE(FalseHalts({.canary_hosts = 5, .baseline_hosts = 5, .rate = 2}), kMostFailuresAt5Percent);
}

TEST(CountSignalSimulationTest, HaltsFewFleetsWhoseHostsDiffer) {
  EXPECT_LE(FalseHalts({.rate = 4, .host_cv = 0.3}), kMostFailuresAt5Percent);
  EXPECT_LE(FalseHalts({.canary_hosts = 5, .baseline_hosts = 5, .rate = 4, .host_cv = 0.6}),
            kMostFailuresAt5Percent);
}

TEST(CountSignalSimulationTest, HaltsFewFleetsWithBurstsAndIncidents) {
  EXPECT_LE(FalseHalts({.rate = 1, .tick_shape = 0.2}), kMostFailuresAt5Percent);
  EXPECT_LE(FalseHalts({.rate = 0.5, .host_cv = 0.3, .incident_every = 100}), kMostFailuresAt5Percent);
}

TEST(CountSignalSimulationTest, RestartsHaltFewFleetsWithoutReason) {
  const CountSignal::Options options = {.tolerate_ratio = 1, .restarts = {30, 60, 90, 120, 150, 180}};
  EXPECT_LE(Count({.rate = 2}, options, kSeconds, kLookEvery, Halts), kMostFailuresAt5Percent);
  EXPECT_LE(Count({.rate = 4, .host_cv = 0.3}, options, kSeconds, kLookEvery, Halts),
            kMostFailuresAt5Percent);
}

// A profile of services whose hosts differ as much as these do.
TEST(CountSignalSimulationTest, AProfileHaltsFewFleetsWithoutReason) {
  SignalProfile profile = {.spreads = {}, .dispersion = {1, 1, 1, 1, 1}, .raw_dispersion = {1, 1, 1, 1, 1}};
  profile.spreads.fill(0.02);
  profile.spreads[6] = profile.spreads[7] = 0.4;  // 20 and 34 %
  profile.caution = 0.2;
  const CountSignal::Options options = {.tolerate_ratio = 1, .profile = profile};
  EXPECT_LE(Count({.rate = 4, .host_cv = 0.3}, options, kSeconds, kLookEvery, Halts),
            kMostFailuresAt5Percent);
  const FleetModel small = {.canary_hosts = 2, .baseline_hosts = 2, .rate = 1, .host_cv = 0.2};
  EXPECT_LE(Count(small, options, kSeconds, kLookEvery, Halts), kMostFailuresAt5Percent);
}

TEST(CountSignalSimulationTest, FindsTripledRatesWithinAMinute) {
  const int found = Count({.ratio = 3}, {}, 60, 6,
                          [](const CountSignal& signal) { return signal.HarmEvidence() >= std::log(100); });
  EXPECT_GE(found, 80);
}

// Hosts differ by 30 % and the canary is worse by 50 %: five hosts a side do
// not show it, their own past does.
TEST(CountSignalSimulationTest, ThePastOfTheSameHostsShowsSmallRegressions) {
  const FleetModel model = {.canary_hosts = 5, .baseline_hosts = 5, .rate = 1, .ratio = 1.5, .host_cv = 0.3};
  const CountSignal::Options options = {.tolerate_ratio = 1};
  const auto halts = [](const CountSignal& signal) { return signal.HarmEvidence() >= std::log(100); };
  EXPECT_LE(Count(model, options, 240, 60, halts), 50);
  EXPECT_GE(Count(model, options, 240, 60, halts, 600), 80);
}

TEST(CountSignalSimulationTest, ThePastHaltsFewFleetsWithoutReason) {
  const FleetModel model = {.rate = 2, .host_cv = 0.3};
  EXPECT_LE(Count(model, {.tolerate_ratio = 1}, kSeconds, 24, Halts, 300), kMostFailuresAt5Percent);
}

TEST(CountSignalSimulationTest, ClearsEqualRatesWithinTwoMinutes) {
  EXPECT_GE(Count({}, {.tolerate_ratio = 1.5}, 120, 6, Clears), 80);
}

TEST(CountSignalSimulationTest, ClearsFewFleetsAtTheBoundary) {
  const CountSignal::Options options = {.tolerate_ratio = 1.5};
  EXPECT_LE(Count({.ratio = 1.5}, options, kSeconds, kLookEvery, Clears), kMostFailuresAt5Percent);
  EXPECT_LE(Count({.ratio = 1.5, .host_cv = 0.3}, options, kSeconds, kLookEvery, Clears),
            kMostFailuresAt5Percent);
}

TEST(CountSignalSimulationTest, IntervalHoldsTheTruthAtEveryLook) {
  const int missed = Count({.ratio = 2, .host_cv = 0.2}, {}, 120, 20, [](const CountSignal& signal) {
    const RatioInterval interval = signal.Interval(0.05);
    return interval.low > 2 || interval.high < 2;
  });
  EXPECT_LE(missed, kMostFailuresAt5Percent);
}

}  // namespace
}  // namespace haldane::stats
