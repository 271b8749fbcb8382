#include "stats/dirichlet_multinomial.h"

#include <algorithm>
#include <cmath>

namespace haldane::stats {
namespace {

// The contribution of two categories to `fit`, given A, Y and 1/(A + Y) of each.
inline Lanes CategoryFit(Lanes alpha, Lanes y, Lanes alpha_total, Lanes y_total, Lanes inverse_sum) {
  const Lanes share = (alpha + y) * inverse_sum;
  const Lanes mean = alpha_total * share;
  const Lanes log_ratio = LogRatioLanes(alpha, mean);  // ln(pi/m)
  const Lanes remainders = StirlingRemainderLanes(alpha + y) - StirlingRemainderLanes(alpha);
  return Both(0.5) * log_ratio - DivergenceLanes(y, y_total * share) - (alpha * log_ratio - (alpha - mean)) +
         Select((LaneBits)(y > Both(0)), remainders, Both(0));
}

// The terms of `fit` that belong to no category.
inline Lanes TotalFit(double categories, Lanes alpha_total, Lanes y_total) {
  const Lanes sum = alpha_total + y_total;
  return Both(-0.5 * (categories - 1)) * LogRatioLanes(sum, alpha_total) - StirlingRemainderLanes(sum) +
         StirlingRemainderLanes(alpha_total);
}

// One over p and q = 1 - p for two log odds.
struct InverseShares {
  Lanes p;
  Lanes q;
};

inline InverseShares SharesAt(Lanes log_odds) {
  const LaneBits positive = (LaneBits)(log_odds > Both(0));
  const Lanes tail = ExpLanes(Select(positive, -log_odds, log_odds));
  const Lanes large = Both(1) + tail;  // one over the larger of p and q
  const Lanes small = large / tail;
  return {Select(positive, large, small), Select(positive, small, large)};
}

// Two splits at once.
inline Lanes SplitFit(const InverseShares& inverse, Lanes variance, Lanes first, Lanes second) {
  const Lanes precision = Both(1) / variance;
  const Lanes alpha_first = precision * inverse.q;
  const Lanes alpha_second = precision * inverse.p;
  const Lanes alpha_total = alpha_first + alpha_second;  // 1/(variance p q), as 1/p + 1/q = 1/(pq)
  const Lanes total = first + second;
  const Lanes inverse_sum = Both(1) / (alpha_total + total);
  return CategoryFit(alpha_first, first, alpha_total, total, inverse_sum) +
         CategoryFit(alpha_second, second, alpha_total, total, inverse_sum) + TotalFit(2, alpha_total, total);
}

}  // namespace

double DirichletMultinomialFit(absl::Span<const double> alpha, absl::Span<const double> events) {
  double alpha_total = 0;
  double y_total = 0;
  for (const double a : alpha) alpha_total += a;
  for (const double y : events) y_total += y;
  if (y_total == 0) return 0;
  const Lanes a_total = Both(alpha_total);
  const Lanes e_total = Both(y_total);
  const Lanes inverse = Both(1 / (alpha_total + y_total));
  Lanes sum = {TotalFit(static_cast<double>(alpha.size()), a_total, e_total)[0], 0};
  std::size_t i = 0;
  for (; i + 1 < alpha.size(); i += 2) {
    sum += CategoryFit(Lanes{alpha[i], alpha[i + 1]}, Lanes{events[i], events[i + 1]}, a_total, e_total,
                       inverse);
  }
  if (i < alpha.size()) {
    sum[0] += CategoryFit(Both(alpha[i]), Both(events[i]), a_total, e_total, inverse)[0];
  }
  return sum[0] + sum[1];
}

double SplitFit(double log_odds, double variance, double first, double second) {
  if (first + second == 0) return 0;
  return SplitFit(SharesAt(Both(log_odds)), Both(variance), Both(first), Both(second))[0];
}

SplitPoints::SplitPoints(absl::Span<const double> log_odds) {
  for (std::size_t i = 0; i < log_odds.size(); i += 2) {
    const double next = log_odds[std::min(i + 1, log_odds.size() - 1)];
    const InverseShares inverse = SharesAt(Lanes{log_odds[i], next});
    for (std::size_t lane = 0; lane < 2; ++lane) {
      inverse_p_[i + lane] = inverse.p[lane];
      inverse_q_[i + lane] = inverse.q[lane];
    }
  }
}

Lanes SplitPoints::Fit(std::size_t i, Lanes variance, double first, double second) const {
  const InverseShares inverse = {Lanes{inverse_p_[i], inverse_p_[i + 1]},
                                 Lanes{inverse_q_[i], inverse_q_[i + 1]}};
  return SplitFit(inverse, variance, Both(first), Both(second));
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
