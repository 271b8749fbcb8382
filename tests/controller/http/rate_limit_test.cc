// How often an address may call.
#include "controller/http/rate_limit.h"

#include <gtest/gtest.h>

namespace haldane::controller {
namespace {

int AllowedAt(RateLimit& limit, const char* address, absl::Time now) {
  int allowed = 0;
  while (allowed < 100'000 && limit.Allows(address, now)) ++allowed;
  return allowed;
}

TEST(RateLimitTest, AnAddressHasFiveSecondsWorthAndThenItsRate) {
  RateLimit limit;
  const absl::Time start = absl::FromUnixSeconds(1'800'000'000);
  EXPECT_EQ(AllowedAt(limit, "10.0.0.1", start), 500);
  EXPECT_EQ(AllowedAt(limit, "10.0.0.1", start + absl::Seconds(1)), 100);
  EXPECT_EQ(AllowedAt(limit, "10.0.0.1", start - absl::Hours(1)), 0)
      << "a clock that steps back gives nothing";
  EXPECT_EQ(AllowedAt(limit, "10.0.0.2", start), 500) << "others are not held up";
  EXPECT_EQ(AllowedAt(limit, "127.0.0.1", start), 10'000) << "a proxy on this machine speaks for many";
}

}  // namespace
}  // namespace haldane::controller
