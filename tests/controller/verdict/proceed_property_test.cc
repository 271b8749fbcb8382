// Whatever reports say, come late, twice or never: proceed is given only on
// demonstrated non-inferiority, and no number is ever not a number.

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>
#include <string>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "plan/defaults.h"
#include "tests/support/story.h"

namespace haldane::controller {
namespace {

using haldane::testing::FakeFleet;
using haldane::testing::Start;
using haldane::testing::TestPlan;
using haldane::testing::TickBytes;

class Adversary {
 public:
  explicit Adversary(uint64_t seed) : random_(seed) {}

  bool Chance(double p) { return std::uniform_real_distribution<double>()(random_) < p; }
  uint64_t Number() {
    const int bits = std::uniform_int_distribution<int>(0, 53)(random_);
    return std::uniform_int_distribution<uint64_t>(0, (uint64_t{1} << bits) - 1)(random_);
  }

  // What is left of a second's honest reports: lost, old, repeated, and lied about.
  haldane::v1::Tick Distort(const haldane::v1::Tick& honest) {
    haldane::v1::Tick tick;
    for (const haldane::v1::HostReport& report : honest.hosts()) {
      if (Chance(0.15)) continue;
      haldane::v1::HostReport* sent = tick.add_hosts();
      *sent = Chance(0.1) && !old_.hosts().empty() ? old_.hosts(0) : report;
      if (Chance(0.05)) Lie(sent);
      if (Chance(0.05)) *tick.add_hosts() = *sent;
    }
    if (Chance(0.2)) old_ = honest;
    return tick;
  }

 private:
  void Lie(haldane::v1::HostReport* report) {
    if (Chance(0.2)) report->set_epoch(Number());
    if (Chance(0.2)) {
      haldane::v1::SignalGap* gap = report->add_gaps();
      gap->set_signal(Chance(0.5) ? "http.5xx" : "ruby.exceptions");
      gap->set_cause(haldane::v1::SignalGap::CAUSE_SHED);
    }
    if (Chance(0.2)) {
      haldane::v1::DropCounter* drop = report->add_drops();
      drop->set_site("response_pending_full");
      drop->set_count(Number());
    }
    for (haldane::v1::ProcessSample& sample : *report->mutable_processes()) LieAbout(&sample);
  }

  void LieAbout(haldane::v1::ProcessSample* sample) {
    if (Chance(0.3)) sample->set_age_ms(Number());
    if (Chance(0.2)) sample->set_counting(false);
    if (Chance(0.2)) sample->set_exited(true);
    if (Chance(0.2)) sample->mutable_exit()->set_signal(static_cast<uint32_t>(Number() % 65));
    if (Chance(0.3)) sample->mutable_gauges()->set_rss_bytes(Number());
    if (Chance(0.2)) sample->mutable_process()->set_pid(static_cast<uint32_t>(Number()));
    const auto* descriptor = haldane::v1::Counters::descriptor();
    const auto* reflection = haldane::v1::Counters::GetReflection();
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const auto* field = descriptor->field(i);
      if (field->is_repeated() || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_UINT64)
        continue;
      if (Chance(0.2)) reflection->SetUInt64(sample->mutable_counters(), field, Number());
    }
    if (Chance(0.3)) {
      auto* bucket = sample->mutable_counters()->mutable_http_latency()->add_buckets();
      bucket->set_index(static_cast<uint32_t>(Number()));
      bucket->set_count(Number());
    }
  }

  std::mt19937_64 random_;
  haldane::v1::Tick old_;
};

// Every number of a message, however deep.
void ExpectNumbers(const google::protobuf::Message& message) {
  const auto* descriptor = message.GetDescriptor();
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_DOUBLE && !field->is_repeated()) {
      EXPECT_FALSE(std::isnan(reflection->GetDouble(message, field))) << field->full_name();
    }
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (field->is_repeated()) {
      for (int j = 0; j < reflection->FieldSize(message, field); ++j) {
        ExpectNumbers(reflection->GetRepeatedMessage(message, field, j));
      }
    } else if (reflection->HasField(message, field)) {
      ExpectNumbers(reflection->GetMessage(message, field));
    }
  }
}

