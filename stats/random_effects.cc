#include "stats/random_effects.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

#include "stats/dirichlet_multinomial.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

// -ln of 1e-20 and the number of cells.
constexpr double kNegligible = 51;

// L_G: how well the hosts of one cohort agree with a spread of sqrt(1/precision).
double WithinCohort(const CohortCounts& cohort, double precision) {
  if (cohort.events.size() < 2) return 0;
  std::vector<double> alpha;
  alpha.reserve(cohort.weights.size());
  for (const double weight : cohort.weights) alpha.push_back(precision * weight);
  return DirichletMultinomialFit(alpha, cohort.events);
}

}  // namespace

double InverseEffectiveHosts(const std::vector<double>& weights) {
  double sum = 0;
  double squares = 0;
  for (const double weight : weights) {
    sum += weight;
    squares += weight * weight;
  }
  return squares / (sum * sum);
}

double TotalEvents(const CohortCounts& cohort) {
  double sum = 0;
  for (const double events : cohort.events) sum += events;
  return sum;
}

RandomEffects::RandomEffects(const SplitCounts& counts, const SpreadPrior& prior)
    : canary_events_(TotalEvents(counts.canary)), baseline_events_(TotalEvents(counts.baseline)) {
  if (canary_events_ + baseline_events_ == 0) return;
  const double inverse_hosts =
      InverseEffectiveHosts(counts.canary.weights) + InverseEffectiveHosts(counts.baseline.weights);
  for (int k = 0; k < kSpreads; ++k) {
    const double variance = kSpreadGrid[k] * kSpreadGrid[k];
    const double within =
        WithinCohort(counts.baseline, 1 / variance) + WithinCohort(counts.canary, 1 / variance);
    cells_.push_back({prior[k] + within, counts.log_odds, variance * inverse_hosts});
  }
}

RandomEffects::RandomEffects(double canary_events, double baseline_events, std::vector<SplitCell> cells)
    : canary_events_(canary_events), baseline_events_(baseline_events), cells_(std::move(cells)) {}

RandomEffects RandomEffects::Over(double canary_events, double baseline_events, double log_odds_shift) const {
  RandomEffects other(canary_events, baseline_events, cells_);
  for (SplitCell& cell : other.cells_) cell.log_odds += log_odds_shift;
  return other;
}

double RandomEffects::LogEvidence(const EffectRange& null, const EffectGrid& alternatives,
                                  const HuberNull& huber) const {
  if (canary_events_ + baseline_events_ == 0 || cells_.empty()) return 0;
  const double log_weight = std::log(huber.weight);
  const double log_rest = std::log1p(-huber.weight);
  const double inflation = huber.inflation * huber.inflation;
  const auto split = [this](const SplitCell& cell, double effect, double variance) {
    return SplitFit(cell.log_odds + effect, variance, canary_events_, baseline_events_);
  };
  const auto null_fit = [&](const SplitCell& cell) {
    const double best = std::clamp(Central(cell.log_odds), null.low, null.high);
    return LogAdd(log_rest + split(cell, best, cell.variance),
                  log_weight + split(cell, best, inflation * cell.variance));
  };

  // No fit exceeds 0, so a cell adds at most its weight to either sum. Cells
  // that cannot add 1e-20 to the ratio are passed over.
  const SplitCell& heaviest =
      *std::max_element(cells_.begin(), cells_.end(),
                        [](const SplitCell& a, const SplitCell& b) { return a.log_weight < b.log_weight; });
  const double negligible = heaviest.log_weight + null_fit(heaviest) - kNegligible;

  std::vector<double> above;
  std::vector<double> below;
  above.reserve(cells_.size());
  below.reserve(cells_.size());
  std::array<double, EffectGrid::kMaxSize> terms;
  for (const SplitCell& cell : cells_) {
    if (cell.log_weight < negligible) continue;
    for (int g = 0; g < alternatives.size(); ++g) {
      terms[g] = alternatives.log_weight(g) +
                 split(cell, alternatives.effect(g), cell.variance + alternatives.variance(g));
    }
    above.push_back(cell.log_weight + LogSum(absl::MakeConstSpan(terms.data(), alternatives.size())));
    below.push_back(cell.log_weight + null_fit(cell));
  }
  return LogSum(above) - LogSum(below);
}

double RandomEffects::Central(double log_odds) const {
  return std::log((canary_events_ + 0.5) / (baseline_events_ + 0.5)) - log_odds;
}

std::vector<double> RandomEffects::LogPosterior() const {
  std::vector<double> posterior;
  posterior.reserve(cells_.size());
  for (const SplitCell& cell : cells_) posterior.push_back(cell.log_weight);
  const double total = LogSum(posterior);
  for (double& weight : posterior) weight -= total;
  return posterior;
}

double RandomEffects::LogOdds() const {
  const std::vector<double> posterior = LogPosterior();
  double mean = 0;
  for (std::size_t i = 0; i < cells_.size(); ++i) mean += std::exp(posterior[i]) * cells_[i].log_odds;
  return mean;
}

}  // namespace haldane::stats
