// What is known of a service before its rollout: its profile, its hosts' past,
// and self tests whose promise was broken.

#include "controller/evidence/rate_evidence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "stats/grids.h"
#include "tests/support/rollout_script.h"

namespace haldane::controller {
namespace {

using haldane::v1::Finding;

constexpr ErrorBudget kBudget = {.false_stop = 0.01, .missed = 0.05};
constexpr int kRequests = 100;  // a second and host

// Hosts of two cohorts, canaries first; each fails at its own rate.
class Fleet {
 public:
  Fleet(uint64_t seed, std::vector<double> error_rates) : random_(seed), rates_(std::move(error_rates)) {}

  int half() const { return static_cast<int>(rates_.size()) / 2; }
  double& rate(int host) { return rates_[static_cast<size_t>(host)]; }
  static std::string NameOf(int host) { return absl::StrCat("host-", host); }

  uint64_t Errors(int host) { return std::poisson_distribution<uint64_t>(kRequests * rate(host))(random_); }

  // `seconds` in which all hosts run the old revision.
  haldane::v1::History Past(uint32_t seconds) {
    haldane::v1::History history;
    history.add_signals("http.5xx");
    for (int host = 0; host < 2 * half(); ++host) {
      haldane::v1::HostHistory* of_host = history.add_hosts();
      of_host->set_host(NameOf(host));
      for (uint32_t before = seconds; before >= 1; --before) {
        haldane::v1::HistorySecond* second = of_host->add_seconds();
        second->set_before(before);
        second->add_events(Errors(host));
        second->add_exposure(kRequests);
      }
    }
    return history;
  }

  void AddTo(RateEvidence& evidence) const {
    for (int host = 0; host < 2 * half(); ++host) {
      evidence.AddUnit(host < half() ? Cohort::kCanary : Cohort::kBaseline, NameOf(host));
    }
  }

  void Serve(RateEvidence& evidence, int seconds) {
    for (int second = 0; second < seconds; ++second) {
      std::vector<UnitTick> ticks;
      for (int host = 0; host < 2 * half(); ++host) {
        UnitTick tick{.unit = host};
        tick.counters.set_http_requests(kRequests);
        tick.counters.set_http_5xx(Errors(host));
        ticks.push_back(std::move(tick));
      }
      evidence.Observe(ticks, absl::UnixEpoch() + absl::Seconds(second));
    }
  }