void ExpectDemonstrated(const haldane::v1::Plan& plan, const haldane::v1::Verdict& verdict) {
  int cleared = 0;
  for (const haldane::v1::Finding& finding : verdict.findings()) {
    if (finding.action() == haldane::v1::ACTION_OBSERVE || !finding.required()) continue;
    EXPECT_EQ(finding.state(), haldane::v1::FINDING_STATE_CLEAR) << finding.DebugString();
    EXPECT_GE(finding.clear_evidence(), std::log(2 / plan.budget().missed()));
    EXPECT_GT(finding.canary().exposure(), 0);
    EXPECT_GT(finding.baseline().exposure(), 0);
    ++cleared;
  }
  EXPECT_GT(cleared, 0);
  EXPECT_LT(verdict.combined_evidence(), verdict.combined_bound());
  for (const haldane::v1::FairnessProblem& problem : verdict.fairness().problems()) {
    EXPECT_NE(problem.effect(), haldane::v1::FairnessProblem::EFFECT_BLOCKS_PROCEED) << problem.what();
  }
}

haldane::v1::Plan EverySignal() {
  return TestPlan({"ruby.exceptions", "ruby.exceptions.new_class", "http.5xx", "http.latency", "proc.crashes",
                   "proc.rss", "http.requests", "sys.errors"});
}

TEST(ProceedProperty, IsGivenOnlyOnDemonstratedNonInferiority) {
  std::set<haldane::v1::RolloutState> ends;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    const haldane::v1::Plan plan = seed % 4 == 0 ? EverySignal() : TestPlan();
    Adversary adversary(seed);
    FakeFleet fleet(seed);
    fleet.AddBothSides(1 + static_cast<int>(seed % 5), {.latency_us = 50000, .rss_bytes = 1e8},
                       {.latency_us = 50000, .rss_bytes = 1e8});
    absl::Time now = Start();
    auto rollout = *Rollout::Open(haldane::testing::CreatedBytes(plan, now));
    for (int second = 0; second < 125; ++second) {
      fleet.Serve();
      if (adversary.Chance(0.02)) fleet.RestartAgent(0);
      // Clocks of the controller stand still and jump; they never run backwards in a log.
      now += adversary.Chance(0.02) ? absl::Seconds(40) : absl::Seconds(adversary.Chance(0.1) ? 0 : 1);
      const haldane::v1::Tick tick = seed % 3 == 0 ? fleet.Report() : adversary.Distort(fleet.Report());
      ASSERT_TRUE(rollout->Apply(TickBytes(tick, now)).ok());
      if (second % 5 != 0) continue;
      const haldane::v1::Verdict verdict = rollout->Judge();
      ExpectNumbers(verdict);
      if (verdict.state() == haldane::v1::ROLLOUT_STATE_PROCEED) ExpectDemonstrated(plan, verdict);
      ends.insert(verdict.state());
      if (IsTerminal(verdict.state()) || ::testing::Test::HasFailure()) break;
    }
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed;
  }
  // The test would say nothing if no rollout ever proceeded.
  EXPECT_TRUE(ends.contains(haldane::v1::ROLLOUT_STATE_PROCEED));
}

// A canary four times as bad, told of through the same distortion but without
// lies: what is lost, late or repeated never makes it look good.
TEST(ProceedProperty, IsNeverGivenToABadCanaryHoweverReportsTravel) {
  for (uint64_t seed = 1; seed <= 15; ++seed) {
    std::mt19937_64 random(seed);
    const auto chance = [&](double p) { return std::uniform_real_distribution<double>()(random) < p; };
    FakeFleet fleet(seed);
    fleet.AddBothSides(3, {.errors_per_request = 0.02}, {.errors_per_request = 0.005});
    absl::Time now = Start();
    auto rollout = *Rollout::Open(haldane::testing::CreatedBytes(TestPlan(), now));
    haldane::v1::Tick late;
    for (int second = 0; second < 120; ++second) {
      fleet.Serve();
      now += absl::Seconds(1);
      haldane::v1::Tick tick;
      const haldane::v1::Tick honest = fleet.Report();
      for (const haldane::v1::HostReport& report : honest.hosts()) {
        if (!chance(0.4)) *tick.add_hosts() = report;
      }
      if (chance(0.2)) tick.MergeFrom(late);
      if (chance(0.2)) late = fleet.Report();
      ASSERT_TRUE(rollout->Apply(TickBytes(tick, now)).ok());
      ASSERT_NE(rollout->Judge().state(), haldane::v1::ROLLOUT_STATE_PROCEED) << "seed " << seed;
      if (IsTerminal(rollout->Judge().state())) break;
    }
  }
}

}  // namespace
}  // namespace haldane::controller
