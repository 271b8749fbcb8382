#include <gtest/gtest.h>

#include <cmath>

#include "benchmarks/verdicts/signals/signal_kind.h"

namespace haldane::benchmarks {
namespace {

double LastEvidence(const SignalKind& kind, const SignalKind::Noise& noise, double harm) {
  const auto fleet = noise.make(kind.cohorts.front(), harm, Random("signals", 1));
  double evidence = 0;
  for (int tick = 0; tick < kind.ticks / 3; ++tick) evidence = fleet->Next();
  return evidence;
}

// The grossest harm of every kind shows in its quietest noise; nothing shows
// without.
TEST(SignalKindTest, HarmShowsAndItsAbsenceDoesNot) {
  for (const SignalKind& kind : {LatencyKind(), LeakKind(), CrashKind(), NewClassKind()}) {
    const SignalKind::Noise& quiet = kind.noises.front();
    const double grossest = kind.name == "latency" ? kind.harms[1].size : kind.harms.back().size;
    EXPECT_GT(LastEvidence(kind, quiet, grossest), std::log(100.0)) << kind.name;
    EXPECT_LT(LastEvidence(kind, quiet, 0), std::log(20.0)) << kind.name;
  }
}

TEST(SignalKindTest, NoiseRepeatsItselfExactly) {
  for (const SignalKind& kind : {LatencyKind(), LeakKind(), CrashKind(), NewClassKind()}) {
    for (const SignalKind::Noise& noise : kind.noises) {
      EXPECT_EQ(LastEvidence(kind, noise, kind.harms.front().size),
                LastEvidence(kind, noise, kind.harms.front().size))
          << kind.name << " " << noise.name;
    }
  }
}

}  // namespace
}  // namespace haldane::benchmarks
