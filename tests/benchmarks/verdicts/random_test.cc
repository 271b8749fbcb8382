#include "benchmarks/verdicts/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace haldane::benchmarks {
namespace {

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments MomentsOf(const std::function<double(Random&)>& draw) {
  constexpr int kDraws = 40000;
  Random random("moments", 1);
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = draw(random);
    sum += x;
    squares += x * x;
  }
  const double mean = sum / kDraws;
  return {mean, squares / kDraws - mean * mean};
}

// Seeds are fixed, so these either always pass or never do.
void ExpectMoments(const std::function<double(Random&)>& draw, double mean, double variance) {
  const Moments moments = MomentsOf(draw);
  EXPECT_NEAR(moments.mean, mean, 5 * std::sqrt(variance / 40000));
  EXPECT_NEAR(moments.variance / variance, 1, 0.15);
}

// Published numbers rest on these bits.
TEST(RandomTest, StreamsNeverChange) {
  Random random("cell", 7);
  EXPECT_EQ(random.Bits(), 1669664234113562225u);
  EXPECT_EQ(random.Bits(), 7785155063981765900u);
}

TEST(RandomTest, StreamsOfOtherNamesAndRunsDiffer) {
  EXPECT_NE(Random("cell", 7).Bits(), Random("cell", 8).Bits());
  EXPECT_NE(Random("cell", 7).Bits(), Random("ceil", 7).Bits());
}

TEST(RandomTest, DistributionsHaveTheirMoments) {
  ExpectMoments([](Random& random) { return random.Uniform(); }, 0.5, 1.0 / 12);
  ExpectMoments([](Random& random) { return random.Normal(); }, 0, 1);
  ExpectMoments([](Random& random) { return random.Exponential(); }, 1, 1);
  ExpectMoments([](Random& random) { return random.Gamma(0.2); }, 0.2, 0.2);
  ExpectMoments([](Random& random) { return random.Gamma(4); }, 4, 4);
  ExpectMoments([](Random& random) { return random.Poisson(0.7); }, 0.7, 0.7);
  ExpectMoments([](Random& random) { return random.Poisson(40); }, 40, 40);
  ExpectMoments([](Random& random) { return random.Binomial(20, 0.3); }, 6, 4.2);
}

TEST(RandomTest, NothingHappensAtRateZero) { EXPECT_EQ(Random("cell", 1).Poisson(0), 0); }

}  // namespace
}  // namespace haldane::benchmarks
