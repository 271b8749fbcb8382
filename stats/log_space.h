#pragma once

#include <limits>

#include "absl/types/span.h"

// Arithmetic on natural logarithms, so that no likelihood overflows or
// underflows, and the one divergence that every likelihood here is made of.
// All functions are deterministic: they add in the order of their input.
namespace haldane::stats {

// Logarithms of constants, written out so that they have the same bits whatever
// compiler folds which call.
inline constexpr double kLog2 = 0.69314718055994531;
inline constexpr double kLog4 = 1.3862943611198906;
inline constexpr double kLog6 = 1.791759469228055;
inline constexpr double kLog12 = 2.4849066497880004;
inline constexpr double kLog24 = 3.1780538303479456;
inline constexpr double kLogNineTenths = -0.1053605156578263;
inline constexpr double kLogTenth = -2.3025850929940457;
inline constexpr double kLogThirtieth = -3.4011973816621555;

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

// ln(e^a + e^b). -infinity stands for ln 0.
double LogAdd(double a, double b);

// ln sum_i e^(x_i); -infinity when empty. Subtracts the maximum first.
double LogSum(absl::Span<const double> logs);

// ln of the mean of e^(x_i): exactly 0 for zeros. At least one.
double LogMean(absl::Span<const double> logs);

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
