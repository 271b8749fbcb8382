#pragma once

#include "absl/types/span.h"
#include "benchmarks/peers/judge.h"

// Mixture sequential probability ratio tests of two arms, as experimentation
// platforms use them: valid under continuous looking, for events (or trials)
// that are independent.
namespace haldane::benchmarks {

// ln of the mixture likelihood ratio of a multinomial against fixed shares:
// alternatives Dirichlet(prior), null `shares` (they sum to one).
//   Source: Lindon and Malek, NeurIPS 2022.
double DirichletLogOdds(absl::Span<const double> prior, absl::Span<const double> counts,
                        absl::Span<const double> shares);

// ln of the mixture likelihood ratio for a difference d of two means whose
// estimate has variance v, alternatives Normal(0, spread^2):
//   1/2 ln(v/(v + spread^2)) + spread^2 d^2/(2 v (v + spread^2))
//   Source: Johari, Koomen, Pekelis, Walsh, Operations Research 2022.
double NormalLogOdds(double difference, double variance, double spread);

// Two Poisson streams: given their sum, the canary's events are binomial with
// the canary's share of the exposure. Stops above ln(1/alpha) when the canary
// is the worse one.
//   Assumes: Poisson events, that is no host effects and no bursts.
//   Stop score: ln of the mixture likelihood ratio, 0 while the canary is not
//   the worse one.
class PoissonMsprt : public Judge {
 public:
  struct Options {
    double alpha = 0.01;
    double concentration = 2;  // of the prior, in events, around equal rates; 2 is best over the grid
  };

  PoissonMsprt() : PoissonMsprt(Options{}) {}
  explicit PoissonMsprt(const Options& options) : options_(options) {}

  Decision Observe(const Second& second) override;
  double StopScore() const override;

 private:
  Options options_;
  double canary_ = 0;
  double baseline_ = 0;
  double expected_canary_ = 0;  // events the canary would have at equal rates
};

// Two streams of trials, of which events are the failures. The spread of the
// prior is relative: a multiple of the pooled failure rate.
//   Assumes: independent trials with constant rates.
//   Stop score: ln of the mixture likelihood ratio, 0 while the canary is not
//   the worse one.
class BinomialMsprt : public Judge {
 public:
  struct Options {
    double alpha = 0.01;
    double relative_spread = 1;
    double min_events = 10;  // the normal approximation needs some
  };

  BinomialMsprt() : BinomialMsprt(Options{}) {}
  explicit BinomialMsprt(const Options& options) : options_(options) {}

  Decision Observe(const Second& second) override;
  double StopScore() const override;

 private:
  Options options_;
  HostSecond canary_;
  HostSecond baseline_;
};

}  // namespace haldane::benchmarks
