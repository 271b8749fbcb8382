#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/render/profile.h"

namespace haldane::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'240);

haldane::v1::Profile SampleProfile() {
  haldane::v1::Profile profile;
  profile.set_service("web");
  profile.mutable_updated_at()->set_seconds(1'800'000'000);
  haldane::v1::SignalProfile* signal = profile.add_signals();
  signal->set_signal("http.5xx");
  signal->set_windows(212);
  signal->set_incidents(3);
  signal->set_events(412);
  signal->set_exposure(100'000);
  for (const double spread : {0.01, 0.1, 1.0}) signal->add_spreads(spread);
  for (const double weight : {0.25, 0.75, 0.0}) signal->add_spread_weights(weight);
  for (const double phi : {1.0, 1.04, 1.25, 2.5, 14.2}) signal->add_dispersion(phi);
  signal->set_self_tests(144);
  signal->set_self_stops(4);
  signal->set_self_stop_low(0.0076);
  signal->set_self_stop_high(0.0696);
  signal->set_self_test_level(0.05);
  return profile;
}

TEST(ProfileRenderTest, ShowsRateSpreadDispersionAndTheAchievedFalseStopRate) {
  EXPECT_EQ(
      ProfileReport(SampleProfile(), kNow, {}),
      "web: learned from 212 quiet windows, the latest 4m ago\n"
      "\n"
      "http.5xx  usually 0.00412 per request; 212 windows, 3 incidents\n"
      "  hosts differ by   1.0 %  ############# 25 %\n"
      "                   10.0 %  ######################################## 75 %\n"
      "                  100.0 %\n"
      "  counts vary     1, 1, 1.2, 2.5, 14 times as much as chance (over 2, 8, 32, 128, 512 s)\n"
      "  self tests      4 of 144 stopped by mistake: 2.8 % [0.8 %, 7.0 %], promised at most 5.0 %: kept\n");
}

TEST(ProfileRenderTest, ABrokenPromiseSaysWhatHappensNow) {
  haldane::v1::Profile profile = SampleProfile();
  profile.mutable_signals(0)->set_broken_promise(true);
  EXPECT_THAT(ProfileReport(profile, kNow, {}), HasSubstr("broken, judged by the exact permutation test"));
}

TEST(ProfileRenderTest, AYoungProfileSaysHowMuchIsMissing) {
  haldane::v1::Profile profile = SampleProfile();
  haldane::v1::SignalProfile* signal = profile.mutable_signals(0);
  signal->set_windows(12);
  signal->clear_spread_weights();
  signal->set_self_tests(0);
  const std::string report = ProfileReport(profile, kNow, {});
  EXPECT_THAT(report, HasSubstr("38 more windows to go"));
  EXPECT_THAT(report, HasSubstr("no self test has ended yet"));
  EXPECT_THAT(report, Not(HasSubstr("hosts differ")));
}

TEST(ProfileRenderTest, NamesFromElsewhereCannotHarmATerminal) {
  haldane::v1::Profile profile = SampleProfile();
  profile.set_service("web\x1b[2J");
  profile.mutable_signals(0)->set_signal("x\x1b[2J");
  EXPECT_THAT(ProfileReport(profile, kNow, {}), Not(HasSubstr("\x1b")));
  haldane::v1::ListProfilesResponse list;
  *list.add_profiles() = profile;
  EXPECT_THAT(ProfilesTable(list, kNow), Not(HasSubstr("\x1b")));
}

TEST(ProfileRenderTest, ListsOneLinePerService) {
  haldane::v1::ListProfilesResponse list;
  *list.add_profiles() = SampleProfile();
  *list.add_profiles() = SampleProfile();
  list.mutable_profiles(1)->set_service("worker");
  list.mutable_profiles(1)->mutable_signals(0)->set_broken_promise(true);
  EXPECT_EQ(ProfilesTable(list, kNow),
            "SERVICE  WINDOWS  SIGNALS  LATEST  SELF TESTS  BROKEN PROMISES\n"
            "web      212      1        4m ago  144         -\n"
            "worker   212      1        4m ago  144         http.5xx\n");
}

}  // namespace
}  // namespace haldane::cli
