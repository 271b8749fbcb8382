#pragma once

namespace haldane::stats {

// Crashes, OOM kills: what history and the baseline say of their rate, as a
// gamma distribution of `shape` pseudo-events in `exposure`.
struct RarePrior {
  double shape;
  double exposure;
};

// Jeffreys' half event, plus the baseline's, plus history at a discount in
// [0, 1] for being another time.
RarePrior RarePriorFrom(double baseline_events, double baseline_exposure, double history_events,
                        double history_exposure, double discount);

// Gamma-negative-binomial e-value: the canary had `events` in `exposure`; is
// its rate more than `tolerate_ratio` times what the prior says?
//
//   ln M = ln mean over rho in {2, 4, 10, 30, 100, 1000} of
//          NB(k; a, b, rho T) / NB(k; a, b, tolerated T)
//        = k ln(rho/tolerated) - (a + k) [ln(1 + rho T/b) - ln(1 + tolerated T/b)]
//
// Null: Poisson at up to tolerate_ratio times a rate drawn from the prior.
// Guarantee: a martingale in (k, T) under that null, so P(ever ln M >=
// ln(1/alpha)) <= alpha averaged over the prior. Two or three crashes halt
// when history is long and quiet.
// Count the first event per host and minute: a crash loop is one event a
// minute. Ranges: prior exposure >= 0 (0 knows nothing: evidence 0), events
// and exposure >= 0 of any size, tolerate_ratio in (0, 2).
double RareEventLogEvidence(const RarePrior& prior, double events, double exposure,
                            double tolerate_ratio = 1);

}  // namespace haldane::stats
