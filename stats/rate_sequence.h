#pragma once

namespace haldane::stats {

// Gamma-Poisson mixture confidence sequence for one rate. With u the true rate
// in units of `rate` and u ~ Gamma(1/2, 1/2), the mixture of likelihood ratios
// against "the rate is exactly `rate`" after k events in exposure T is
//
//   ln M = ln integral u^k e^((1-u) mu) dGamma(u),   mu = rate T
//        = D(k, mu + b) - b + G(a, k) - a ln(1 + mu/b),   a = b = 1/2
//
// with D = Divergence, G = RisingFactorialExcess.
//   Source: Robbins 1970; Howard, Ramdas, McAuliffe, Sekhon, AoS 2021, Prop. 10
//   (there truncated to one side, which changes M by a factor of at most
//   about 2).
//   Null: events are Poisson at `rate`, given exposure. Guarantee: P(ever
//   ln M >= ln(1/alpha)) <= alpha. Divide k and mu by the dispersion for
//   clustered events (quasi-likelihood, then approximate).
//   Range: k, mu >= 0, any size.
double RateLogEvidence(double events, double expected);

// Evidence against "the rate is `limit` or more": the smallest evidence against
// any such rate, RateLogEvidence at max(limit, events/exposure). `expected` is
// limit * exposure. Demonstrated at ln(1/alpha); with no events at all that
// takes an exposure of about [ln(1/alpha) + ln(1 + 2 expected)/2] / limit.
double BelowRateLogEvidence(double events, double expected);

}  // namespace haldane::stats
