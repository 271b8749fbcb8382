#include "benchmarks/peers/argo_metric.h"

namespace haldane::benchmarks {

ArgoMetric::Phase ArgoMetric::Measure(Outcome outcome) {
  if (outcome != Outcome::kError) ++count_;
  if (outcome == Outcome::kFailed) ++failed_;
  if (outcome == Outcome::kInconclusive) ++inconclusive_;
  consecutive_error_ = outcome == Outcome::kError ? consecutive_error_ + 1 : 0;
  consecutive_success_ = outcome == Outcome::kSuccessful ? consecutive_success_ + 1 : 0;
  return Assess();
}

ArgoMetric::Phase ArgoMetric::Terminate() const {
  const Phase phase = Assess();
  return phase == Phase::kRunning ? Phase::kSuccessful : phase;
}

ArgoMetric::Phase ArgoMetric::Assess() const {
  // The later limit has the last word.
  if (consecutive_error_ > limits_.consecutive_error_limit) return Phase::kError;
  if (inconclusive_ > limits_.inconclusive_limit) return Phase::kInconclusive;
  const bool may_fail = limits_.failure_limit >= 0;
  if (may_fail && failed_ > limits_.failure_limit) return Phase::kFailed;

  const bool wants_streak = limits_.consecutive_success_limit > 0;
  if (wants_streak && consecutive_success_ >= limits_.consecutive_success_limit) return Phase::kSuccessful;
  if (limits_.count > 0 && count_ >= limits_.count) {
    if (!wants_streak) return Phase::kSuccessful;
    return may_fail ? Phase::kInconclusive : Phase::kFailed;
  }
  return Phase::kRunning;
}

}  // namespace haldane::benchmarks
