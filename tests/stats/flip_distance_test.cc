#include "stats/flip_distance.h"

#include "gtest/gtest.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

TEST(FlipDistanceTest, FindsWhereTheAnswerTurns) {
  for (const double turn : {1.0, 2.0, 3.0, 17.0, 1000001.0, 9007199254740991.0}) {
    EXPECT_EQ(LeastToReach([&](double x) { return x >= turn; }, 9007199254740992.0), turn);
  }
}

TEST(FlipDistanceTest, NeverIsInfinitelyFar) {
  EXPECT_EQ(LeastToReach([](double) { return false; }, 100), kInfinity);
  EXPECT_EQ(LeastToReach([](double) { return true; }, 0), kInfinity);
  EXPECT_EQ(LeastToReach([](double x) { return x >= 101; }, 100), kInfinity);
}

}  // namespace
}  // namespace haldane::stats
