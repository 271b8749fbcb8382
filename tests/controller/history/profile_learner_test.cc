#include "controller/history/profile_learner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "stats/grids.h"
#include "tests/controller/history/samples_fixture.h"
#include "tests/support/status_matchers.h"

namespace haldane::controller {
namespace {

using ::testing::HasSubstr;
using testing::PretendedHost;
using testing::PretendedService;

constexpr int kLeast = 120;

class ProfileLearnerTest : public ::testing::Test {
 protected:
  void Run(int seconds) {
    for (int i = 0; i < seconds; ++i) learner_.Observe(service_.Second());
  }
  auto Close(int64_t turn = 1) { return learner_.Close(known_, turn, kLeast); }
  // The spread that fits a window best.
  static double Fit(const v1::ProfileWindow& window) {
    const auto& likelihood = window.log_likelihood();
    const auto best = std::max_element(likelihood.begin(), likelihood.end());
    return stats::kSpreadGrid[static_cast<size_t>(best - likelihood.begin())];
  }

  PretendedService service_{3};
  ProfileLearner learner_{v1::EXPOSURE_UNIT_REQUEST};
  v1::Profile known_;
};

TEST_F(ProfileLearnerTest, AWindowHasEverySignalThatHadExposure) {
  service_.exact = true;
  service_.AddHosts(3, {.requests = 200, .errors_per_request = 0.01, .exceptions_per_request = 0.05});
  Run(601);
  const auto windows = Close();
  ASSERT_THAT(windows, testing::IsOk());
  const v1::ProfileWindow& errors = windows->at("http.5xx");
  EXPECT_EQ(errors.exposure(), 3 * 200 * 600);
  EXPECT_EQ(errors.events(), 3 * 2 * 600);
  EXPECT_EQ(errors.log_likelihood_size(), stats::kSpreads);
  EXPECT_EQ(errors.dispersion_seen_size(), 5);
  EXPECT_EQ(errors.raw_dispersion_seen_size(), 0) << "a proportion has no bucket";
  EXPECT_EQ(windows->at("ruby.exceptions").raw_dispersion_seen_size(), 5);
  // Rare events: hours of processes, and nothing to learn a spread from.
  EXPECT_NEAR(windows->at("proc.crashes").exposure(), 0.5, 1e-9);
  EXPECT_EQ(windows->at("proc.crashes").log_likelihood_size(), 0);
  EXPECT_EQ(windows->count("http.latency"), 0u);
  EXPECT_EQ(windows->count("ruby.vm_entries"), 0u) << "none were counted";
}

TEST_F(ProfileLearnerTest, HostsThatDifferSayMoreSpreadThanHostsThatAreAlike) {
  service_.AddHosts(8, {.requests = 200, .exceptions_per_request = 0.1});
  Run(601);
  const double alike = Fit(Close()->at("ruby.exceptions"));
  for (size_t i = 0; i < 8; ++i) service_.host(i).exceptions_per_request *= i % 2 == 0 ? 0.5 : 1.5;
  learner_.StartAfresh();
  Run(601);
  const double different = Fit(Close()->at("ruby.exceptions"));
  EXPECT_LT(alike, 0.1);
  EXPECT_GT(different, 0.3);
}

TEST_F(ProfileLearnerTest, BurstsShowAsDispersionAndNotAsEvents) {
  service_.AddHosts(6, {.requests = 100, .exceptions_per_request = 0.02});
  for (int second = 0; second < 601; ++second) {
    for (size_t i = 0; i < 6; ++i) {
      service_.host(i).exceptions_per_request = (second + 17 * static_cast<int>(i)) % 100 == 0 ? 2 : 0.02;
    }
    Run(1);
  }
  const v1::ProfileWindow window = Close()->at("ruby.exceptions");
  const double capped = window.dispersion_seen(0) / window.dispersion_expected(0);
  const double raw = window.raw_dispersion_seen(0) / window.raw_dispersion_expected(0);
  EXPECT_GT(raw, 5);
  EXPECT_LT(capped, raw / 2);
}

TEST_F(ProfileLearnerTest, CoarseTimeScalesGoOnFromWindowToWindow) {
  service_.AddHosts(4, {.errors_per_request = 0.1});
  Run(601);
  EXPECT_EQ(Close()->at("http.5xx").dispersion_expected(4), 0) << "512 s twice take longer than a window";
  Run(600);
  EXPECT_GT(Close()->at("http.5xx").dispersion_expected(4), 0);
}

TEST_F(ProfileLearnerTest, TurnsLookAfterTwoMinutesTenAndThirty) {
  // Hosts that differ in the last window's first two minutes only: the shorter the look,
  // the larger the spread.
  service_.AddHosts(6, {.requests = 200, .exceptions_per_request = 0.1});
  const auto look = [&](int64_t turn) {
    learner_.StartAfresh();
    for (int window = 0; window < 3; ++window) {
      const double apart = window < 2 ? 0 : 0.05;  // in the third window
      for (size_t i = 0; i < 6; ++i)
        service_.host(i).exceptions_per_request = i % 2 == 0 ? 0.1 - apart : 0.1 + apart;
      Run(120);
      for (size_t i = 0; i < 6; ++i) service_.host(i).exceptions_per_request = 0.1;
      Run(480);
      if (window < 2) Close(1).IgnoreError();
    }
    return Fit(Close(turn)->at("ruby.exceptions"));
  };
  const double early = look(0), whole = look(1), three = look(2);
  EXPECT_GT(early, 0.3);
  EXPECT_LT(whole, early);
  EXPECT_LT(three, whole);
}

TEST_F(ProfileLearnerTest, ARareEventCountsOncePerHostAndMinute) {
  service_.AddHosts(2, {.age_ms = 0});
  Run(10);
  for (int crash = 0; crash < 5; ++crash) {
    v1::ProcessSample born = testing::Process(500 + static_cast<uint32_t>(crash), 0);
    born.set_age_ms(100);
    v1::ProcessSample dead = testing::Exited(born);
    dead.mutable_exit()->set_signal(11);
    service_.history.Observe("web-1", 7, {}, dead);
    Run(1);
  }
  Run(200);
  const auto windows = Close();
  EXPECT_EQ(windows->at("proc.crashes").events(), 1);
  EXPECT_EQ(windows->at("proc.restarts").events(), 1);
}

TEST_F(ProfileLearnerTest, OnlyTheRevisionThatMostHostsRunIsLearnedFrom) {
  service_.exact = true;
  service_.AddHosts(4);
  service_.AddHosts(1, {.name = "odd", .revision = "older", .requests = 1000});
  Run(601);
  EXPECT_EQ(learner_.revision(), "old");
  EXPECT_EQ(Close()->at("http.5xx").exposure(), 4 * 100 * 600);
}

TEST_F(ProfileLearnerTest, WhenAnotherRevisionHasTakenOverThereIsNoWindow) {
  service_.AddHosts(4);
  Run(100);
  for (size_t i = 0; i < 4; ++i) service_.Restart(i, "new");
  Run(500);
  EXPECT_THAT(Close().status().message(), HasSubstr("another revision has taken over"));
  Run(601);
  EXPECT_EQ(learner_.revision(), "new");
  EXPECT_THAT(Close(), testing::IsOk());
}

TEST_F(ProfileLearnerTest, SaysWhatIsMissing) {
  EXPECT_THAT(Close().status().message(), HasSubstr("only 0 s have been observed"));
  service_.AddHosts(1);
  Run(300);
  EXPECT_THAT(Close().status().message(), HasSubstr("only one host"));
  EXPECT_TRUE(absl::IsFailedPrecondition(Close().status()));
  learner_.StartAfresh();
  service_.AddHosts(1);
  Run(60);
  EXPECT_THAT(Close().status().message(), HasSubstr("only 60 s have been observed"));
}

}  // namespace
}  // namespace haldane::controller
