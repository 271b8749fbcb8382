#pragma once

#include "benchmarks/peers/argo_metric.h"
#include "benchmarks/peers/judge.h"
#include "benchmarks/peers/largest_values.h"
#include "benchmarks/peers/trailing_window.h"

namespace haldane::benchmarks {

// An Argo Rollouts analysis with one metric: the canary's rate over the last
// minute must not exceed the baseline's times a ratio. The kindest query a user
// can write: both cohorts, same minute, no division by an empty baseline.
//   Source: Argo Rollouts, analysis with a query provider; its defaults
//   (failureLimit 0, consecutiveErrorLimit 4, retry after 10 s).
//   Assumes: that a point value beyond a limit is a difference.
// A window without exposure on a side is an empty result, hence an error.
//
// Stop score: the (failure_limit + 1)-th largest ratio measured; infinite
// against a baseline without events, and after too many errors in a row.
class ArgoJudge : public Judge {
 public:
  struct Options {
    double ratio = 2;
    int interval = 60;  // seconds between measurements
    int window = 60;    // seconds a query looks back
    int initial_delay = 60;
    ArgoMetric::Limits limits{.count = 30};
  };

  ArgoJudge() : ArgoJudge(Options{}) {}
  explicit ArgoJudge(const Options& options)
      : options_(options),
        metric_(options.limits),
        window_(options.window),
        largest_(options.limits.failure_limit + 1),
        next_measurement_(options.initial_delay) {}

  Decision Observe(const Second& second) override;
  double StopScore() const override { return stop_score_; }

 private:
  ArgoMetric::Outcome Query();

  Options options_;
  ArgoMetric metric_;
  TrailingWindow window_;
  LargestValues largest_;
  double stop_score_ = 0;
  int now_ = 0;
  int next_measurement_;
};

}  // namespace haldane::benchmarks
