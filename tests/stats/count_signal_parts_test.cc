// What a CountSignal is told beforehand, and what else it can be asked:
// profiles, restarts, presence, distances to another finding.

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "fleet_fixture.h"
#include "gtest/gtest.h"
#include "stats/count_signal.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

SignalProfile CalmProfile(double caution) {
  SignalProfile profile = {.spreads = {}, .dispersion = {1, 1, 1, 1, 1}, .raw_dispersion = {1, 1, 1, 1, 1}};
  profile.spreads.fill(0.01);
  profile.spreads[0] = 0.89;
  profile.caution = caution;
  return profile;
}

double AfterSeconds(const FleetModel& model, const CountSignal::Options& options, int seconds,
                    std::uint64_t seed = 1) {
  SimulatedFleet fleet(model, seed);
  CountSignal signal = SignalFor(model, options);
  for (int t = 0; t < seconds; ++t) signal.Observe(fleet.Next());
  return signal.HarmEvidence();
}

TEST(CountSignalPartsTest, AProfileOfEvenHostsShowsHarmSooner) {
  const FleetModel model = {.canary_hosts = 2, .baseline_hosts = 2, .rate = 0.5, .ratio = 3};
  const double cold = AfterSeconds(model, {.tolerate_ratio = 1}, 60);
  const double known = AfterSeconds(model, {.tolerate_ratio = 1, .profile = CalmProfile(0.2)}, 60);
  EXPECT_GT(known, cold + 2);
}

TEST(CountSignalPartsTest, CautionIsTrustInTheRolloutsOwnHosts) {
  const FleetModel model = {.canary_hosts = 3, .baseline_hosts = 3, .rate = 4, .ratio = 1.5, .host_cv = 0.5};
  const double trusting = AfterSeconds(model, {.tolerate_ratio = 1, .profile = CalmProfile(0)}, 20);
  const double careful = AfterSeconds(model, {.tolerate_ratio = 1, .profile = CalmProfile(0.8)}, 20);
  EXPECT_NE(trusting, careful);
}

TEST(CountSignalPartsTest, UsualBurstsAreExpectedFromTheFirstSecond) {
  SignalProfile bursty = CalmProfile(0.2);
  bursty.dispersion.fill(5);
  bursty.raw_dispersion.fill(5);
  const FleetModel model = {.rate = 2, .ratio = 3};
  const double calm = AfterSeconds(model, {.profile = CalmProfile(0.2)}, 10);
  EXPECT_LT(AfterSeconds(model, {.profile = bursty}, 10), calm / 2);
}

// A regression that begins after ten good minutes.
TEST(CountSignalPartsTest, ARestartFindsLateHarmSooner) {
  const FleetModel model = {.canary_hosts = 5, .baseline_hosts = 5, .rate = 0.2};
  const auto seconds_to_harm = [&](const std::vector<int>& restarts) {
    SimulatedFleet before(model, 3);
    FleetModel bad = model;
    bad.ratio = 3;
    SimulatedFleet after(bad, 4);
    CountSignal signal = SignalFor(model, {.tolerate_ratio = 1, .restarts = restarts});
    for (int t = 0; t < 1200; ++t) signal.Observe(before.Next());
    int t = 0;
    for (; t < 1200 && signal.HarmEvidence() < std::log(100); ++t) signal.Observe(after.Next());
    return t;
  };
  const int without = seconds_to_harm({});
  const int with = seconds_to_harm({300, 600, 900, 1200});
  EXPECT_LT(with, without / 2);
}

TEST(CountSignalPartsTest, RestartsBeginWhenTheyWerePlanned) {
  const FleetModel model = {.rate = 2};
  SimulatedFleet fleet(model, 5);
  CountSignal signal = SignalFor(model, {.restarts = {10, 20}});
  for (int t = 0; t < 10; ++t) signal.Observe(fleet.Next());
  EXPECT_EQ(signal.Parts().since.size(), 0u);
  signal.Observe(fleet.Next());
  EXPECT_EQ(signal.Parts().since.size(), 1u);
  for (int t = 0; t < 10; ++t) signal.Observe(fleet.Next());
  EXPECT_EQ(signal.Parts().since.size(), 2u);
}

// One canary host among ten, failing once a minute: to the random effects it
// may as well be an odd host.
TEST(CountSignalPartsTest, PresenceShowsRareHarmOnOneHost) {
  const FleetModel model = {.canary_hosts = 1, .baseline_hosts = 9};
  CountSignal signal = SignalFor(model, {.tolerate_ratio = 1});
  for (int t = 0; t < 900; ++t) {
    std::vector<HostTick> tick;
    for (int h = 0; h < 10; ++h) tick.push_back({h, h == 0 && t % 60 == 5 ? 1.0 : 0.0, 20});
    signal.Observe(tick);
  }
  EXPECT_LT(signal.Parts().whole, std::log(100));
  EXPECT_GT(signal.HarmEvidence(), std::log(100));
  EXPECT_EQ(signal.EvidenceWithout(0), 0);
}

TEST(CountSignalPartsTest, LeavingOutAHostThatDidNothingChangesLittle) {
  const FleetModel model = {.canary_hosts = 4, .baseline_hosts = 4, .rate = 1, .ratio = 3};
  SimulatedFleet fleet(model, 6);
  CountSignal signal = SignalFor(model, {.restarts = {20, 40}});
  const int silent = signal.AddHost(Cohort::kBaseline);
  for (int t = 0; t < 60; ++t) signal.Observe(fleet.Next());
  EXPECT_NEAR(signal.EvidenceWithout(silent), signal.HarmEvidence(), 0.2);
  EXPECT_LT(signal.EvidenceWithout(0), signal.HarmEvidence());
}

