#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"

namespace haldane::benchmarks {

// How Kayenta's default judge ("NetflixACAJudge-v1.0") compares one metric of
// the experiment with the control. Defaults are Kayenta's.
struct KayentaMetricConfig {
  enum class Direction { kIncrease, kDecrease, kEither } direction = Direction::kEither;
  enum class NanStrategy { kRemove, kReplace } nan_strategy = NanStrategy::kRemove;
  enum class Effect { kMeanRatio, kCles } effect = Effect::kMeanRatio;
  bool remove_outliers = false;
  double outlier_factor = 3;
  bool critical = false;
  bool must_have_data = false;
  // Bounds on the effect; no_effect() (1 for a ratio, 0.5 for CLES) lets every
  // significant difference through.
  double allowed_increase = 1;
  double allowed_decrease = 1;
  double critical_increase = 1;
  double critical_decrease = 1;
  // Kayenta hard-codes these; its own tests use others.
  double tolerance = 0.25;
  double confidence = 0.98;

  double no_effect() const { return effect == Effect::kMeanRatio ? 1 : 0.5; }
};

// What it says of a metric.
struct KayentaMetricResult {
  enum class Label { kPass, kHigh, kLow, kNodata, kNodataFail, kError } label = Label::kPass;
  bool critical = false;  // fails the whole analysis unless the label is kPass
  double effect = 1;      // ratio of means, NaN when one is zero; or CLES
  double lower = 0;       // the shift interval; 0 when it was not needed
  double upper = 0;
  double estimate = 0;
  std::string reason;
};

// Classifies a metric. Published rule: the interval for the shift of the
// experiment (98 %) must lie beyond a quarter of the estimated shift, and the
// effect beyond its bound. Note what that is not: the quarter is of the
// *estimated* shift, so it is no margin of practical importance; any
// difference passes it once there is enough data.
//   Source: Kayenta's judge as documented and as of its snapshot of 2025-04.
//   Assumes: points are independent, and hosts do not differ.
//   Values may be NaN (no data at that step).
KayentaMetricResult ClassifyKayentaMetric(const KayentaMetricConfig& config, absl::Span<const double> control,
                                          absl::Span<const double> experiment);

// The percentile p in [0, 1] of sorted values, interpolated (R's type 7).
double Percentile(const std::vector<double>& sorted, double p);

}  // namespace haldane::benchmarks
