#include "stats/combination.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

TEST(CombinationTest, IsTheWeightedAverageOfEValues) {
  const std::vector<double> evidence = {std::log(60), std::log(.4), std::log(3), std::log(.1)};
  EXPECT_NEAR(WeightedLogEvidence(evidence, {.4, .3, .2, .1}), 3.20801708153, 1e-8);
}

TEST(CombinationTest, HoldsEvidenceTooLargeForADouble) {
  EXPECT_NEAR(WeightedLogEvidence({5000, 3}, {.5, .5}), 5000 + std::log(.5), 1e-9);
}

TEST(CombinationTest, ASignalWithoutWeightHasNoSay) {
  EXPECT_NEAR(WeightedLogEvidence({900, 0}, {0, 1}), 0, 1e-15);
  EXPECT_EQ(WeightedLogEvidence({900}, {0}), -kInfinity);
}

}  // namespace
}  // namespace haldane::stats
