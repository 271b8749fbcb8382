#pragma once

#include "benchmarks/peers/judge.h"

namespace haldane::benchmarks {

// The z-test of two rates on everything so far, looked at every second as if
// each look were the only one: what a dashboard with a p-value invites.
//   Source: the textbook; given the sum of two Poisson counts, the canary's is
//   binomial with the canary's share of the exposure.
//   Assumes: Poisson events, and a single look.
//   Stop score: z.
class RepeatedZTest : public Judge {
 public:
  struct Options {
    double alpha = 0.01;     // one-sided, per look
    double min_events = 10;  // of both cohorts, for the normal approximation
  };

  RepeatedZTest() : RepeatedZTest(Options{}) {}
  explicit RepeatedZTest(const Options& options);

  Decision Observe(const Second& second) override;
  double StopScore() const override;

 private:
  Options options_;
  double bound_;
  double canary_ = 0;
  double events_ = 0;
  double expected_ = 0;  // canary events at equal rates
  double variance_ = 0;
};

}  // namespace haldane::benchmarks
