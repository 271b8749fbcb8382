#pragma once

#include <limits>

#include "absl/types/span.h"

// Arithmetic on natural logarithms, so that no likelihood overflows or
// underflows, and the one divergence that every likelihood here is made of.
// All functions are deterministic: they add in the order of their input.
namespace haldane::stats {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

// ln(e^a + e^b). -infinity stands for ln 0.
double LogAdd(double a, double b);

// ln sum_i e^(x_i); -infinity when empty. Subtracts the maximum first.
double LogSum(absl::Span<const double> logs);

// The probability with the given log odds: 1 / (1 + e^-log_odds), in full
// relative precision at both ends. 1 - p is Probability(-log_odds).
double Probability(double log_odds);

// ln(x/m) for x, m > 0, in full relative precision when they nearly agree.
double LogRatio(double x, double m);

// x ln(x/m) - x + m >= 0 for x >= 0, m > 0: half a Poisson deviance, and,
// summed over categories, a Kullback-Leibler divergence times a count.
// Log-likelihoods of large counts are differences of huge numbers; their
// distance from the best fit is a sum of these, which loses nothing. The
// absolute error is about 1e-16 |x - m|.
double Divergence(double x, double m);

}  // namespace haldane::stats
