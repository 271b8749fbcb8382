#include "benchmarks/peers/kayenta.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "benchmarks/peers/kayenta_score.h"

namespace haldane::benchmarks {
namespace {

void Accumulate(const std::vector<HostSecond>& hosts, HostSecond& sum) {
  const HostSecond total = Total(hosts);
  sum.events += total.events;
  sum.exposure += total.exposure;
}

// The rate of a step, NaN when nobody reported.
double TakePoint(HostSecond& sum) {
  const double rate = sum.exposure > 0 ? sum.events / sum.exposure : std::numeric_limits<double>::quiet_NaN();
  sum = {};
  return rate;
}

}  // namespace

Decision KayentaJudge::Observe(const Second& second) {
  Accumulate(second.canary, canary_step_);
  Accumulate(second.baseline, baseline_step_);
  ++now_;
  if (now_ % options_.step == 0) {
    canary_.push_back(TakePoint(canary_step_));
    baseline_.push_back(TakePoint(baseline_step_));
  }
  const bool due = now_ > options_.warm_up && (now_ - options_.warm_up) % options_.interval == 0;
  return due && now_ <= options_.lifetime ? JudgeWindow() : Decision::kContinue;
}

Decision KayentaJudge::JudgeWindow() {
  // Without its bound on the effect, to learn what the bound would have to be.
  KayentaMetricConfig significance = options_.metric;
  significance.allowed_increase = -std::numeric_limits<double>::infinity();
  KayentaMetricResult result = ClassifyKayentaMetric(significance, baseline_, canary_);
  using Label = KayentaMetricResult::Label;
  if (result.label == Label::kNodata) {
    stop_score_ = std::numeric_limits<double>::infinity();
  } else if (result.label == Label::kHigh) {
    const double effect = std::isnan(result.effect) ? std::numeric_limits<double>::infinity() : result.effect;
    stop_score_ = std::max(stop_score_, effect);
    if (effect < options_.metric.allowed_increase) result = {};
  }

  const double score = ScoreKayenta({{result.label, result.critical, false, {"errors"}}}, {}).total;
  if (score <= options_.marginal) return Decision::kStop;
  if (now_ < options_.lifetime) return Decision::kContinue;
  return PassedKayenta(score, options_.marginal, options_.pass) ? Decision::kProceed : Decision::kStop;
}

}  // namespace haldane::benchmarks
