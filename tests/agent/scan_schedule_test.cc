#include "agent/scan_schedule.h"

#include <gtest/gtest.h>

namespace haldane::agent {
namespace {

constexpr absl::Duration kNow = absl::Hours(1);

TEST(ScanScheduleTest, BeginsAtOnceThenSweeps) {
  ScanSchedule schedule;
  EXPECT_TRUE(schedule.Due(kNow));
  schedule.Done(kNow, absl::ZeroDuration(), absl::Seconds(5));
  EXPECT_FALSE(schedule.Due(kNow + absl::Seconds(4)));
  EXPECT_TRUE(schedule.Due(kNow + absl::Seconds(5)));
}

TEST(ScanScheduleTest, KeepsEveryRequestThatIsYetToCome) {
  ScanSchedule schedule;
  schedule.Done(kNow, absl::ZeroDuration(), absl::Hours(1));
  schedule.Request(kNow, absl::Milliseconds(200));
  schedule.Request(kNow, absl::Seconds(1));
  EXPECT_FALSE(schedule.Due(kNow + absl::Milliseconds(100)));
  EXPECT_TRUE(schedule.Due(kNow + absl::Milliseconds(200)));
  schedule.Done(kNow + absl::Milliseconds(200), absl::ZeroDuration(), absl::Hours(1));
  EXPECT_FALSE(schedule.Due(kNow + absl::Milliseconds(900)));
  EXPECT_TRUE(schedule.Due(kNow + absl::Seconds(1)));
}

TEST(ScanScheduleTest, ASlowScanIsFollowedByRestOfTwoSecondsAtMost) {
  ScanSchedule schedule;
  schedule.Done(kNow, absl::Milliseconds(5), absl::Hours(1));
  schedule.Request(kNow, absl::ZeroDuration());
  EXPECT_FALSE(schedule.Due(kNow + absl::Milliseconds(400)));
  EXPECT_TRUE(schedule.Due(kNow + absl::Milliseconds(500)));
  schedule.Done(kNow, absl::Seconds(1), absl::Hours(1));
  schedule.Request(kNow, absl::Milliseconds(1));
  EXPECT_TRUE(schedule.Due(kNow + absl::Seconds(2)));
}

TEST(ScanScheduleTest, AStormOfRequestsKeepsTheLastOne) {
  ScanSchedule schedule;
  schedule.Done(kNow, absl::ZeroDuration(), absl::Hours(1));
  for (int i = 1; i <= 1000; ++i) schedule.Request(kNow, absl::Milliseconds(i));
  schedule.Done(kNow + absl::Milliseconds(999), absl::ZeroDuration(), absl::Hours(1));
  EXPECT_FALSE(schedule.Due(kNow + absl::Microseconds(999'500)));
  EXPECT_TRUE(schedule.Due(kNow + absl::Seconds(1)));
}

}  // namespace
}  // namespace haldane::agent