TEST(CountSignalPartsTest, SoManyMoreEventsWouldBeHarm) {
  const FleetModel model = {.canary_hosts = 4, .baseline_hosts = 4, .rate = 0.5, .ratio = 1.2};
  SimulatedFleet fleet(model, 7);
  CountSignal signal = SignalFor(model, {.restarts = {30}});
  for (int t = 0; t < 60; ++t) signal.Observe(fleet.Next());
  const double bound = std::log(100);
  ASSERT_LT(signal.HarmEvidence(), bound);
  const double events = signal.EventsToHarm(bound);
  EXPECT_GT(events, 10);
  EXPECT_LT(events, 400);
  // The farther the bound, the more events.
  EXPECT_GT(signal.EventsToHarm(bound + 3), events);
  EXPECT_EQ(signal.EventsToHarm(kInfinity), kInfinity);
}

TEST(CountSignalPartsTest, SoManyFewerEventsWouldNotBeHarm) {
  const FleetModel model = {.canary_hosts = 4, .baseline_hosts = 4, .rate = 0.5, .ratio = 4};
  SimulatedFleet fleet(model, 8);
  CountSignal signal = SignalFor(model, {});
  for (int t = 0; t < 120; ++t) signal.Observe(fleet.Next());
  const double bound = std::log(100);
  ASSERT_GT(signal.HarmEvidence(), bound);
  const double events = signal.EventsToHarm(bound);
  EXPECT_LT(events, 0);
  EXPECT_GE(-events, 1);
  EXPECT_LT(-events, signal.Sums(Cohort::kCanary).events);
  EXPECT_GT(signal.EventsToHarm(signal.HarmEvidence()), events);
}

TEST(CountSignalPartsTest, DistanceFromClearHasTheSameSigns) {
  const FleetModel model = {.canary_hosts = 4, .baseline_hosts = 4, .rate = 2};
  SimulatedFleet fleet(model, 9);
  CountSignal signal = SignalFor(model, {.tolerate_ratio = 1.5});
  for (int t = 0; t < 120; ++t) signal.Observe(fleet.Next());
  const double evidence = signal.ClearEvidence(0.05);
  ASSERT_GT(evidence, 1);
  EXPECT_GT(signal.EventsToUnclear(0.05, evidence - 1), 0);
  EXPECT_LT(signal.EventsToUnclear(0.05, evidence + 1), 0);
}

TEST(CountSignalPartsTest, WhatIsAskedInBetweenChangesNoAnswer) {
  const FleetModel model = {.rate = 1, .ratio = 1.5, .host_cv = 0.2};
  SimulatedFleet fleet(model, 10);
  CountSignal asked = SignalFor(model, {.restarts = {30, 60}});
  CountSignal silent = SignalFor(model, {.restarts = {30, 60}});
  for (int t = 0; t < 100; ++t) {
    const std::vector<HostTick>& tick = fleet.Next();
    asked.Observe(tick);
    silent.Observe(tick);
    asked.HarmEvidence();
    asked.Interval(0.01, 0.1);
    asked.EventsToHarm(3);
    asked.EvidenceWithout(t % 6);
  }
  EXPECT_EQ(asked.HarmEvidence(), silent.HarmEvidence());
  EXPECT_EQ(asked.ClearEvidence(0.05), silent.ClearEvidence(0.05));
  const RatioInterval a = asked.Interval(0.02, 0.1);
  const RatioInterval b = silent.Interval(0.02, 0.1);
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
  EXPECT_EQ(a.ratio, b.ratio);
}

// Hosts of large fleets are asked again when it matters: what is remembered of
// them is nearly as good.
TEST(CountSignalPartsTest, WhatIsRememberedOfHostsIsAsGoodAsAskingAgain) {
  for (const auto& [hosts, tolerance] : {std::pair<int, double>{6, 1e-6}, {40, 0.3}}) {
    const FleetModel model = {
        .canary_hosts = hosts, .baseline_hosts = hosts, .rate = 0.7, .ratio = 1.1, .host_cv = 0.2};
    SimulatedFleet fleet(model, 11);
    CountSignal signal = SignalFor(model, {.tolerate_ratio = 1});
    const int nobody = signal.AddHost(Cohort::kBaseline);  // leaving it out asks afresh
    for (int t = 1; t <= 200; ++t) {
      signal.Observe(fleet.Next());
      if (t % 10 != 0) continue;
      EXPECT_NEAR(signal.HarmEvidence(), signal.EvidenceWithout(nobody), tolerance) << t;
    }
  }
}

// Known bits: the same from every compiler.
TEST(CountSignalPartsTest, BitsAreFixed) {
  CountSignal signal({.tolerate_ratio = 1.25, .restarts = {20, 60}});
  for (int h = 0; h < 7; ++h) signal.AddHost(h < 3 ? Cohort::kCanary : Cohort::kBaseline);
  for (int t = 0; t < 150; ++t) {
    std::vector<HostTick> tick;
    for (int h = 0; h < 7; ++h) {
      tick.push_back({h, static_cast<double>((t * 7 + h * 5) % 4 + (h < 3 ? t % 3 : 0)), 10.0 + (t + h) % 3});
    }
    signal.Observe(tick);
  }
  EXPECT_EQ(signal.HarmEvidence(), 0x1.231dbdd03a5c3p+2);
  EXPECT_EQ(signal.ClearEvidence(0.05), -0x1.f0c3cca407298p+2);
}

}  // namespace
}  // namespace haldane::stats
