#include "stats/restarts.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

TEST(RestartsTest, WithoutPlannedStartsItIsTheWhole) { EXPECT_EQ(RestartedLogEvidence(3.25, {}, 0), 3.25); }

TEST(RestartsTest, IsTheAverageOfWholeAndStarts) {
  // 1/2 40 + 1/2 (100 + 8 + 1 + 1)/4
  EXPECT_NEAR(RestartedLogEvidence(std::log(40), {std::log(100), std::log(8)}, 4),
              std::log(20 + 0.5 * 110 / 4), 1e-12);
}

TEST(RestartsTest, NothingSeenIsNoEvidence) {
  EXPECT_EQ(RestartedLogEvidence(0, {}, 3), 0);
  EXPECT_EQ(RestartedLogEvidence(0, {0, 0}, 2), 0);
}

TEST(RestartsTest, AStartMayHaveNoEvidenceAtAll) {
  EXPECT_NEAR(RestartedLogEvidence(0, {-kInfinity}, 1), std::log(0.5), 1e-12);
}

TEST(RestartsTest, StartsLieWithinTheWindowAndAreFew) {
  EXPECT_TRUE(PlannedStarts(300).empty());
  EXPECT_EQ(PlannedStarts(901), (std::vector<int>{300, 600, 900}));
  const std::vector<int> day = PlannedStarts(86400);
  EXPECT_LE(day.size(), 12u);
  EXPECT_GE(day.size(), 10u);
  EXPECT_LT(day.back(), 86400);
}

}  // namespace
}  // namespace haldane::stats
