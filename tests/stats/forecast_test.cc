#include "stats/forecast.h"

#include <cmath>

#include "gtest/gtest.h"
#include "stats/log_space.h"
#include "stats/oracle.h"

namespace haldane::stats {
namespace {

PlannedSignal Five() { return {.canary_hosts = 5, .baseline_hosts = 5, .rate = .05, .tolerate_ratio = 1}; }

// Measured with the engine on simulated Poisson fleets: 208 s without a profile.
TEST(ForecastTest, HarmTakesAsLongAsSimulatedRolloutsDo) {
  const double seconds = SecondsToHarm(Five(), 2);
  EXPECT_GT(seconds, 170);
  EXPECT_LT(seconds, 270);
  EXPECT_GT(seconds, OracleBound({5, 5, .05}, 2, .01).seconds);
}

TEST(ForecastTest, LargerEffectsAndCohortsAndRatesAreFoundSooner) {
  PlannedSignal larger = Five();
  larger.canary_hosts = larger.baseline_hosts = 20;
  PlannedSignal busier = Five();
  busier.rate = 1;
  EXPECT_LT(SecondsToHarm(Five(), 4), SecondsToHarm(Five(), 2));
  EXPECT_LT(SecondsToHarm(larger, 2), SecondsToHarm(Five(), 2) / 3);
  EXPECT_LT(SecondsToHarm(busier, 2), SecondsToHarm(Five(), 2) / 10);
  PlannedSignal tolerant = Five();
  tolerant.tolerate_ratio = busier.tolerate_ratio = 2;
  EXPECT_LT(SecondsToClear(busier), SecondsToClear(tolerant) / 10);
}

TEST(ForecastTest, NoiseTakesLongerAndHostsThatDifferMayHideForGood) {
  PlannedSignal noisy = Five();
  noisy.dispersion = 3;
  EXPECT_NEAR(SecondsToHarm(noisy, 2) / SecondsToHarm(Five(), 2), 3, 0.1);
  PlannedSignal uneven = Five();
  uneven.host_spread = 0.3;
  EXPECT_EQ(SecondsToHarm(uneven, 1.5), kInfinity);
  EXPECT_LT(SecondsToHarm(uneven, 6), 3600);
}

TEST(ForecastTest, AnUnchangedCanaryIsClearInTimeUnlessTheMarginIsTooSmall) {
  PlannedSignal signal = Five();
  signal.rate = 1;
  signal.tolerate_ratio = 1.5;
  const double seconds = SecondsToClear(signal);
  EXPECT_LT(seconds, 600);
  EXPECT_LE(SmallestTolerance(signal, seconds * 1.02), 1.5);
  EXPECT_GT(SmallestTolerance(signal, seconds / 4), 1.5);
  signal.host_spread = 0.3;
  EXPECT_EQ(SecondsToClear(signal), kInfinity);
}

TEST(ForecastTest, TheSmallestHarmIsTheOneThatTakesTheWholeWindow) {
  const double smallest = SmallestHarm(Five(), 300);
  EXPECT_GT(smallest, 1);
  EXPECT_LT(smallest, 2);
  EXPECT_NEAR(SecondsToHarm(Five(), smallest) / 300, 1, 0.03);
  PlannedSignal tolerant = Five();
  tolerant.tolerate_ratio = 1.25;
  EXPECT_GT(SmallestHarm(tolerant, 300), smallest);
}

TEST(ForecastTest, OneHostASideWithoutHistoryShowsNothing) {
  PlannedSignal single = Five();
  single.canary_hosts = single.baseline_hosts = 1;
  EXPECT_EQ(SecondsToHarm(single, 5), kInfinity);
  EXPECT_EQ(SmallestHarm(single, 3600), kInfinity);
}

TEST(ForecastTest, AServiceThatIsKnownToBeEvenIsJudgedSooner) {
  PlannedSignal known = Five();
  known.has_profile = true;
  known.prior.fill(std::log(0.02));
  known.prior[0] = std::log(0.78);
  EXPECT_LT(SecondsToHarm(known, 2), SecondsToHarm(Five(), 2));
}

}  // namespace
}  // namespace haldane::stats
