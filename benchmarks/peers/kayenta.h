#pragma once

#include <vector>

#include "benchmarks/peers/judge.h"
#include "benchmarks/peers/kayenta_classifier.h"

namespace haldane::benchmarks {

// Kayenta's default judge behind Spinnaker's canary stage: one critical metric,
// events per exposure of each cohort as one point a step, judged anew at every
// interval on the window so far; a score at or below `marginal` ends the canary,
// the last judgement must reach `pass`.
//   Source: Kayenta's default judge and Spinnaker's canary stage (thresholds 75
//   and 50); points a minute apart, Kayenta's default step.
//   Assumes: as the judge does, that looking often costs nothing.
// Kayenta advises at least 50 points a judgement, and only warns below that.
//
// Stop score: the ratio of means at the most extreme judgement whose interval
// fired (infinite without one); its bound is the metric's allowed increase, the
// only knob of Kayenta's that asks for more than significance.
class KayentaJudge : public Judge {
 public:
  struct Options {
    int step = 60;        // seconds a point
    int interval = 60;    // seconds between judgements
    int warm_up = 240;    // before the window of the first interval
    int lifetime = 1800;  // seconds of all judgements together, warm-up included
    double marginal = 50;
    double pass = 75;
    KayentaMetricConfig metric{.direction = KayentaMetricConfig::Direction::kIncrease, .critical = true};
  };

  KayentaJudge() : KayentaJudge(Options{}) {}
  explicit KayentaJudge(const Options& options) : options_(options) {}

  Decision Observe(const Second& second) override;
  double StopScore() const override { return stop_score_; }

 private:
  Decision JudgeWindow();

  Options options_;
  int now_ = 0;
  HostSecond canary_step_;
  HostSecond baseline_step_;
  std::vector<double> canary_;
  std::vector<double> baseline_;
  double stop_score_ = 0;
};

}  // namespace haldane::benchmarks
