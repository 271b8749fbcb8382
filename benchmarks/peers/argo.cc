#include "benchmarks/peers/argo.h"

#include <algorithm>
#include <limits>

namespace haldane::benchmarks {
namespace {

constexpr int kErrorRetry = 10;  // seconds

// The canary's rate over the baseline's; nothing against nothing is 0.
double RateRatio(const HostSecond& canary, const HostSecond& baseline) {
  if (canary.events == 0) return 0;
  if (baseline.events == 0) return std::numeric_limits<double>::infinity();
  return (canary.events / canary.exposure) / (baseline.events / baseline.exposure);
}

}  // namespace

Decision ArgoJudge::Observe(const Second& second) {
  window_.Add(second);
  if (++now_ < next_measurement_) return Decision::kContinue;

  const ArgoMetric::Outcome outcome = Query();
  next_measurement_ = now_ + (outcome == ArgoMetric::Outcome::kError ? kErrorRetry : options_.interval);
  switch (metric_.Measure(outcome)) {
    case ArgoMetric::Phase::kFailed:
      return Decision::kStop;
    case ArgoMetric::Phase::kError:
      stop_score_ = std::numeric_limits<double>::infinity();
      return Decision::kStop;
    case ArgoMetric::Phase::kSuccessful:
      return Decision::kProceed;
    case ArgoMetric::Phase::kInconclusive:  // pauses for a person
    case ArgoMetric::Phase::kRunning:
      break;
  }
  return Decision::kContinue;
}

ArgoMetric::Outcome ArgoJudge::Query() {
  const HostSecond canary = window_.canary();
  const HostSecond baseline = window_.baseline();
  if (!(canary.exposure > 0) || !(baseline.exposure > 0)) return ArgoMetric::Outcome::kError;
  const double ratio = RateRatio(canary, baseline);
  largest_.Add(ratio);
  stop_score_ = std::max(stop_score_, largest_.Last());
  return ArgoMetric::Judge(ratio <= options_.ratio, ratio > options_.ratio);
}

}  // namespace haldane::benchmarks
