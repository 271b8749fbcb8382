#include "controller/history/profile_windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "google/protobuf/util/message_differencer.h"
#include "stats/grids.h"
#include "stats/spread_profile.h"

namespace haldane::controller {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

// A window of hosts whose rates differ by `spread`, relative standard deviation.
v1::ProfileWindow WindowOf(double spread, std::mt19937_64& random, double events = 500) {
  stats::CohortCounts counts;
  for (int host = 0; host < 8; ++host) {
    const double shape = 1 / (spread * spread);
    const double rate = std::gamma_distribution<>(shape, 1 / shape)(random);
    counts.events.push_back(static_cast<double>(std::poisson_distribution<>(events / 8 * rate)(random)));
    counts.weights.push_back(1);
  }
  v1::ProfileWindow window;
  const auto likelihood = stats::SpreadLikelihood(counts, stats::kSpreadGrid);
  window.mutable_log_likelihood()->Add(likelihood.begin(), likelihood.end());
  window.set_events(std::accumulate(counts.events.begin(), counts.events.end(), 0.0));
  window.set_exposure(10'000);
  for (int scale = 0; scale < 5; ++scale) {
    window.add_dispersion_seen(30);
    window.add_dispersion_expected(10);
    window.add_raw_dispersion_seen(60);
    window.add_raw_dispersion_expected(10);
  }
  return window;
}

void AddMany(int count, double spread, absl::Duration every, v1::Profile* profile) {
  std::mt19937_64 random(7);
  for (int i = 1; i <= count; ++i) {
    AddWindows({{"ruby.exceptions", WindowOf(spread, random)}}, kStart + i * every, profile);
  }
}

TEST(ProfileWindowsTest, LearnsHowMuchHostsDifferOnceThereAreFiftyWindows) {
  v1::Profile profile;
  AddMany(49, 0.3, absl::Minutes(10), &profile);
  EXPECT_EQ(profile.signals(0).windows(), 49u);
  EXPECT_EQ(profile.signals(0).spread_weights_size(), 0);
  EXPECT_EQ(profile.signals(0).dispersion_size(), 0);

  AddMany(50, 0.3, absl::Minutes(10), &profile);
  const v1::SignalProfile& signal = profile.signals(0);
  ASSERT_EQ(signal.spread_weights_size(), stats::kSpreads);
  EXPECT_NEAR(std::accumulate(signal.spread_weights().begin(), signal.spread_weights().end(), 0.0), 1, 1e-9);
  const auto most = std::max_element(signal.spread_weights().begin(), signal.spread_weights().end());
  const double spread = stats::kSpreadGrid[static_cast<size_t>(most - signal.spread_weights().begin())];
  EXPECT_GT(spread, 0.15);
  EXPECT_LT(spread, 0.6);
}

TEST(ProfileWindowsTest, LearnsDispersionOfWhatTheBucketPassesAndOfEverything) {
  v1::Profile profile;
  AddMany(50, 0.1, absl::Minutes(10), &profile);
  // (5 + 50 * 30)/(5 + 50 * 10) and (5 + 50 * 60)/(5 + 50 * 10).
  EXPECT_THAT(profile.signals(0).dispersion(), ::testing::Each(DoubleNear(1505.0 / 505, 1e-9)));
  EXPECT_THAT(profile.signals(0).raw_dispersion(), ::testing::Each(DoubleNear(3005.0 / 505, 1e-9)));
}

TEST(ProfileWindowsTest, SumsEventsAndExposure) {
  v1::Profile profile;
  for (int i = 0; i < 3; ++i) {
    v1::ProfileWindow window;
    window.set_events(2);
    window.set_exposure(0.5);
    AddWindows({{"proc.crashes", window}}, kStart + absl::Minutes(i), &profile);
  }
  EXPECT_EQ(profile.signals(0).events(), 6);
  EXPECT_EQ(profile.signals(0).exposure(), 1.5);
}

TEST(ProfileWindowsTest, ForgetsWhatIsOlderThanThirtyDays) {
  v1::Profile profile;
  AddMany(40, 0.1, absl::Hours(24), &profile);
  EXPECT_EQ(profile.signals(0).windows(), 31u);  // those of day 10 to day 40
  EXPECT_EQ(profile.signals(0).window(0).ended_at().seconds(),
            absl::ToUnixSeconds(kStart + absl::Hours(24 * 10)));
  // A signal that comes no more is forgotten as well.
  AddWindows({}, kStart + absl::Hours(24 * 100), &profile);
  EXPECT_EQ(profile.signals(0).windows(), 0u);
}

TEST(ProfileWindowsTest, KeepsFiveHundredWindows) {
  v1::Profile profile;
  v1::ProfileWindow window;
  window.set_exposure(1);
  for (int i = 1; i <= 520; ++i) {
    window.set_events(i);
    AddWindows({{"http.5xx", window}}, kStart + absl::Minutes(10 * i), &profile);
  }
  EXPECT_EQ(profile.signals(0).windows(), 500u);
  EXPECT_EQ(profile.signals(0).window(0).events(), 21);
}

TEST(ProfileWindowsTest, AClockThatSteppedBackMakesNoWindowOlderThanTheLast) {
  v1::Profile profile;
  v1::ProfileWindow window;
  window.set_exposure(1);
  AddWindows({{"http.5xx", window}}, kStart, &profile);
  AddWindows({{"http.5xx", window}}, kStart - absl::Hours(1), &profile);
  EXPECT_EQ(profile.signals(0).window(1).ended_at().seconds(), absl::ToUnixSeconds(kStart));
}

TEST(ProfileWindowsTest, AnIncidentIsThreeTimesTheMedianRateAndTenEvents) {
  v1::SignalProfile profile;
  const auto add = [&](double events, double exposure) {
    v1::ProfileWindow* window = profile.add_window();
    window->set_events(events);
    window->set_exposure(exposure);
  };
  EXPECT_EQ(CountIncidents(profile), 0);
  for (int i = 0; i < 9; ++i) add(10, 1000);
  add(29, 1000);
  EXPECT_EQ(CountIncidents(profile), 0);
  add(31, 1000);
  add(9, 1);  // too few to say anything
  EXPECT_EQ(CountIncidents(profile), 1);
}

TEST(ProfileWindowsTest, AServiceWithoutErrorsHasAnIncidentWhenTenCome) {
  v1::SignalProfile profile;
  for (int i = 0; i < 5; ++i) profile.add_window()->set_exposure(1000);
  profile.mutable_window(2)->set_events(9);
  EXPECT_EQ(CountIncidents(profile), 0);
  profile.mutable_window(2)->set_events(10);
  EXPECT_EQ(CountIncidents(profile), 1);
}

TEST(ProfileWindowsTest, ThePromiseIsBrokenOnceItCannotBeChanceAndKeptAgainLater) {
  v1::SignalProfile profile;
  for (int i = 0; i < 40; ++i) AddSelfTest(i % 20 == 0, 0.05, &profile);
  EXPECT_FALSE(profile.broken_promise()) << "two of forty is what was promised";
  for (int i = 0; i < 4; ++i) AddSelfTest(true, 0.05, &profile);
  // Six of 44: the exact lower bound is 5.2 %.
  EXPECT_TRUE(profile.broken_promise());
  EXPECT_EQ(profile.self_tests(), 44u);
  EXPECT_EQ(profile.self_stops(), 6u);
  EXPECT_EQ(profile.self_test_level(), 0.05);
  EXPECT_NEAR(profile.self_stop_low(), 0.0517, 1e-4);
  EXPECT_NEAR(profile.self_stop_high(), 0.2735, 1e-4);
  for (int i = 0; i < 10; ++i) AddSelfTest(false, 0.05, &profile);
  EXPECT_FALSE(profile.broken_promise());
}

TEST(ProfileWindowsTest, OldSelfTestsCountLess) {
  v1::SignalProfile profile;
  profile.set_self_tests(2000);
  profile.set_self_stops(51);
  AddSelfTest(false, 0.05, &profile);
  EXPECT_EQ(profile.self_tests(), 1001u);
  EXPECT_EQ(profile.self_stops(), 26u);
}

TEST(ProfileWindowsTest, EntriesAreSorted) {
  v1::Profile profile;
  for (const char* name : {"http.5xx", "tcp.resets", "http.4xx", "http.5xx", "proc.swap_in"})
    EntryOf(name, &profile);
  std::vector<std::string> names;
  for (const v1::SignalProfile& signal : profile.signals()) names.push_back(signal.signal());
  EXPECT_THAT(names, ElementsAre("http.4xx", "http.5xx", "proc.swap_in", "tcp.resets"));
}

}  // namespace
}  // namespace haldane::controller
