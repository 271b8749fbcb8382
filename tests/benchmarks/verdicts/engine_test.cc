#include "benchmarks/verdicts/engine/engine.h"

#include <gtest/gtest.h>

#include <cmath>

#include "benchmarks/verdicts/contestants.h"
#include "benchmarks/verdicts/engine/ceiling.h"
#include "benchmarks/verdicts/engine/profile.h"

namespace haldane::benchmarks {
namespace {

// Follows the engine and its ceiling through one rollout.
void ExpectBelowCeiling(const char* model_name, double ratio, const stats::CountSignal::Options& options,
                        int before = 0) {
  const NamedModel& model = FindNoiseModel(model_name);
  const auto fleet =
      model.make({.cohorts = {2, 4}, .harm = {.ratio = ratio}, .before = before}, Random("ceiling", 1));
  stats::CountSignal signal(options);
  EvidenceCeiling ceiling(options);
  for (int h = 0; h < 6; ++h) {
    signal.AddHost(h < 2 ? stats::Cohort::kCanary : stats::Cohort::kBaseline);
    ceiling.AddHost(h < 2 ? stats::Cohort::kCanary : stats::Cohort::kBaseline);
  }
  Second second;
  for (int t = 1 - before; t <= 400; ++t) {
    fleet->Next(second);
    std::vector<stats::HostTick> ticks;
    int index = 0;
    for (const auto* cohort : {&second.canary, &second.baseline}) {
      for (const HostSecond& host : *cohort) {
        if (host.exposure > 0) ticks.push_back({index, host.events, host.exposure});
        ++index;
      }
    }
    if (t <= 0) {
      signal.ObserveBefore(ticks);
      ceiling.ObserveBefore(ticks);
      continue;
    }
    signal.Observe(ticks);
    ceiling.Observe(ticks);
    if (t % 20 != 0) continue;
    ASSERT_LE(signal.HarmEvidence(), ceiling.Harm() + 0.05) << model_name << " at " << t;
    ASSERT_LE(signal.ClearEvidence(0.05), ceiling.Clear() + 0.05) << model_name << " at " << t;
  }
}

TEST(EvidenceCeilingTest, IsAboveTheEvidence) {
  for (const char* model :
       {"poisson", "hostcv.3hi", "ar1", "burst", "cold+gate", "restart+gate", "unequal"}) {
    for (const double ratio : {1.0, 3.0}) {
      ExpectBelowCeiling(model, ratio, {.tolerate_ratio = 1});
      ExpectBelowCeiling(model, ratio, {.tolerate_ratio = 1.5, .restarts = {100, 200}});
    }
  }
  ExpectBelowCeiling("proportion", 1.5,
                     {.tolerate_ratio = 1, .kind = stats::CountSignal::Options::Kind::kProportion});
}

TEST(EvidenceCeilingTest, HoldsWithAProfile) {
  const stats::CountSignal::Options options{.tolerate_ratio = 1,
                                            .profile = LearnProfile(FindNoiseModel("poisson"))};
  ExpectBelowCeiling("poisson", 2, options);
  ExpectBelowCeiling("hostcv.3", 2, options);
}

TEST(EvidenceCeilingTest, HoldsWithThePastOfTheSameHosts) {
  for (const char* model : {"poisson_hi", "hostcv.3hi", "ar1", "combo_hi"}) {
    for (const double ratio : {1.0, 1.5, 3.0}) ExpectBelowCeiling(model, ratio, {.tolerate_ratio = 1}, 300);
  }
}

// Being asked where it matters must not change when a judge stops.
TEST(EngineJudgeTest, LooksWhereItMattersStopWhenLooksEverySecondDo) {
  for (const char* name : {"poisson_hi", "ar1"}) {
    const NamedModel& model = FindNoiseModel(name);
    const Cell cell{
        .name = "looks",
        .model = model.make,
        .setup = {.cohorts = {3, 4}, .harm = {.ratio = 1.6}},
        .seconds = 300,
        .runs = 4,
        .judges = {Engine(Mode::kCold, model, {.looks = Looks::kEverySecond}), Engine(Mode::kCold, model)}};
    const CellTraces traces = RunCell(cell, {1});
    for (std::size_t run = 0; run < traces[0].size(); ++run) {
      for (const double alpha : kAlphas) {
        EXPECT_EQ(traces[0][run].StoppedAt(-std::log(alpha)), traces[1][run].StoppedAt(-std::log(alpha)))
            << name << " " << run << " " << alpha;
      }
    }
  }
}

TEST(ProfileTest, KnowsHowUnlikeHostsAre) {
  const stats::SignalProfile alike = LearnProfile(FindNoiseModel("poisson_hi"));
  const stats::SignalProfile unlike = LearnProfile(FindNoiseModel("hostcv.6"));
  const auto mean = [](const stats::SignalProfile& profile) {
    double sum = 0;
    for (int k = 0; k < stats::kSpreads; ++k) sum += profile.spreads[k] * stats::kSpreadGrid[k];
    return sum;
  };
  EXPECT_LT(mean(alike), 0.1);
  EXPECT_NEAR(mean(unlike), 0.6, 0.2);
  EXPECT_LT(alike.raw_dispersion[4], 1.2);
  EXPECT_GT(LearnProfile(FindNoiseModel("ar1")).raw_dispersion[4], 5);
}

}  // namespace
}  // namespace haldane::benchmarks
