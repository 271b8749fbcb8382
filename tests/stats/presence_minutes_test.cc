#include "stats/presence_minutes.h"

#include <vector>

#include "gtest/gtest.h"
#include "split_fixture.h"

namespace haldane::stats {
namespace {

PresenceMinutes OneAgainstTwo() {
  PresenceMinutes minutes;
  for (const Cohort cohort : {kC, kB, kB}) minutes.AddHost(cohort);
  return minutes;
}

void RunMinutes(PresenceMinutes& minutes, int count, double canary_events, double canary_exposure = 20) {
  for (int t = 0; t < 60 * count; ++t) {
    const double events = t % 60 == 7 ? canary_events : 0;
    minutes.AddTick({{0, events, canary_exposure}, {1, 0, 20}, {2, 0, 20}});
  }
}

TEST(PresenceMinutesTest, CountsMinutesNotEvents) {
  PresenceMinutes once = OneAgainstTwo();
  PresenceMinutes often = OneAgainstTwo();
  RunMinutes(once, 4, 1);
  RunMinutes(often, 4, 1000);
  EXPECT_EQ(once.LogEvidence(1), often.LogEvidence(1));
  EXPECT_GT(once.LogEvidence(1), 1);
  EXPECT_EQ(once.minutes(), 4);
}

TEST(PresenceMinutesTest, AnOpenMinuteDoesNotCount) {
  PresenceMinutes minutes = OneAgainstTwo();
  for (int t = 0; t < 59; ++t) minutes.AddTick({{0, 5, 20}, {1, 0, 20}, {2, 0, 20}});
  EXPECT_EQ(minutes.LogEvidence(1), 0);
}

TEST(PresenceMinutesTest, TheSameHostsBeforeAreWhatIsUsual) {
  PresenceMinutes calm = OneAgainstTwo();
  PresenceMinutes usual = OneAgainstTwo();
  for (int t = 0; t < 1200; ++t) {
    const double events = t % 60 == 0 ? 1 : 0;
    calm.AddPastTick({{0, 0, 20}, {1, 0, 20}, {2, 0, 20}});
    usual.AddPastTick({{0, events, 20}, {1, events, 20}, {2, 0, 20}});
  }
  calm.StartAfresh();
  usual.StartAfresh();
  RunMinutes(calm, 5, 1);
  RunMinutes(usual, 5, 1);
  EXPECT_GT(calm.LogEvidence(1), usual.LogEvidence(1) + 1);
}

TEST(PresenceMinutesTest, MoreTrafficExplainsMoreMinutes) {
  PresenceMinutes even = OneAgainstTwo();
  PresenceMinutes busy = OneAgainstTwo();
  RunMinutes(even, 5, 1);
  RunMinutes(busy, 5, 1, 400);
  EXPECT_GT(even.LogEvidence(1), busy.LogEvidence(1) + 1);
}

// With events in every minute of the baseline nothing follows for a tenth of its traffic.
TEST(PresenceMinutesTest, LessTrafficIsNotExpectedToBeQuieterThanCanBeKnown) {
  PresenceMinutes minutes = OneAgainstTwo();
  for (int t = 0; t < 1800; ++t) minutes.AddTick({{0, t % 20 == 0 ? 1.0 : 0.0, 2}, {1, 1, 20}, {2, 1, 20}});
  EXPECT_LT(minutes.LogEvidence(1), 0.5);
}

TEST(PresenceMinutesTest, HostsThatDifferAmongThemselvesAreNoEvidence) {
  PresenceMinutes alike;
  PresenceMinutes unlike;
  for (const Cohort cohort : {kC, kC, kC, kB, kB, kB}) {
    alike.AddHost(cohort);
    unlike.AddHost(cohort);
  }
  for (int t = 0; t < 3600; ++t) {
    // In the same number of minutes of a cohort: a third of the canary's, a sixth of the baseline's.
    const auto in = [t](int every) { return t % (60 * every) == 0 ? 1.0 : 0.0; };
    alike.AddTick(
        {{0, in(3), 20}, {1, in(3), 20}, {2, in(3), 20}, {3, in(6), 20}, {4, in(6), 20}, {5, in(6), 20}});
    unlike.AddTick({{0, in(1), 20}, {1, 0, 20}, {2, 0, 20}, {3, in(2), 20}, {4, 0, 20}, {5, 0, 20}});
  }
  EXPECT_GT(alike.LogEvidence(1), 1);
  EXPECT_LT(unlike.LogEvidence(1), 0.5);
}

TEST(PresenceMinutesTest, AHostCanBeLeftOut) {
  PresenceMinutes minutes = OneAgainstTwo();
  RunMinutes(minutes, 5, 1);
  EXPECT_EQ(minutes.LogEvidence(1, 0), 0);
  EXPECT_GT(minutes.LogEvidence(1, 1), 0);
}

}  // namespace
}  // namespace haldane::stats
