#pragma once

#include <vector>

#include "absl/types/span.h"
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

}  // namespace haldane::stats
