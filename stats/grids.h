#pragma once

#include <array>

// The finite mixtures that the engines integrate over. Their points are
// written out, not computed, so that they have the same bits whatever
// compiler folds which constant.
namespace haldane::stats {

inline constexpr int kSpreads = 12;

// Standard deviation of a host's log rate around its cohort's:
// tau_k = 0.01 * 250^(k/11). Log-uniform, the right-Haar prior of a scale.
extern const std::array<double, kSpreads> kSpreadGrid;

// Weights over kSpreadGrid (they sum to one) as logarithms.
using SpreadPrior = std::array<double, kSpreads>;

// Equal weights: what is assumed of a service without history.
SpreadPrior FlatSpreadPrior();

// A finite prior over the log of the rate ratio: a mixture of points, some of
// them blurred by a variance of their own.
class EffectGrid {
 public:
  static constexpr int kMaxSize = 27;

  // Ratios above `boundary` = ln(1 + delta): boundary plus the quantiles
  // -ln(1 - (g + 1/2)/24) of an exponential of mean 1, at least 0.03. Covers
  // 1.03 to 48 times the boundary, most densely 1.2 to 5 times.
  static EffectGrid Above(double boundary);

  // Ratios below `boundary`: half the weight on "no change" (0, or 0.03 below
  // the boundary where that is lower still), half on boundary - 0.08 -
  // 1.5 (g/11)^1.3 for g = 0..11.
  static EffectGrid Below(double boundary);

  // The same with a tenth of the weight on three broad components that lie
  // 0.7, 2 and 5 from `boundary` in `direction` (+1 or -1), with standard
  // deviations 0.5, 1 and 2.5: what lies between the points or beyond the last
  // is explained by them. Without, alike hosts and many events make the
  // mixture miss: a regression by a factor of 1000 then fits no alternative
  // and looks like a heavy tail of the null.
  EffectGrid WithReach(double boundary, double direction) const;

  int size() const { return size_; }
  // The first so many are points in increasing order; 0 when they are not.
  int ordered() const { return ordered_; }
  double effect(int g) const { return effects_[g]; }
  double variance(int g) const { return variances_[g]; }
  double log_weight(int g) const { return log_weights_[g]; }

 private:
  void Add(double effect, double variance, double log_weight);

  int size_ = 0;
  int ordered_ = 0;
  std::array<double, kMaxSize> effects_;
  std::array<double, kMaxSize> variances_;
  std::array<double, kMaxSize> log_weights_;
};

}  // namespace haldane::stats
