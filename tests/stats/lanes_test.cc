#include "stats/lanes.h"

#include <cmath>
#include <cstdint>
#include <random>

#include "gtest/gtest.h"
#include "stats/log_gamma.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

double LogOf(double x, double m) { return LogRatioLanes(Lanes{x, 1}, Lanes{m, 2})[0]; }

TEST(LanesTest, LogarithmsOfRatiosAreRightToTheLastDigits) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const double x = std::exp(std::uniform_real_distribution<double>(-80, 40)(random));
    const double m = std::exp(std::uniform_real_distribution<double>(-80, 40)(random));
    const double exact = static_cast<double>(std::log(static_cast<long double>(x) / m));
    EXPECT_NEAR(LogOf(x, m), exact, 4e-16 * std::fabs(exact) + 1e-300) << x << " " << m;
  }
}

TEST(LanesTest, LogarithmsOfRatiosNearOneKeepTheirDigits) {
  for (const double e : {1e-3, 1e-8, 1e-12, -1e-9, 0.3, -0.29, 0.42}) {
    const double x = 1 + e;
    const long double exact = std::log1p(static_cast<long double>(x) - 1);
    EXPECT_NEAR(LogOf(x, 1) / static_cast<double>(exact), 1, 5e-16);
  }
  EXPECT_EQ(LogOf(3, 3), 0);
}

TEST(LanesTest, ZeroHasAFiniteLogarithmThatItsCountWipesOut) {
  EXPECT_LT(LogOf(0, 5), -700);
  EXPECT_TRUE(std::isfinite(LogOf(0, 5)));
  EXPECT_EQ(DivergenceLanes(Lanes{0, 0}, Lanes{5, 1e15})[0], 5);
}

TEST(LanesTest, ExponentialsAreRightToTheLastDigits) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 20000; ++i) {
    const double x = std::uniform_real_distribution<double>(-690, 690)(random);
    const double exact = static_cast<double>(std::exp(static_cast<long double>(x)));
    EXPECT_NEAR(ExpLanes(Lanes{x, 0})[0] / exact, 1, 4e-16) << x;
  }
  EXPECT_EQ(ExpLanes(Lanes{0, 0})[0], 1);
  EXPECT_LT(ExpLanes(Lanes{-kInfinity, -1e9})[0], 1e-300);
  EXPECT_LT(ExpLanes(Lanes{-kInfinity, -1e9})[1], 1e-300);
}

TEST(LanesTest, StirlingsRemainderIsThatOfOneNumber) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 20000; ++i) {
    const double z = std::exp(std::uniform_real_distribution<double>(-30, 40)(random));
    const double other = std::exp(std::uniform_real_distribution<double>(-3, 4)(random));
    EXPECT_NEAR(StirlingRemainderLanes(Lanes{z, other})[0], StirlingRemainder(z), 3e-10) << z;
    EXPECT_NEAR(StirlingRemainderLanes(Lanes{other, z})[1], StirlingRemainder(z), 3e-10) << z;
  }
}

TEST(LanesTest, TheLanesDoNotMix) {
  const Lanes a = StirlingRemainderLanes(Lanes{0.1, 100});
  EXPECT_EQ(a[0], StirlingRemainderLanes(Lanes{0.1, 0.1})[0]);
  EXPECT_EQ(a[1], StirlingRemainderLanes(Lanes{0.2, 100})[1]);
  EXPECT_EQ(LogRatioLanes(Lanes{3, 7}, Lanes{2, 1})[1], LogOf(7, 1));
}

// The same on every compiler and C library.
TEST(LanesTest, BitsAreFixed) {
  std::uint64_t digest = 0;
  const auto add = [&](Lanes x) {
    for (int i = 0; i < 2; ++i) digest = digest * 6364136223846793005u + BitsOf(x)[i];
  };
  for (int i = 1; i < 1000; ++i) {
    const Lanes x = {i * 0.37, 1e6 / i};
    add(LogRatioLanes(x, Both(2.5)));
    add(ExpLanes(-x));
    add(StirlingRemainderLanes(x));
  }
  EXPECT_EQ(digest, 14662409645659574607u);
}

}  // namespace
}  // namespace haldane::stats
