#include "base/log_linear.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace haldane {
namespace {

constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

TEST(LogLinearTest, EveryValueLiesInItsBucketAndBucketsTouch) {
  for (const uint32_t bits : {0u, 3u, 6u, 10u}) {
    for (uint64_t value = 0; value < 10000; ++value) {
      const uint32_t index = haldane_log_linear_index(value, bits);
      EXPECT_LE(haldane_log_linear_edge(index, bits), value);
      EXPECT_GT(haldane_log_linear_edge(index + 1, bits), value);
    }
  }
}

TEST(LogLinearTest, EdgesAndTheirNeighboursLieWhereTheyShould) {
  for (const uint32_t bits : {0u, 3u, 10u}) {
    const uint32_t last = haldane_log_linear_index(kMost, bits);
    for (uint32_t index = 1; index <= last; ++index) {
      const uint64_t edge = haldane_log_linear_edge(index, bits);
      EXPECT_EQ(haldane_log_linear_index(edge, bits), index);
      EXPECT_EQ(haldane_log_linear_index(edge - 1, bits), index - 1);
    }
  }
}

TEST(LogLinearTest, ADurationIsKnownToAnEighth) {
  for (uint32_t index = 1 << HALDANE_DURATION_BITS; index < HALDANE_DURATION_OVERFLOW; ++index) {
    const uint64_t edge = haldane_duration_edge(index);
    EXPECT_LE((haldane_duration_edge(index + 1) - edge) * 8, edge);
  }
}

TEST(LogLinearTest, LongDurationsShareTheLastBucket) {
  constexpr uint64_t kTooLong = uint64_t{1} << HALDANE_DURATION_OCTAVES;
  EXPECT_GT(kTooLong, 120'000'000u) << "two minutes";
  EXPECT_EQ(haldane_duration_index(kTooLong - 1), HALDANE_DURATION_OVERFLOW - 1u);
  EXPECT_EQ(haldane_duration_index(kTooLong), static_cast<uint32_t>(HALDANE_DURATION_OVERFLOW));
  EXPECT_EQ(haldane_duration_index(kMost), static_cast<uint32_t>(HALDANE_DURATION_OVERFLOW));
  EXPECT_EQ(haldane_duration_edge(HALDANE_DURATION_OVERFLOW), kTooLong);
}

// They are in stored logs and in what agents of any age send.
TEST(LogLinearTest, TheBucketsAreForEver) {
  EXPECT_EQ(HALDANE_DURATION_BUCKETS, 201);
  EXPECT_EQ(haldane_duration_index(0), 0u);
  EXPECT_EQ(haldane_duration_index(7), 7u);
  EXPECT_EQ(haldane_duration_index(8), 8u);
  EXPECT_EQ(haldane_duration_index(1'000), 63u);
  EXPECT_EQ(haldane_duration_index(1'000'000), 143u);
  EXPECT_EQ(haldane_duration_edge(63), 960u);
}

}  // namespace
}  // namespace haldane
