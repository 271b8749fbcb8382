#include "stats/poisson_ratio.h"

#include <cmath>

#include "gtest/gtest.h"

namespace haldane::stats {
namespace {

TEST(PoissonRatioTest, LikelihoodRatioAccumulatesOverTicks) {
  const PairTick ticks[] = {{3, 1, 100, 100}, {2, 2, 120, 80}, {0, 1, 50, 150}, {5, 1, 90, 110}};
  const double expected[] = {0.457581109247, -0.0361390466159, -0.259282597930, 0.977071966275};
  double sum = 0;
  for (int i = 0; i < 4; ++i) {
    sum += PairLogLikelihoodRatio(ticks[i], 2, 1);
    EXPECT_NEAR(sum, expected[i], 1e-8);
  }
  double margin = 0;
  for (const PairTick& tick : ticks) margin += PairLogLikelihoodRatio(tick, 2, 1.25);
  EXPECT_NEAR(margin, 0.476099397425, 1e-8);
}

TEST(PoissonRatioTest, MixtureMatchesReferenceValues) {
  const double margin = std::log(1.25);
  EXPECT_NEAR(PoissonLogEvidence(34, 36, std::log(3.0 / 7), 0), 4.01393010675, 1e-8);
  EXPECT_NEAR(PoissonLogEvidence(34, 36, std::log(3.0 / 7), margin), 1.69658474515, 1e-8);
  EXPECT_NEAR(PoissonLogEvidence(10, 2, 0, 0), 2.08031598739, 1e-8);
  EXPECT_NEAR(PoissonLogEvidence(10, 2, 0, margin), 1.44614628278, 1e-8);
  EXPECT_NEAR(PoissonLogEvidence(3, 0, std::log(0.1), 0), 4.14885946314, 1e-8);
  EXPECT_NEAR(PoissonLogEvidence(3, 0, std::log(0.1), margin), 3.77984333043, 1e-8);
  EXPECT_NEAR(PoissonLogEvidence(0, 5, 0, 0), -1.33921311629, 1e-8);
  EXPECT_NEAR(PoissonLogEvidence(0, 5, 0, margin), -1.40421442916, 1e-8);
}

}  // namespace
}  // namespace haldane::stats
