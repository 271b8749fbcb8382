#include "stats/random_effects.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "stats/dirichlet_multinomial.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

// -ln of 1e-13 and the number of cells.
constexpr double kNegligible = 35;

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
    : canary_events_(TotalEvents(counts.canary)),
      baseline_events_(TotalEvents(counts.baseline)),
      log_odds_(counts.log_odds) {
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

RandomEffects::RandomEffects(double canary_events, double baseline_events, double log_odds,
                             std::vector<SplitCell> cells)
    : canary_events_(canary_events),
      baseline_events_(baseline_events),
      log_odds_(log_odds),
      cells_(std::move(cells)) {}

void RandomEffects::MoveTo(double canary_events, double baseline_events, double log_odds) {
  canary_events_ = canary_events;
  baseline_events_ = baseline_events;
  for (SplitCell& cell : cells_) cell.log_odds += log_odds - log_odds_;
  log_odds_ = log_odds;
}

RandomEffects RandomEffects::Over(double canary_events, double baseline_events) const {
  return RandomEffects(canary_events, baseline_events, log_odds_, cells_);
}

double RandomEffects::LogEvidence(const EffectRange& null, const EffectGrid& alternatives,
                                  const HuberNull& huber) const {
  if (canary_events_ + baseline_events_ == 0 || cells_.empty()) return 0;
  const double log_weight = std::log(huber.weight);
  const double log_rest = std::log1p(-huber.weight);
  const double inflation = huber.inflation * huber.inflation;
  const auto null_effect = [&](const SplitCell& cell) {
    return std::clamp(Central(cell.log_odds), null.low, null.high);
  };
  const auto null_fit = [&](Lanes fits) { return LogAdd(log_rest + fits[0], log_weight + fits[1]); };

  // No fit exceeds 0, so a cell adds at most its weight to either sum. Cells
  // that cannot add 1e-13 to the ratio are passed over.
  const SplitCell& heaviest =
      *std::max_element(cells_.begin(), cells_.end(),
                        [](const SplitCell& a, const SplitCell& b) { return a.log_weight < b.log_weight; });
  const double heaviest_odds = heaviest.log_odds + null_effect(heaviest);
  const Lanes heaviest_fits =
      SplitPoints({heaviest_odds, heaviest_odds})
          .Fit(0, Lanes{heaviest.variance, inflation * heaviest.variance}, canary_events_, baseline_events_);
  const double negligible = heaviest.log_weight + null_fit(heaviest_fits) - kNegligible;

  std::vector<double> above;
  std::vector<double> below;
  above.reserve(cells_.size());
  below.reserve(cells_.size());
  const std::size_t size = static_cast<std::size_t>(alternatives.size());
  std::optional<SplitPoints> points;  // the alternatives, then the null twice
  double points_at = 0;
  double highest = -kInfinity;  // of all terms so far
  std::array<double, EffectGrid::kMaxSize + 1> terms;
  for (const SplitCell& cell : cells_) {
    if (cell.log_weight < negligible) continue;
    if (!points || points_at != cell.log_odds) {
      std::array<double, EffectGrid::kMaxSize + 2> log_odds;
      for (std::size_t g = 0; g < size; ++g) {
        log_odds[g] = cell.log_odds + alternatives.effect(static_cast<int>(g));
      }
      log_odds[size] = log_odds[size + 1] = cell.log_odds + null_effect(cell);
      points.emplace(absl::MakeConstSpan(log_odds.data(), size + 2));
      points_at = cell.log_odds;
    }
    std::size_t found = 0;
    // Evaluates alternatives g and g + 1; whether either adds anything.
    const auto evaluate = [&](std::size_t g) {
      const std::size_t lanes = std::min<std::size_t>(2, size - g);
      Lanes variance = Both(cell.variance);
      for (std::size_t i = 0; i < lanes; ++i) variance[i] += alternatives.variance(static_cast<int>(g + i));
      const Lanes fits = points->Fit(g, variance, canary_events_, baseline_events_);
      double best = -kInfinity;
      for (std::size_t i = 0; i < lanes; ++i) {
        const double term = cell.log_weight + fits[i] + alternatives.log_weight(static_cast<int>(g + i));
        terms[found++] = term;
        best = std::max(best, term);
      }
      highest = std::max(highest, best);
      return best >= highest - kNegligible;
    };
    // Points in order fit the worse the farther they are from what fits best.
    const std::size_t ordered = static_cast<std::size_t>(alternatives.ordered());
    const double central = Central(cell.log_odds);
    std::size_t nearest = 0;
    while (nearest + 2 < ordered && alternatives.effect(static_cast<int>(nearest) + 2) <= central) {
      nearest += 2;
    }
    for (std::size_t g = nearest; g < ordered && evaluate(g);) g += 2;
    for (std::size_t g = nearest; g >= 2 && evaluate(g - 2);) g -= 2;
    for (std::size_t g = ordered; g < size; g += 2) evaluate(g);
    above.push_back(LogSum(absl::MakeConstSpan(terms.data(), found)));
    below.push_back(cell.log_weight +
                    null_fit(points->Fit(size, Lanes{cell.variance, inflation * cell.variance},
                                         canary_events_, baseline_events_)));
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
