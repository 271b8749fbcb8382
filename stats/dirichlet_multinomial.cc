#include "stats/dirichlet_multinomial.h"

#include <cmath>
#include <cstddef>

#include "stats/log_gamma.h"
#include "stats/log_space.h"

namespace haldane::stats {

namespace {

// One category's contribution to `fit`, given A and Y.
double CategoryFit(double alpha, double y, double alpha_total, double y_total) {
  const double share = (alpha + y) / (alpha_total + y_total);
  const double mean = alpha_total * share;
  const double log_ratio = LogRatio(alpha, mean);  // ln(pi/m)
  const double fit = -Divergence(y, y_total * share) - (alpha * log_ratio - (alpha - mean)) + 0.5 * log_ratio;
  return y == 0 ? fit : fit + StirlingRemainder(alpha + y) - StirlingRemainder(alpha);
}

// The terms of `fit` that belong to no category.
double TotalFit(int categories, double alpha_total, double y_total) {
  return -0.5 * (categories - 1) * std::log1p(y_total / alpha_total) -
         StirlingRemainder(alpha_total + y_total) + StirlingRemainder(alpha_total);
}

}  // namespace

double DirichletMultinomialFit(absl::Span<const double> alpha, absl::Span<const double> events) {
  double alpha_total = 0;
  double y_total = 0;
  for (const double a : alpha) alpha_total += a;
  for (const double y : events) y_total += y;
  if (y_total == 0) return 0;
  double fit = TotalFit(static_cast<int>(alpha.size()), alpha_total, y_total);
  for (std::size_t i = 0; i < alpha.size(); ++i) {
    fit += CategoryFit(alpha[i], events[i], alpha_total, y_total);
  }
  return fit;
}

double SplitFit(double log_odds, double variance, double first, double second) {
  const double total = first + second;
  if (total == 0) return 0;
  const double p = Probability(log_odds);
  const double q = Probability(-log_odds);
  const double alpha_first = 1 / (variance * q);
  const double alpha_second = 1 / (variance * p);
  const double alpha_total = 1 / (variance * p * q);
  return CategoryFit(alpha_first, first, alpha_total, total) +
         CategoryFit(alpha_second, second, alpha_total, total) + TotalFit(2, alpha_total, total);
}

double BestMultinomial(absl::Span<const double> events) {
  double total = 0;
  for (const double y : events) total += y;
  double sum = 0;
  for (const double y : events) {
    if (y > 0) sum += y * std::log(y / total);
  }
  return sum;
}

}  // namespace haldane::stats
