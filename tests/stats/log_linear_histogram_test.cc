#include "stats/log_linear_histogram.h"

#include <cstdint>
#include <limits>
#include <vector>

#include "gtest/gtest.h"

namespace haldane::stats {
namespace {

TEST(LogLinearHistogramTest, EveryValueLiesInItsBucket) {
  for (const int bits : {0, 3, 6}) {
    const LogLinearBuckets buckets(bits);
    for (std::uint64_t value = 0; value < 5000; ++value) {
      const int index = buckets.Index(value);
      EXPECT_LE(buckets.Edge(index), value);
      EXPECT_GT(buckets.Edge(index + 1), value);
    }
  }
}

TEST(LogLinearHistogramTest, CoversAllOfSixtyFourBits) {
  const LogLinearBuckets buckets(4);
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(buckets.Index(most), 16 * 61 - 1);
  EXPECT_LE(buckets.Edge(buckets.Index(most)), most);
}

TEST(LogLinearHistogramTest, BucketsAreNarrowForTheirValue) {
  const LogLinearBuckets buckets(4);
  for (int index = 16; index < 600; ++index) {
    const double width = static_cast<double>(buckets.Edge(index + 1) - buckets.Edge(index));
    EXPECT_LE(width / static_cast<double>(buckets.Edge(index)), 1.0 / 16);
  }
}

TEST(LogLinearHistogramTest, ThresholdLeavesNoMoreThanItsShareAbove) {
  const std::vector<double> counts = {50, 30, 15, 4, 1};
  EXPECT_EQ(QuantileThreshold(counts, 0.5), 1);
  EXPECT_EQ(QuantileThreshold(counts, 0.9), 3);
  EXPECT_EQ(QuantileThreshold(counts, 0.999), 5);
  EXPECT_EQ(CountFrom(counts, 3), 5);
  EXPECT_EQ(CountFrom(counts, 5), 0);
  EXPECT_EQ(QuantileThreshold({}, 0.5), 0);
}

}  // namespace
}  // namespace haldane::stats
