#pragma once

#include <array>
#include <vector>

#include "absl/types/span.h"
#include "stats/dispersion.h"
#include "stats/grids.h"
#include "stats/random_effects.h"

namespace haldane::stats {

// How well the hosts of one quiet window (one revision, all hosts one cohort)
// agree with each spread: ln L_k over `spreads`, up to a constant.
std::vector<double> SpreadLikelihood(const CohortCounts& window, absl::Span<const double> spreads);

// A service's own prior over the spread between its hosts, learned from windows
// without a rollout. Empirical Bayes: the mixing distribution over `spreads`
// that makes the windows most likely, by EM,
//
//   q_k <- (sum_w posterior_wk + 2/K) / (W + 2)
//
// for `rounds` rounds from uniform. The two pseudo-windows, spread evenly, are
// a floor that lets a rollout's own hosts overrule a wrong history.
//   Source: nonparametric maximum likelihood of a mixing distribution (Laird
//   1978), with a Dirichlet prior.
//   windows  one ln L per spread each; include windows with incidents.
//   Returns probabilities that sum to one.
std::vector<double> LearnSpreads(const std::vector<std::vector<double>>& windows, int spreads,
                                 int rounds = 60);

// What a rollout uses: q <- (1 - caution) learned + caution flat. History that
// is calmer than the rollout makes false halts; caution bounds how much.
//   learned  as many as kSpreadGrid; caution in [0, 1]: 0.2 for a profile of
//   200 windows or more with an incident among them, else 0.5.
SpreadPrior CautiousPrior(absl::Span<const double> learned, double caution);

// The caution that a history deserves, as above.
double AdvisedCaution(int windows, bool has_incident);

// The usual dispersion of one scale, from the accumulators of many quiet
// windows: max(least, (5 + sum ss)/(5 + sum se)). least: 1 for counts, less for
// proportions.
double UsualDispersion(absl::Span<const Dispersion::Sums> windows, double least = 1);

// What a service's quiet history says of one signal. Scales are those of
// Dispersion.
struct SignalProfile {
  std::array<double, kSpreads> spreads;  // LearnSpreads
  std::array<double, 5> dispersion;      // of what the token bucket passes: the halt path
  std::array<double, 5> raw_dispersion;  // of all events; the same for proportions
  double caution = 0.5;                  // AdvisedCaution
};

}  // namespace haldane::stats
