#include "stats/e_bh.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

TEST(EBenjaminiHochbergTest, MatchesReferenceValues) {
  const std::vector<double> evidence = {std::log(12), std::log(250), std::log(.7), std::log(45),
                                        std::log(90)};
  const Discoveries found = EBenjaminiHochberg(evidence, .05);
  EXPECT_EQ(found.count, 3);
  EXPECT_NEAR(std::exp(found.log_threshold), 33.3333333333, 1e-8);
  EXPECT_EQ(found.which, (std::vector<int>{1, 3, 4}));
}

TEST(EBenjaminiHochbergTest, NamesNobodyWithoutEvidence) {
  const Discoveries found = EBenjaminiHochberg({0, -kInfinity, 1}, .05);
  EXPECT_EQ(found.count, 0);
  EXPECT_TRUE(found.which.empty());
  EXPECT_EQ(EBenjaminiHochberg({}, .05).count, 0);
}

TEST(EBenjaminiHochbergTest, OneAloneNeedsOneOverAlpha) {
  EXPECT_EQ(EBenjaminiHochberg({std::log(19.9)}, .05).count, 0);
  EXPECT_EQ(EBenjaminiHochberg({std::log(20.1)}, .05).count, 1);
}

TEST(EBenjaminiHochbergTest, EqualsAreNamedTogether) {
  EXPECT_EQ(EBenjaminiHochberg({std::log(25), std::log(25), 0}, .1).which, (std::vector<int>{0, 1}));
}

}  // namespace
}  // namespace haldane::stats
