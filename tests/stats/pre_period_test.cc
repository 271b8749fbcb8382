#include "stats/pre_period.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "split_fixture.h"
#include "stats/non_inferiority.h"

namespace haldane::stats {
namespace {

const SplitCounts kSplit = {EvenHosts({60, 55}), EvenHosts({30, 28, 33}), std::log(2. / 3)};

std::vector<HostHistory> History(const std::vector<double>& events, double expected) {
  std::vector<HostHistory> history;
  for (const double z : events) history.push_back({z, expected});
  return history;
}

double Evidence(const SplitCounts& split, const PrePeriod& history) {
  return WithPrePeriod(split, history).LogEvidence({0, 0}, EffectGrid::Above(0));
}

TEST(PrePeriodTest, AnImbalanceThatWasThereBeforeIsNoEvidence) {
  EXPECT_NEAR(Evidence(kSplit, {History({120, 112}, 83), History({61, 58, 64}, 83)}), -0.788893159217, 1e-8);
}

TEST(PrePeriodTest, AnImbalanceThatIsNewIs) {
  EXPECT_NEAR(Evidence(kSplit, {History({60, 58}, 60.2), History({61, 58, 64}, 60.2)}), 5.49794481675, 1e-8);
}

TEST(PrePeriodTest, WithoutHistoryItIsTheEngineWithoutHistory) {
  const double without = HarmLogEvidence(RandomEffects(kSplit), 0.1);
  EXPECT_NEAR(HarmLogEvidence(WithPrePeriod(kSplit, {History({0, 0}, 0), History({0, 0, 0}, 0)}), 0.1),
              without, 1e-10);
}

TEST(PrePeriodTest, TheEstimateIsCorrectedByWhatHostsDidBefore) {
  const RandomEffects engine =
      WithPrePeriod(kSplit, {History({1200, 1120}, 830), History({610, 580, 640}, 830)});
  EXPECT_NEAR(engine.CentralEffect(), 0, 0.15);
  EXPECT_NEAR(RandomEffects(kSplit).CentralEffect(), std::log(57.5 / (91. / 3)), 0.01);
}

TEST(PrePeriodTest, OneHostASideCanShowHarmWithItselfAsControl) {
  const SplitCounts split = {EvenHosts({4000}), EvenHosts({100}), 0};
  EXPECT_LT(HarmLogEvidence(RandomEffects(split), 0), 3);
  EXPECT_GT(HarmLogEvidence(WithPrePeriod(split, {History({1000}, 1000), History({1000}, 1000)}), 0), 3);
}

TEST(PrePeriodTest, IsFiniteAtEveryExtreme) {
  const double huge = 9007199254740992.0;
  for (const double now : {0.0, 1.0, huge}) {
    for (const double before : {0.0, 1.0, huge}) {
      for (const double expected : {1e-9, 1.0, huge}) {
        const PrePeriod history = {{{before, expected}}, {{1, 1}, {0, 0}}};
        const RandomEffects engine = WithPrePeriod({EvenHosts({now}), EvenHosts({huge, 1}), -0.3}, history);
        EXPECT_TRUE(std::isfinite(HarmLogEvidence(engine, 0.2))) << now << " " << before << " " << expected;
        EXPECT_TRUE(std::isfinite(ClearLogEvidence(engine, 0.2))) << now << " " << before << " " << expected;
      }
    }
  }
}

}  // namespace
}  // namespace haldane::stats
