#pragma once

// The gamma function without the C library's lgamma, which writes the global
// `signgam` and so races between threads.
namespace haldane::stats {

// r(z) = ln Gamma(z) - [(z - 1/2) ln z - z + ln(2 pi)/2], z > 0: what
// Stirling's formula leaves over. About 1/(12 z) for large z, and -ln(z)/2 + c
// for small. Formulas written in r(z) never subtract two huge log-gammas.
//   Source: Abramowitz & Stegun 6.1.41, after 6.1.15 below z = 4.
//   Error: absolute, below 1e-10.
double StirlingRemainder(double z);

// ln Gamma(z), z > 0. Absolute error below 1e-10 plus one rounding of the
// result.
double LogGamma(double z);

// ln[Gamma(a + y) / Gamma(a)] - (y ln y - y) for a > 0, y >= 0: the rising
// factorial that gamma-Poisson and Dirichlet-multinomial likelihoods are made
// of, less the part that depends on the data alone. Finite and accurate where
// both log-gammas are near 1e17.
double RisingFactorialExcess(double a, double y);

}  // namespace haldane::stats
