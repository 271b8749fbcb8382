#include "benchmarks/verdicts/generators/noise_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "benchmarks/verdicts/generators/effects.h"

namespace haldane::benchmarks {
namespace {

// Everything a fleet does in `seconds`, both cohorts apart.
struct Sums {
  HostSecond canary;
  HostSecond baseline;
};

void Add(const HostSecond& more, HostSecond& sum) {
  sum.events += more.events;
  sum.exposure += more.exposure;
}

Sums Watch(const std::string& model, const FleetSetup& setup, int seconds, int run = 0) {
  const auto fleet = FindNoiseModel(model).make(setup, Random(model, static_cast<std::uint64_t>(run)));
  Sums sums;
  Second second;
  for (int t = 0; t < seconds; ++t) {
    fleet->Next(second);
    Add(Total(second.canary), sums.canary);
    Add(Total(second.baseline), sums.baseline);
  }
  return sums;
}

double RateOf(const HostSecond& sum) { return kRequests * sum.events / sum.exposure; }

class EveryModelTest : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryModelTest, RepeatsItselfExactly) {
  const FleetSetup setup{.cohorts = {2, 3}};
  const Sums once = Watch(GetParam(), setup, 400);
  const Sums again = Watch(GetParam(), setup, 400);
  EXPECT_EQ(once.canary.events, again.canary.events);
  EXPECT_EQ(once.baseline.exposure, again.baseline.exposure);
}

TEST_P(EveryModelTest, ReportsWholeEventsOnlyWithExposure) {
  const auto fleet = FindNoiseModel(GetParam()).make({.cohorts = {2, 3}}, Random("whole", 0));
  Second second;
  for (int t = 0; t < 400; ++t) {
    fleet->Next(second);
    ASSERT_EQ(second.canary.size(), 2u);
    ASSERT_EQ(second.baseline.size(), 3u);
    for (const HostSecond& host : second.canary) {
      ASSERT_EQ(host.events, std::floor(host.events));
      ASSERT_GE(host.events, 0);
      ASSERT_TRUE(host.exposure > 0 || host.events == 0);
    }
  }
}

TEST_P(EveryModelTest, HarmAddsEventsToTheCanaryAlone) {
  double harmless = 0;
  double harmful = 0;
  for (int run = 0; run < 4; ++run) {
    FleetSetup setup{.cohorts = {5, 5}, .rate = 1};
    harmless += Watch(GetParam(), setup, 900, run).canary.events;
    setup.harm.ratio = 4;
    const Sums sums = Watch(GetParam(), setup, 900, run);
    harmful += sums.canary.events;
  }
  EXPECT_GT(harmful, 1.5 * harmless);
}

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const NamedModel& model : NoiseModels()) names.push_back(model.name);
  return names;
}

std::string TestName(const ::testing::TestParamInfo<std::string>& info) {
  std::string name;
  for (const char c : info.param) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Grid, EveryModelTest, ::testing::ValuesIn(Names()), TestName);

TEST(NoiseModelTest, HasThePublishedRates) {
  EXPECT_NEAR(RateOf(Watch("poisson", {.cohorts = {1, 9}}, 5000).baseline), 0.05, 0.005);
  EXPECT_NEAR(RateOf(Watch("poisson_hi", {.cohorts = {1, 9}}, 500).baseline), 2, 0.1);
  EXPECT_NEAR(RateOf(Watch("tickNB", {.cohorts = {1, 9}}, 2000).baseline), 1, 0.1);
  EXPECT_NEAR(RateOf(Watch("ar1", {.cohorts = {1, 19}}, 5000).baseline), 0.5, 0.05);
  // 0.05 steady, and a burst of 30.5 (a whole number at most 1 + an exponential
  // of mean 30) every 300 s.
  EXPECT_NEAR(RateOf(Watch("burst", {.cohorts = {1, 19}}, 10000).baseline), 0.05 + 30.5 / 300, 0.015);
}

TEST(NoiseModelTest, TheRateCanBeSet) {
  EXPECT_NEAR(RateOf(Watch("poisson", {.cohorts = {1, 9}, .rate = 3}, 500).baseline), 3, 0.1);
}

TEST(NoiseModelTest, SkewedCanaryHostsSeeATenthOfTheTrafficAtTheSameRate) {
  const Sums sums = Watch("skew.1", {.cohorts = {40, 40}}, 2000);
  EXPECT_NEAR(sums.canary.exposure / sums.baseline.exposure, 0.1, 1e-9);
  EXPECT_NEAR(RateOf(sums.canary) / RateOf(sums.baseline), 1, 0.15);
}

TEST(NoiseModelTest, AColdCanaryIsHiddenUntilItIsWarm) {
  EXPECT_EQ(Watch("cold+gate", {.cohorts = {2, 2}}, kAgeGate).canary.exposure, 0);
  EXPECT_GT(Watch("cold+gate", {.cohorts = {2, 2}}, kAgeGate + 1).canary.exposure, 0);
  // Before the rollout it is an old process like the others.
  EXPECT_GT(Watch("cold+gate", {.cohorts = {2, 2}, .before = 10}, 10).canary.exposure, 0);
}

TEST(NoiseModelTest, RestartingHostsAreMissingAboutAQuarterOfTheTime) {
  const Sums sums = Watch("restart+gate", {.cohorts = {1, 20}}, 10000);
  const double present = sums.baseline.exposure / (20.0 * 10000 * kRequests);
  // Up and warm for a further 600 s on average, after 170 s away.
  EXPECT_NEAR(present, std::exp(-170.0 / 600), 0.08);
}

TEST(NoiseModelTest, HostsDifferForGood) {
  Random random("spread", 0);
  const std::vector<double> spread = HostSpread(4000, 0.3, random);
  double mean = 0;
  double square = 0;
  for (const double factor : spread) {
    mean += factor / 4000;
    square += factor * factor / 4000;
  }
  EXPECT_NEAR(mean, 1, 0.02);
  EXPECT_NEAR(std::sqrt(square - mean * mean), 0.3, 0.02);
}

TEST(HarmTest, SetsInGrowsOrStaysOnOneHost) {
  EXPECT_EQ((Harm{.ratio = 3, .onset = 100}).At(0, 99), 1);
  EXPECT_EQ((Harm{.ratio = 3, .onset = 100}).At(4, 100), 3);
  EXPECT_EQ((Harm{.ratio = 3, .shape = Harm::Shape::kRamp}).At(0, 300), 2);
  EXPECT_EQ((Harm{.ratio = 3, .shape = Harm::Shape::kRamp}).At(0, 6000), 3);
  EXPECT_EQ((Harm{.ratio = 3, .shape = Harm::Shape::kOneHost}).At(0, 0), 3);
  EXPECT_EQ((Harm{.ratio = 3, .shape = Harm::Shape::kOneHost}).At(1, 0), 1);
  EXPECT_EQ((Harm{.ratio = 3, .shape = Harm::Shape::kUnderLoad}).At(1, 0, 0.9), 1);
  EXPECT_EQ((Harm{.ratio = 3, .shape = Harm::Shape::kUnderLoad}).At(1, 0, 1.1), 3);
}

TEST(HarmTest, SparesTheTimeBeforeTheRollout) {
  const FleetSetup harmless{.cohorts = {3, 3}, .before = 200};
  FleetSetup harmful = harmless;
  harmful.harm.ratio = 50;
  EXPECT_EQ(Watch("poisson_hi", harmless, 200).canary.events,
            Watch("poisson_hi", harmful, 200).canary.events);
}

}  // namespace
}  // namespace haldane::benchmarks
