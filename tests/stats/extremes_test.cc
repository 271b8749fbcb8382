// No NaN, no overflow, no crash: every public function over numbers from the
// ends of their ranges, drawn with a fixed seed. And what must hold whatever the
// numbers: symmetry, order, evidence that grows with the canary's events.

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "split_fixture.h"
#include "stats/combination.h"
#include "stats/count_signal.h"
#include "stats/dirichlet_multinomial.h"
#include "stats/gauge_drift.h"
#include "stats/infection.h"
#include "stats/log_gamma.h"
#include "stats/log_linear_histogram.h"
#include "stats/log_space.h"
#include "stats/non_inferiority.h"
#include "stats/poisson_ratio.h"
#include "stats/pre_period.h"
#include "stats/presence.h"
#include "stats/rare_event.h"
#include "stats/rate_sequence.h"
#include "stats/ratio_sequence.h"
#include "stats/share_betting.h"
#include "stats/spread_profile.h"

namespace haldane::stats {
namespace {

constexpr double kHuge = 9007199254740992.0;  // 2^53

class Extremes {
 public:
  explicit Extremes(std::uint64_t seed) : random_(seed) {}
  int Whole(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  double LogUniform(double low, double high) {
    return low * std::exp(std::uniform_real_distribution<double>(0, std::log(high / low))(random_));
  }
  // 0, 1, 2^53, or anything between.
  double Count() {
    const double ends[] = {0, 0, 1, kHuge, std::floor(LogUniform(1, kHuge)), std::floor(LogUniform(1, 1000))};
    return ends[Whole(0, 5)];
  }
  double Exposure() {
    const double ends[] = {1e-9, 1, kHuge, LogUniform(1e-9, kHuge)};
    return ends[Whole(0, 3)];
  }
  double Boundary() { return std::log(LogUniform(0.05, 50)); }
  CohortCounts Cohort() {
    CohortCounts cohort;
    const int hosts = Whole(1, 4);
    double total = 0;
    for (int h = 0; h < hosts; ++h) {
      cohort.events.push_back(Count());
      cohort.weights.push_back(LogUniform(1e-12, 1));
      total += cohort.weights.back();
    }
    for (double& weight : cohort.weights) weight *= hosts / total;
    return cohort;
  }
  SplitCounts Split() { return {Cohort(), Cohort(), std::log(Exposure() / Exposure())}; }

 private:
  std::mt19937_64 random_;
};

void ExpectSound(const RatioInterval& interval) {
  EXPECT_FALSE(std::isnan(interval.low) || std::isnan(interval.ratio) || std::isnan(interval.high));
  EXPECT_LE(interval.low, interval.high);
  EXPECT_GE(interval.low, 0);
}

TEST(ExtremesTest, TheEngineIsFinite) {
  Extremes any(1);
  for (int i = 0; i < 1500; ++i) {
    const SplitCounts split = any.Split();
    const RandomEffects engine(split);
    const double boundary = any.Boundary();
    EXPECT_TRUE(std::isfinite(HarmLogEvidence(engine, boundary))) << i;
    EXPECT_TRUE(std::isfinite(ClearLogEvidence(engine, boundary))) << i;
    EXPECT_TRUE(std::isfinite(engine.CentralEffect())) << i;
    if (i % 10 == 0) ExpectSound(RatioSequence(engine, engine, {0.05, 0.05, {}, 0, std::exp(boundary)}));
  }
}

TEST(ExtremesTest, TheEngineWithAPastIsFinite) {
  Extremes any(2);
  for (int i = 0; i < 150; ++i) {
    const SplitCounts split = any.Split();
    PrePeriod past;
    for (std::size_t h = 0; h < split.canary.events.size(); ++h)
      past.canary.push_back({any.Count(), any.Count()});
    for (std::size_t h = 0; h < split.baseline.events.size(); ++h) {
      past.baseline.push_back({any.Count(), any.Count()});
    }
    const RandomEffects engine = WithPrePeriod(split, past);
    EXPECT_TRUE(std::isfinite(HarmLogEvidence(engine, any.Boundary()))) << i;
    EXPECT_TRUE(std::isfinite(ClearLogEvidence(engine, any.Boundary()))) << i;
  }
}

TEST(ExtremesTest, ASignalIsFiniteWhateverItIsFed) {
  Extremes any(3);
  for (int i = 0; i < 60; ++i) {
    const int canary = any.Whole(1, 2);
    const int hosts = canary + any.Whole(1, 3);
    CountSignal::Options options = {.tolerate_ratio = std::exp(any.Boundary()),
                                    .tolerate_absolute = any.Whole(0, 1) * any.LogUniform(1e-9, 10),
                                    .restarts = {5, 12}};
    if (any.Whole(0, 1)) options.kind = CountSignal::Options::Kind::kProportion;
    CountSignal signal(options);
    for (int h = 0; h < hosts; ++h) signal.AddHost(h < canary ? kC : kB);
    const double exposure = any.Exposure();
    for (int t = 0; t < 80; ++t) {
      std::vector<HostTick> tick;
      for (int h = 0; h < hosts; ++h) {
        const double e = any.Whole(0, 3) == 0 ? 0 : exposure * any.LogUniform(0.01, 100);
        double x = any.Whole(0, 2) == 0 ? any.Count() / 128 : 0;
        if (options.kind == CountSignal::Options::Kind::kProportion) x = std::min(x, e);
        if (any.Whole(0, 5) > 0) tick.push_back({h, x, e});
      }
      t < 20 && i % 2 == 0 ? signal.ObserveBefore(tick) : signal.Observe(tick);
    }
    EXPECT_TRUE(std::isfinite(signal.HarmEvidence())) << i;
    EXPECT_TRUE(std::isfinite(signal.ClearEvidence(0.05))) << i;
    EXPECT_TRUE(std::isfinite(signal.EvidenceWithout(0))) << i;
    EXPECT_FALSE(std::isnan(signal.EventsToHarm(4.6))) << i;
    EXPECT_FALSE(std::isnan(signal.EventsToUnclear(0.05, 3.7))) << i;
    ExpectSound(signal.Interval(0.05));
  }
}

TEST(ExtremesTest, TheSideProcessesAreFinite) {
  Extremes any(4);
  for (int i = 0; i < 500; ++i) {
    const double slots = any.Count();
    const double present = std::floor(slots * any.LogUniform(1e-6, 1));
    const double other_slots = any.Count();
    const double other = std::floor(other_slots * any.LogUniform(1e-6, 1));
    EXPECT_TRUE(
        std::isfinite(PresenceLogEvidence({present, slots}, {other, other_slots}, any.LogUniform(1e-9, 1e9))))
        << i;
    const RarePrior prior = RarePriorFrom(any.Count(), any.Exposure(), any.Count(), any.Exposure(), 0.5);
    EXPECT_TRUE(std::isfinite(RareEventLogEvidence(prior, any.Count(), any.Exposure(), 1.5))) << i;
    EXPECT_TRUE(std::isfinite(RateLogEvidence(any.Count(), any.Count()))) << i;
    EXPECT_TRUE(std::isfinite(BelowRateLogEvidence(any.Count(), any.Count()))) << i;
    EXPECT_TRUE(std::isfinite(PoissonLogEvidence(any.Count(), any.Count(), std::log(any.Exposure()), 0.2)))
        << i;
    EXPECT_TRUE(std::isfinite(LogGamma(any.LogUniform(1e-200, kHuge)))) << i;
    EXPECT_GE(RisingFactorialExcess(any.LogUniform(1e-9, kHuge), any.Count()), -1e300) << i;
    ShareBetting betting;
    betting.Observe(any.Whole(0, 1), any.LogUniform(1e-12, 0.999));
    EXPECT_TRUE(std::isfinite(betting.LogEvidence())) << i;
  }
}

TEST(ExtremesTest, GaugesAreFinite) {
  Extremes any(5);
  for (int i = 0; i < 300; ++i) {
    std::vector<HostDrift> sides[2];
    for (auto& side : sides) {
      const int hosts = any.Whole(1, 4);
      for (int h = 0; h < hosts; ++h) {
        side.push_back({(any.Whole(0, 1) ? 1 : -1) * any.Count(), std::floor(any.LogUniform(1, 1e6))});
      }
    }
    EXPECT_TRUE(std::isfinite(DriftLogEvidence(sides[0], sides[1], any.LogUniform(1e-3, kHuge), any.Count(),
                                               DriftPointsWithReach())))
        << i;
  }
}

TEST(ExtremesTest, HistogramsHoldEveryValue) {
  Extremes any(6);
  const LogLinearBuckets buckets(3);
  for (int i = 0; i < 300; ++i) {
    std::vector<double> counts(201);
    for (double& count : counts) count = any.Whole(0, 3) ? 0 : any.Count();
    const double q = any.LogUniform(1e-6, 0.999999);
    const double value = InterpolatedQuantile(buckets, counts, q);
    EXPECT_TRUE(std::isfinite(value) && value >= 0) << i;
  }
}

// Swapping the cohorts turns the ratio over: what it says of r it then says of 1/r.
TEST(ExtremesTest, TheEngineIsSymmetric) {
  Extremes any(7);
  for (int i = 0; i < 300; ++i) {
    const SplitCounts split = any.Split();
    const SplitCounts swapped = {split.baseline, split.canary, -split.log_odds};
    EXPECT_NEAR(RandomEffects(split).CentralEffect(), -RandomEffects(swapped).CentralEffect(), 1e-9);
    for (const double effect : {-0.7, 0.0, 0.4}) {
      const double there = SplitFit(split.log_odds + effect, 0.3, 12, 7);
      const double back = SplitFit(-split.log_odds - effect, 0.3, 7, 12);
      EXPECT_NEAR(there, back, 1e-9 * (1 + std::fabs(there)));
    }
  }
}

TEST(ExtremesTest, TheOrderOfHostsDoesNotMatter) {
  Extremes any(8);
  for (int i = 0; i < 300; ++i) {
    SplitCounts split = any.Split();
    const double evidence = HarmLogEvidence(RandomEffects(split), 0.2);
    for (CohortCounts* side : {&split.canary, &split.baseline}) {
      std::reverse(side->events.begin(), side->events.end());
      std::reverse(side->weights.begin(), side->weights.end());
    }
    EXPECT_NEAR(HarmLogEvidence(RandomEffects(split), 0.2), evidence, 1e-7 * (1 + std::fabs(evidence))) << i;
  }
}

// More events on the canary are never less evidence of harm, nor more of its
// absence, hosts' own differences held: to a nat up to six, beyond which
// the finite grid makes ripples of a nat or two.
TEST(ExtremesTest, EvidenceIsMonotone) {
  Extremes any(9);
  for (int i = 0; i < 60; ++i) {
    const double scale = any.LogUniform(10, 1e6);
    std::vector<double> hosts[2];
    for (auto& side : hosts) {
      for (int h = any.Whole(3, 6); h > 0; --h) side.push_back(std::floor(scale * any.LogUniform(0.9, 1.1)));
    }
    const RandomEffects engine(EvenSplit(hosts[0], hosts[1], any.LogUniform(0.1, 0.9)));
    const double boundary = std::log(any.LogUniform(1, 2));
    double harm = -kInfinity;
    double clear = kInfinity;
    for (double canary = 5; canary < 1000 * scale; canary *= 1.2) {
      const RandomEffects more = engine.Over(canary, engine.baseline_events());
      const double next_harm = HarmLogEvidence(more, boundary);
      const double next_clear = ClearLogEvidence(more, boundary);
      EXPECT_GE(next_harm, std::min(harm, 6.0) - 0.6) << i << " " << canary / scale;
      EXPECT_LE(std::min(next_clear, 6.0), clear + 1) << i << " " << canary / scale;
      harm = next_harm;
      clear = next_clear;
    }
  }
}

TEST(ExtremesTest, AveragesAreFiniteOrNothing) {
  EXPECT_EQ(MixLogEvidence(0.8, 0, 0), 0);
  EXPECT_EQ(MixLogEvidence(0.8, -kInfinity, -kInfinity), -kInfinity);
  EXPECT_NEAR(MixLogEvidence(0.8, 1e9, -kInfinity), 1e9, 1);
  EXPECT_NEAR(MixLogEvidence(0.8, std::log(10), std::log(100)), std::log(28), 1e-12);
}

}  // namespace
}  // namespace haldane::stats
