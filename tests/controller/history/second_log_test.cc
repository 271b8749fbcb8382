#include "controller/history/second_log.h"

#include <gtest/gtest.h>

#include <vector>

namespace haldane::controller {
namespace {

std::vector<LoggedSecond> All(const SecondLog& log, int64_t first = 0) {
  std::vector<LoggedSecond> seconds;
  log.Visit(first, [&](const LoggedSecond& second) { seconds.push_back(second); });
  return seconds;
}

LoggedSecond Busy(int64_t second) {
  LoggedSecond busy = {.second = second, .youngest_s = 900, .process_ms = 16'000};
  for (size_t i = 0; i < 10; ++i) busy.sums[i] = i == 0 ? 250 : 3 * i;
  return busy;
}

TEST(SecondLogTest, GivesBackWhatItWasGiven) {
  SecondLog log;
  LoggedSecond odd = {.second = 61, .youngest_s = 45, .process_ms = uint64_t{1} << 40};
  odd.sums.front() = uint64_t{1} << 53;
  odd.sums.back() = 1;
  log.Append(Busy(5));
  log.Append(odd);
  log.Append({.second = 400});
  const std::vector<LoggedSecond> seconds = All(log);
  ASSERT_EQ(seconds.size(), 3u);
  EXPECT_EQ(seconds[0].second, 5);
  EXPECT_EQ(seconds[0].sums, Busy(5).sums);
  EXPECT_EQ(seconds[0].process_ms, 16'000u);
  EXPECT_EQ(seconds[1].sums, odd.sums);
  EXPECT_EQ(seconds[1].youngest_s, 45u);
  EXPECT_EQ(seconds[1].process_ms, uint64_t{1} << 40);
  EXPECT_EQ(seconds[2].second, 400);
  EXPECT_EQ(All(log, 61).size(), 2u);
  EXPECT_EQ(log.last(), 400);
}

TEST(SecondLogTest, KeepsTenMinutesAndNotMuchMore) {
  SecondLog log;
  for (int64_t second = 1; second <= 3000; ++second) {
    log.Append(Busy(second));
    log.Forget(second);
  }
  EXPECT_LE(All(log).front().second, 2401);
  EXPECT_GT(All(log).front().second, 2401 - 60);
  log.Forget(5000);
  EXPECT_TRUE(log.empty());
}

TEST(SecondLogTest, TenMinutesOfTenSignalsTakeLessThanTwelveKilobytes) {
  SecondLog log;
  for (int64_t second = 1; second <= SecondLog::kSeconds; ++second) log.Append(Busy(second));
  EXPECT_LT(log.bytes(), 12u << 10);
}

TEST(SecondLogTest, ForgettingTheOldestNeverForgetsTheLast) {
  SecondLog log;
  for (int64_t second = 1; second <= 100; ++second) log.Append(Busy(second));
  for (int i = 0; i < 20; ++i) log.ForgetOldest();
  ASSERT_FALSE(log.empty());
  EXPECT_EQ(All(log).back().second, 100);
}

}  // namespace
}  // namespace haldane::controller
