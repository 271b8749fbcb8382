#include "benchmarks/peers/kayenta_classifier.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <random>

#include "benchmarks/peers/mann_whitney.h"
#include "benchmarks/peers/normal.h"

namespace haldane::benchmarks {
namespace {

using Label = KayentaMetricResult::Label;
using Direction = KayentaMetricConfig::Direction;
using Values = std::vector<double>;

Values WithoutNaN(absl::Span<const double> values, KayentaMetricConfig::NanStrategy strategy) {
  Values kept;
  for (const double value : values) {
    if (!std::isnan(value)) {
      kept.push_back(value);
    } else if (strategy == KayentaMetricConfig::NanStrategy::kReplace) {
      kept.push_back(0);
    }
  }
  return kept;
}

Values WithoutOutliers(const Values& values, double factor) {
  if (values.empty()) return values;
  Values sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const double first = Percentile(sorted, 0.25);
  const double third = Percentile(sorted, 0.75);
  const double low = std::min(Percentile(sorted, 0.01), first - factor * (third - first));
  const double high = std::max(Percentile(sorted, 0.99), third + factor * (third - first));
  Values kept;
  for (const double value : values) {
    if (value >= low && value <= high) kept.push_back(value);
  }
  return kept;
}

bool IsConstant(const Values& values) {
  return std::all_of(values.begin(), values.end(), [&](double value) { return value == values.front(); });
}

bool SameValues(Values a, Values b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

// Two different constants have no variance to test against; Kayenta gives each
// point a little noise. Ours is drawn with a fixed seed.
void AddNoise(Values& values, std::mt19937_64& random) {
  for (double& value : values) {
    const double uniform = (static_cast<double>(random() >> 11) + 0.5) * 0x1p-53;
    value += 1e-5 * value * NormalQuantile(uniform);
  }
}

double Mean(const Values& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double EffectSize(KayentaMetricConfig::Effect effect, const Values& control, const Values& experiment) {
  if (effect == KayentaMetricConfig::Effect::kCles) {
    return MannWhitneyU(experiment, control) /
           (static_cast<double>(experiment.size()) * static_cast<double>(control.size()));
  }
  const double before = Mean(control);
  const double after = Mean(experiment);
  if (before == 0 || after == 0) return std::numeric_limits<double>::quiet_NaN();
  return after / before;
}

KayentaMetricResult WithoutData(const KayentaMetricConfig& config) {
  KayentaMetricResult result{.effect = config.no_effect()};
  if (config.nan_strategy == KayentaMetricConfig::NanStrategy::kReplace) return result;
  result.reason = "no data on one side";
  if (config.must_have_data && !config.critical) {
    result.label = Label::kNodataFail;
  } else {
    result.label = Label::kNodata;
    result.critical = config.critical;
  }
  return result;
}

bool AtLeast(double effect, double bound) { return std::isnan(effect) || effect >= bound; }
bool AtMost(double effect, double bound) { return std::isnan(effect) || effect <= bound; }

}  // namespace

double Percentile(const std::vector<double>& sorted, double p) {
  const double position = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(position));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - std::floor(position)) * (sorted[above] - sorted[below]);
}

KayentaMetricResult ClassifyKayentaMetric(const KayentaMetricConfig& config, absl::Span<const double> control,
                                          absl::Span<const double> experiment) {
  Values before = WithoutNaN(control, config.nan_strategy);
  Values after = WithoutNaN(experiment, config.nan_strategy);
  if (config.remove_outliers) {
    before = WithoutOutliers(before, config.outlier_factor);
    after = WithoutOutliers(after, config.outlier_factor);
  }

  KayentaMetricResult result{.effect = config.no_effect()};
  if (before.empty() || after.empty()) return WithoutData(config);
  if (SameValues(before, after)) return result;
  if (IsConstant(before) && IsConstant(after)) {
    if (before.front() == after.front()) return result;
    std::mt19937_64 random(1);
    AddNoise(before, random);
    AddNoise(after, random);
  }

  const std::optional<ShiftInterval> interval = RootShiftInterval(after, before, config.confidence);
  if (!interval) {
    result.label = Label::kError;
    result.reason = "the interval could not be computed";
    return result;
  }
  result.lower = interval->lower;
  result.upper = interval->upper;
  result.estimate = interval->estimate;
  result.effect = EffectSize(config.effect, before, after);
  const double bound = config.tolerance * std::abs(interval->estimate);
  const bool high = config.direction != Direction::kDecrease && interval->lower > bound &&
                    AtLeast(result.effect, config.allowed_increase);
  const bool low = config.direction != Direction::kIncrease && interval->upper < -bound &&
                   AtMost(result.effect, config.allowed_decrease);
  if (high) {
    result.label = Label::kHigh;
    result.critical = config.critical && AtLeast(result.effect, config.critical_increase);
    result.reason = "the experiment is above the control";
  } else if (low) {
    result.label = Label::kLow;
    result.critical = config.critical && AtMost(result.effect, config.critical_decrease);
    result.reason = "the experiment is below the control";
  }
  return result;
}

}  // namespace haldane::benchmarks
