#include "stats/random_effects.h"

#include <cmath>
#include <cstddef>

#include "stats/dirichlet_multinomial.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

double Sum(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

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

RandomEffects::RandomEffects(const SplitCounts& counts, const SpreadPrior& prior)
    : log_within_(prior),
      canary_events_(Sum(counts.canary.events)),
      baseline_events_(Sum(counts.baseline.events)),
      log_odds_(counts.log_odds) {
  split_variance_.fill(0);
  if (canary_events_ + baseline_events_ == 0) return;
  const double inverse_hosts =
      InverseEffectiveHosts(counts.canary.weights) + InverseEffectiveHosts(counts.baseline.weights);
  for (int k = 0; k < kSpreads; ++k) {
    const double variance = kSpreadGrid[k] * kSpreadGrid[k];
    split_variance_[k] = variance * inverse_hosts;
    log_within_[k] += WithinCohort(counts.baseline, 1 / variance) + WithinCohort(counts.canary, 1 / variance);
  }
}

double RandomEffects::LogEvidence(double null_effect, const EffectGrid& alternatives,
                                  const HuberNull& huber) const {
  if (canary_events_ + baseline_events_ == 0) return 0;
  const double log_weight = std::log(huber.weight);
  const double log_rest = std::log1p(-huber.weight);
  const double inflation = huber.inflation * huber.inflation;
  const auto split = [&](double effect, double variance) {
    return SplitFit(log_odds_ + effect, variance, canary_events_, baseline_events_);
  };

  std::array<double, kSpreads> above;
  std::array<double, kSpreads> below;
  std::array<double, EffectGrid::kMaxSize> terms;
  for (int k = 0; k < kSpreads; ++k) {
    const double variance = split_variance_[k];
    for (int g = 0; g < alternatives.size(); ++g) {
      terms[g] =
          alternatives.log_weight(g) + split(alternatives.effect(g), variance + alternatives.variance(g));
    }
    above[k] = log_within_[k] + LogSum(absl::MakeConstSpan(terms.data(), alternatives.size()));
    below[k] = log_within_[k] + LogAdd(log_rest + split(null_effect, variance),
                                       log_weight + split(null_effect, inflation * variance));
  }
  return LogSum(above) - LogSum(below);
}

double RandomEffects::CentralEffect() const {
  return std::log((canary_events_ + 0.5) / (baseline_events_ + 0.5)) - log_odds_;
}

SpreadPrior RandomEffects::SpreadPosterior() const {
  SpreadPrior posterior = log_within_;
  const double total = LogSum(posterior);
  for (double& weight : posterior) weight -= total;
  return posterior;
}

}  // namespace haldane::stats
