#pragma once

#include <array>
#include <cstddef>

#include "absl/types/span.h"
#include "stats/lanes.h"

// How likely is a division of events over categories (hosts, or the two
// cohorts), when the categories' true shares are themselves random: Dirichlet
// with means alpha_i / sum(alpha), and the less spread the larger sum(alpha)?
//
//   ln L = ln Gamma(A) - ln Gamma(A + Y) + sum_i [ln Gamma(alpha_i + y_i) - ln Gamma(alpha_i)]
//
// with A = sum(alpha), Y = sum(y); up to the multinomial coefficient. (Lindon
// and Malek 2022, arXiv 2011.03567.) Everything here is reported relative to
// the best-fitting multinomial, sum_i y_i ln(y_i / Y), which depends on the
// data alone and cancels in every likelihood ratio:
//
//   fit = -Y KL(s || m) - A KL(pi || m) + sum_i [1/2 ln(pi_i/m_i) + r(alpha_i + y_i) - r(alpha_i)]
//         - (K-1)/2 ln(1 + Y/A) - r(A + Y) + r(A)
//
// where s = y/Y, pi = alpha/A, m = (alpha + y)/(A + Y), r = StirlingRemainder,
// K = number of categories (Stirling's formula put into ln L, terms collected).
// Nothing large cancels, so evidence stays exact for counts up to 2^53.
//
// Counts are >= 0 and may be fractions (quasi-likelihood: events divided by
// their dispersion); alpha > 0.
namespace haldane::stats {

// `fit` for any number of categories; 0 when no events were seen.
double DirichletMultinomialFit(absl::Span<const double> alpha, absl::Span<const double> events);

// `fit` for two categories whose log odds of the first have mean `log_odds`
// and, to first order, variance `variance` > 0 (A = 1 / (variance p (1-p))).
double SplitFit(double log_odds, double variance, double first, double second);

// Several log odds at which splits are to be evaluated, worked out once for many
// variances and events: the bits of SplitFit in a fraction of its time.
class SplitPoints {
 public:
  static constexpr std::size_t kMost = 32;

  // At most kMost.
  explicit SplitPoints(absl::Span<const double> log_odds);

  // SplitFit at points i and i + 1 (of which the last has a double behind it),
  // of events of which there are some.
  Lanes Fit(std::size_t i, Lanes variance, double first, double second) const;

 private:
  std::array<double, kMost + 1> inverse_p_;
  std::array<double, kMost + 1> inverse_q_;
};

// sum_i y_i ln(y_i / Y): what `fit` is relative to. Only tests and oracles
// need it.
double BestMultinomial(absl::Span<const double> events);

}  // namespace haldane::stats
