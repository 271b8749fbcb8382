#pragma once

#include "benchmarks/peers/judge.h"
#include "benchmarks/peers/largest_values.h"
#include "benchmarks/peers/trailing_window.h"

namespace haldane::benchmarks {

// A Flagger canary with one metric: the canary's rate over the last minute must
// be at most `max_rate`. Each passing check raises the weight by a step; a
// failing one raises the count of failed checks, which never falls; one check
// after the count has reached `threshold`, Flagger rolls back.
//   Source: Flagger's canary analysis as of 2026-07. The default threshold is 1;
//   its documentation's examples use 5 and 10.
//   Assumes: that a fixed limit on a minute's value is right at every hour.
// No exposure in the window is "no values", a failed check.
//
// Stop score: the threshold-th largest rate of past checks, in units of
// max_rate.
class FlaggerJudge : public Judge {
 public:
  struct Options {
    double max_rate = 0.01;  // events per exposure
    int interval = 60;       // seconds between checks
    int window = 60;         // seconds a query looks back
    int threshold = 5;
    int steps = 29;  // passing checks until promotion
  };

  explicit FlaggerJudge(const Options& options)
      : options_(options), window_(options.window), largest_(options.threshold) {}

  Decision Observe(const Second& second) override;
  double StopScore() const override { return stop_score_; }

 private:
  Options options_;
  TrailingWindow window_;
  LargestValues largest_;
  double stop_score_ = 0;
  int now_ = 0;
  int failed_checks_ = 0;
  int steps_taken_ = 0;
};

}  // namespace haldane::benchmarks
