#pragma once

// The exact test for two Poisson streams: what the random-effects engine must
// agree with when hosts do not differ, and the oracle that delays are measured
// against.
namespace haldane::stats {

// Events and exposure of both cohorts in one tick.
struct PairTick {
  double canary_events;
  double baseline_events;
  double canary_exposure;
  double baseline_exposure;
};

// ln of the likelihood ratio of rate ratio `ratio` against `null_ratio`, given
// the tick's total: a binomial with p(r) = r e_c/(r e_c + e_b). The shared rate
// cancels, however it moves. Summed over ticks its exponential is a martingale
// at `null_ratio`, and a supermartingale below it when ratio > null_ratio.
//   Source: Lindon and Malek 2022. Exposures > 0, ratios > 0.
double PairLogLikelihoodRatio(const PairTick& tick, double ratio, double null_ratio);

// ln of the mixture of such ratios over EffectGrid::Above(null_effect), for
// counts with log odds `log_odds` under equal rates.
double PoissonLogEvidence(double canary_events, double baseline_events, double log_odds, double null_effect);

}  // namespace haldane::stats
