#include "stats/spread_profile.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "stats/dirichlet_multinomial.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

constexpr double kPseudoWindows = 2;
constexpr int kLongHistory = 200;
// Pseudo-observations of a dispersion of one.
constexpr double kPoissonBlocks = 5;

}  // namespace

std::vector<double> SpreadLikelihood(const CohortCounts& window, absl::Span<const double> spreads) {
  std::vector<double> likelihood;
  likelihood.reserve(spreads.size());
  for (const double spread : spreads) {
    std::vector<double> alpha;
    alpha.reserve(window.weights.size());
    for (const double weight : window.weights) alpha.push_back(weight / (spread * spread));
    likelihood.push_back(DirichletMultinomialFit(alpha, window.events));
  }
  return likelihood;
}

std::vector<double> LearnSpreads(const std::vector<std::vector<double>>& windows, int spreads, int rounds) {
  const std::size_t size = static_cast<std::size_t>(spreads);
  std::vector<double> prior(size, 1.0 / spreads);
  std::vector<double> terms(size);
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> next(size, kPseudoWindows / spreads);
    for (const std::vector<double>& window : windows) {
      for (std::size_t k = 0; k < size; ++k) terms[k] = std::log(prior[k]) + window[k];
      const double total = LogSum(terms);
      for (std::size_t k = 0; k < size; ++k) next[k] += std::exp(terms[k] - total);
    }
    for (double& q : next) q /= static_cast<double>(windows.size()) + kPseudoWindows;
    prior = next;
  }
  return prior;
}

SpreadPrior CautiousPrior(absl::Span<const double> learned, double caution) {
  SpreadPrior prior;
  for (std::size_t k = 0; k < prior.size(); ++k) {
    prior[k] = std::log((1 - caution) * learned[k] + caution / kSpreads);
  }
  return prior;
}

double AdvisedCaution(int windows, bool has_incident) {
  return windows >= kLongHistory && has_incident ? 0.2 : 0.5;
}

double UsualDispersion(absl::Span<const Dispersion::Sums> windows, double least) {
  double ss = kPoissonBlocks;
  double se = kPoissonBlocks;
  for (const Dispersion::Sums& window : windows) {
    ss += window.ss;
    se += window.se;
  }
  return std::max(least, ss / se);
}

}  // namespace haldane::stats