 private:
  std::mt19937_64 random_;
  std::vector<double> rates_;
};

haldane::v1::Plan LongPlan() {
  haldane::v1::Plan plan = testing::TestPlan({"http.5xx"});
  plan.mutable_observe()->mutable_max()->set_seconds(1200);
  plan.mutable_signals(0)->set_tolerate_ratio(1);
  plan.mutable_signals(0)->set_tolerate_absolute(0);
  return plan;
}

// Of a service whose hosts have always been alike.
haldane::v1::Profile CalmProfile() {
  haldane::v1::Profile profile;
  haldane::v1::SignalProfile* signal = profile.add_signals();
  signal->set_signal("http.5xx");
  signal->set_windows(300);
  signal->set_incidents(2);
  for (int i = 0; i < stats::kSpreads; ++i) signal->add_spread_weights(i == 0 ? 1 : 0);
  for (int scale = 0; scale < 5; ++scale) signal->add_dispersion(1);
  return profile;
}

Finding FindingAfter(const Past& past, Fleet fleet, int seconds) {
  const haldane::v1::Plan plan = LongPlan();
  RateEvidence evidence(plan, plan.signals(0), past);
  fleet.AddTo(evidence);
  fleet.Serve(evidence, seconds);
  Finding finding;
  evidence.Describe(kBudget, &finding);
  return finding;
}

TEST(RateEvidenceTest, AServiceWhoseHostsAreAlikeIsJudgedSooner) {
  const Fleet fleet(1, {0.02, 0.02, 0.01, 0.01});
  const haldane::v1::Profile profile = CalmProfile();
  const Finding cold = FindingAfter({}, fleet, 60), learned = FindingAfter({.profile = &profile}, fleet, 60);
  EXPECT_EQ(cold.basis(), haldane::v1::EVIDENCE_BASIS_COLD);
  EXPECT_EQ(learned.basis(), haldane::v1::EVIDENCE_BASIS_PROFILE);
  EXPECT_LT(cold.harm_evidence(), std::log(1 / kBudget.false_stop));
  EXPECT_GT(learned.harm_evidence(), cold.harm_evidence() + 1);
}

TEST(RateEvidenceTest, AProfileOfOtherGridsSaysNothing) {
  haldane::v1::Profile profile = CalmProfile();
  profile.mutable_signals(0)->mutable_spread_weights()->RemoveLast();
  const Fleet fleet(1, {0.02, 0.02, 0.01, 0.01});
  const Finding cold = FindingAfter({}, fleet, 60), learned = FindingAfter({.profile = &profile}, fleet, 60);
  EXPECT_EQ(learned.basis(), haldane::v1::EVIDENCE_BASIS_COLD);
  EXPECT_EQ(learned.harm_evidence(), cold.harm_evidence());
}

// Hosts differ more than revisions do; only their own past can tell.
TEST(RateEvidenceTest, TheHostsPastMakesEachItsOwnControl) {
  Fleet fleet(2, {0.004, 0.012, 0.022, 0.007, 0.016, 0.021, 0.006, 0.013, 0.008, 0.017});
  const haldane::v1::History history = fleet.Past(600);
  for (int host = 0; host < fleet.half(); ++host) fleet.rate(host) *= 2;
  const Finding cold = FindingAfter({}, fleet, 120);
  const Finding controlled = FindingAfter({.history = &history}, fleet, 120);
  EXPECT_EQ(controlled.basis(), haldane::v1::EVIDENCE_BASIS_SAME_HOSTS);
  EXPECT_LT(cold.harm_evidence(), std::log(1 / kBudget.false_stop));
  EXPECT_GT(controlled.harm_evidence(), std::log(1 / kBudget.false_stop));
}

TEST(RateEvidenceTest, ThePastOfOtherHostsOrSignalsSaysNothing) {
  Fleet fleet(3, {0.02, 0.02, 0.01, 0.01});
  haldane::v1::History others = fleet.Past(60), signals = fleet.Past(60);
  for (haldane::v1::HostHistory& host : *others.mutable_hosts()) host.set_host("gone-" + host.host());
  signals.set_signals(0, "http.4xx");
  const Finding cold = FindingAfter({}, fleet, 30);
  for (const haldane::v1::History* history : {&others, &signals}) {
    const Finding finding = FindingAfter({.history = history}, fleet, 30);
    EXPECT_EQ(finding.basis(), haldane::v1::EVIDENCE_BASIS_COLD);
    EXPECT_EQ(finding.harm_evidence(), cold.harm_evidence());
  }
}

class BrokenPromiseTest : public ::testing::Test {
 protected:
  BrokenPromiseTest() : profile_(CalmProfile()) { profile_.mutable_signals(0)->set_broken_promise(true); }

  haldane::v1::Profile profile_;
};

// By the calm profile the model would stop hosts that only differ.
TEST_F(BrokenPromiseTest, HostsThatOnlyDifferAreNotStoppedAnyMore) {
  const Fleet fleet(4, {0.04, 0.01, 0.03, 0.012, 0.011, 0.01, 0.014, 0.01, 0.013, 0.012, 0.011, 0.012});
  const haldane::v1::Profile calm = CalmProfile();
  EXPECT_GT(FindingAfter({.profile = &calm}, fleet, 1000).harm_evidence(), 0);
  const Finding exact = FindingAfter({.profile = &profile_}, fleet, 1000);
  EXPECT_EQ(exact.basis(), haldane::v1::EVIDENCE_BASIS_PERMUTATION);
  EXPECT_EQ(exact.harm_evidence(), 0);
}

TEST_F(BrokenPromiseTest, ACanaryThatIsWorseOnEveryHostIsStopped) {
  std::vector<double> rates(20, 0.01);
  for (size_t host = 0; host < 10; ++host) rates[host] = 0.03;
  const Finding exact = FindingAfter({.profile = &profile_}, Fleet(5, rates), 1000);
  EXPECT_GE(exact.harm_evidence(), std::log(1 / kBudget.false_stop));
}

// It cannot say harm is absent better than the model can: clear stays the model's.
TEST_F(BrokenPromiseTest, AnEqualCanaryIsStillCleared) {
  haldane::v1::Plan plan = LongPlan();
  plan.mutable_signals(0)->set_tolerate_ratio(1.5);
  const Past past{.profile = &profile_};
  RateEvidence evidence(plan, plan.signals(0), past);
  Fleet fleet(6, std::vector<double>(20, 0.01));
  fleet.AddTo(evidence);
  fleet.Serve(evidence, 600);
  Finding finding;
  evidence.Describe(kBudget, &finding);
  EXPECT_GE(finding.clear_evidence(), std::log(2 / kBudget.missed));
  EXPECT_EQ(finding.harm_evidence(), 0);
}

}  // namespace
}  // namespace haldane::controller
