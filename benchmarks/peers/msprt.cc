#include "benchmarks/peers/msprt.h"

#include <cmath>
#include <cstddef>
#include <utility>

#include "stats/log_gamma.h"

namespace haldane::benchmarks {
namespace {

// ln Gamma(a + y) - ln Gamma(a)
double LogRisingFactorial(double a, double y) { return stats::LogGamma(a + y) - stats::LogGamma(a); }

}  // namespace

double DirichletLogOdds(absl::Span<const double> prior, absl::Span<const double> counts,
                        absl::Span<const double> shares) {
  double prior_total = 0;
  double count_total = 0;
  double log_odds = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    prior_total += prior[i];
    count_total += counts[i];
    log_odds += LogRisingFactorial(prior[i], counts[i]);
    if (counts[i] > 0) log_odds -= counts[i] * std::log(shares[i]);
  }
  return log_odds - LogRisingFactorial(prior_total, count_total);
}

double NormalLogOdds(double difference, double variance, double spread) {
  const double prior = spread * spread;
  return 0.5 * std::log(variance / (variance + prior)) +
         prior * difference * difference / (2 * variance * (variance + prior));
}

Decision PoissonMsprt::Observe(const Second& second) {
  const HostSecond canary = Total(second.canary);
  const HostSecond baseline = Total(second.baseline);
  if (canary.exposure > 0 && baseline.exposure > 0) {
    canary_ += canary.events;
    baseline_ += baseline.events;
    expected_canary_ +=
        (canary.events + baseline.events) * canary.exposure / (canary.exposure + baseline.exposure);
  }
  return StopScore() > -std::log(options_.alpha) ? Decision::kStop : Decision::kContinue;
}

double PoissonMsprt::StopScore() const {
  if (canary_ <= expected_canary_) return 0;
  const double share = expected_canary_ / (canary_ + baseline_);
  const double prior[] = {options_.concentration * share, options_.concentration * (1 - share)};
  const double counts[] = {canary_, baseline_};
  const double shares[] = {share, 1 - share};
  return DirichletLogOdds(prior, counts, shares);
}

Decision BinomialMsprt::Observe(const Second& second) {
  for (const auto& [sum, hosts] : {std::pair{&canary_, &second.canary}, {&baseline_, &second.baseline}}) {
    const HostSecond total = Total(*hosts);
    sum->events += total.events;
    sum->exposure += total.exposure;
  }
  return StopScore() > -std::log(options_.alpha) ? Decision::kStop : Decision::kContinue;
}

double BinomialMsprt::StopScore() const {
  if (!(canary_.exposure > 0) || !(baseline_.exposure > 0)) return 0;
  const double events = canary_.events + baseline_.events;
  const double trials = canary_.exposure + baseline_.exposure;
  const double difference = canary_.events / canary_.exposure - baseline_.events / baseline_.exposure;
  const double pooled = events / trials;
  if (events < options_.min_events || pooled >= 1 || difference <= 0) return 0;
  const double variance = pooled * (1 - pooled) * (1 / canary_.exposure + 1 / baseline_.exposure);
  return NormalLogOdds(difference, variance, options_.relative_spread * pooled);
}

}  // namespace haldane::benchmarks
