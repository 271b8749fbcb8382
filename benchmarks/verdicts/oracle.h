#pragma once

#include "benchmarks/peers/judge.h"
#include "benchmarks/verdicts/generators/noise_model.h"

namespace haldane::benchmarks {

// Wald's lower bound for the mean time, in seconds, in which any test that
// stops a harmless rollout with probability alpha can detect a rate ratio:
// ln(1/alpha) over the information that a second carries about it. Poisson
// events, `rate` a second on a baseline host, equal hosts, shared rate unknown.
double WaldSeconds(double ratio, const Cohorts& cohorts, double rate, double alpha);

// The rate at which that bound is `seconds`.
double RateForWaldSeconds(double ratio, const Cohorts& cohorts, double seconds, double alpha);

// The sequential probability ratio test that is told the true ratio: the best
// that is possible. Stop score: ln of the likelihood ratio.
class OracleSprt : public Judge {
 public:
  OracleSprt(double ratio, double alpha) : ratio_(ratio), alpha_(alpha) {}
  Decision Observe(const Second& second) override;
  double StopScore() const override { return score_; }

 private:
  double ratio_;
  double alpha_;
  double score_ = 0;
};

}  // namespace haldane::benchmarks
