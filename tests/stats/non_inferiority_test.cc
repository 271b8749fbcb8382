#include "stats/non_inferiority.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "split_fixture.h"

namespace haldane::stats {
namespace {

const double kTolerated = std::log(1.25);

// Alike hosts, n a side.
RandomEffects Alike(int n, double canary, double baseline) {
  return RandomEffects(EvenSplit(std::vector<double>(n, canary), std::vector<double>(n, baseline), .5));
}

// However strong a regression, and however little hosts differ.
TEST(NonInferiorityTest, AWorseCanaryIsNeverLessHarmful) {
  for (const int hosts : {3, 5, 10}) {
    for (const double baseline : {10.0, 100.0, 1e4}) {
      for (const double ratio : {3., 10., 15., 22., 30., 48., 100., 1000., 1e5}) {
        EXPECT_GT(HarmLogEvidence(Alike(hosts, ratio * baseline, baseline), kTolerated), std::log(30))
            << hosts << " hosts, " << baseline << " events, ratio " << ratio;
      }
    }
  }
}

TEST(NonInferiorityTest, ABetterCanaryIsAlwaysClear) {
  for (const int hosts : {4, 5, 10}) {
    for (const double baseline : {100.0, 1e4}) {
      for (const double ratio : {.7, .5, .25, .2, .15, .1, .02, 0.}) {
        EXPECT_GT(ClearLogEvidence(Alike(hosts, ratio * baseline, baseline), kTolerated), std::log(40))
            << hosts << " hosts, " << baseline << " events, ratio " << ratio;
      }
    }
  }
}

TEST(NonInferiorityTest, DataWithinTheNullNeverSpeakAgainstIt) {
  for (const int hosts : {1, 3, 10}) {
    for (const double baseline : {1.0, 100.0, 1e6}) {
      for (const double ratio : {0., .001, .1, .5, 1., 1.24}) {
        EXPECT_LT(HarmLogEvidence(Alike(hosts, ratio * baseline, baseline), kTolerated), 0.01);
      }
      for (const double ratio : {1.26, 3., 100., 1e6}) {
        EXPECT_LT(ClearLogEvidence(Alike(hosts, ratio * baseline, baseline), kTolerated), 0.01);
      }
    }
  }
}

TEST(NonInferiorityTest, OneHostASideCannotShowHarmWithoutHistory) {
  // Nothing tells an odd host from a bad release.
  EXPECT_LT(HarmLogEvidence(RandomEffects(EvenSplit({1e6}, {1e4}, .5)), std::log(1.25)), std::log(100));
}

TEST(NonInferiorityTest, IsFiniteAtEveryExtreme) {
  const double huge = 9007199254740992.0;
  for (const double canary : {0.0, 1e-9, 1.0, huge}) {
    for (const double baseline : {0.0, 1.0, huge}) {
      for (const double log_odds : {-60.0, -1.0, 0.0, 60.0}) {
        const SplitCounts splits[] = {
            {EvenHosts({canary}), EvenHosts({baseline}), log_odds},
            {EvenHosts({canary, 0}), EvenHosts({baseline, 0, 0}), log_odds},
            {{{canary, canary}, {2 - 1e-12, 1e-12}}, EvenHosts({baseline, baseline}), log_odds}};
        for (const SplitCounts& split : splits) {
          const RandomEffects engine(split);
          EXPECT_TRUE(std::isfinite(HarmLogEvidence(engine, std::log(1.25))));
          EXPECT_TRUE(std::isfinite(ClearLogEvidence(engine, std::log(1.25))));
        }
      }
    }
  }
}

TEST(NonInferiorityTest, EvidenceFromHugeCountsIsNotRounding) {
  // At 1e14 events the counts pin the cohorts' rates; ten times more change
  // nothing that the hosts' spread leaves open.
  const auto evidence = [](double scale) {
    return HarmLogEvidence(RandomEffects(EvenSplit({1.4 * scale, 1.5 * scale, 1.45 * scale},
                                                   {1.0 * scale, 1.02 * scale, 0.98 * scale}, .5)),
                           std::log(1.1));
  };
  EXPECT_NEAR(evidence(1e15), evidence(1e14), 1e-4);
}

TEST(NonInferiorityTest, RejectionIsMonotoneInTheToleratedRatio) {
  const RandomEffects engines[] = {RandomEffects(EvenSplit({14, 9, 11}, {5, 6, 4, 7, 3, 5, 6}, .3)),
                                   RandomEffects(EvenSplit({30, 28}, {12, 9}, .5)),
                                   RandomEffects(EvenSplit({0, 7, 3}, {40, 50, 60}, .5)), Alike(5, 1e4, 1e4)};
  for (const RandomEffects& engine : engines) {
    for (const double threshold : {std::log(20), std::log(100)}) {
      bool harm = true;
      bool clear = false;
      for (double boundary = engine.CentralEffect() - 8; boundary < engine.CentralEffect() + 8;
           boundary += 0.1) {
        const bool harm_here = HarmLogEvidence(engine, boundary) >= threshold;
        const bool clear_here = ClearLogEvidence(engine, boundary) >= threshold;
        EXPECT_TRUE(harm || !harm_here) << boundary;
        EXPECT_TRUE(!clear || clear_here) << boundary;
        harm = harm_here;
        clear = clear_here;
      }
    }
  }
}

}  // namespace
}  // namespace haldane::stats
