#include "agent/uplink/backoff.h"

#include <gtest/gtest.h>

namespace haldane::agent {
namespace {

TEST(BackoffTest, GrowsToItsBoundAndStartsAgain) {
  Backoff backoff(1);
  absl::Duration longest;
  EXPECT_LE(backoff.Next(), 3 * Backoff::kMin);
  for (int i = 0; i < 100; ++i) {
    const absl::Duration pause = backoff.Next();
    EXPECT_GE(pause, Backoff::kMin);
    EXPECT_LE(pause, Backoff::kMax);
    longest = std::max(longest, pause);
  }
  EXPECT_GT(longest, absl::Seconds(5));
  backoff.Reset();
  EXPECT_LE(backoff.Next(), 3 * Backoff::kMin);
}

TEST(BackoffTest, AgentsDoNotReturnAllAtOnce) { EXPECT_NE(Backoff(1).Next(), Backoff(2).Next()); }

}  // namespace
}  // namespace haldane::agent
