#pragma once

#include <vector>

#include "benchmarks/peers/judge.h"
#include "benchmarks/verdicts/engine/looks.h"
#include "stats/count_signal.h"

namespace haldane::benchmarks {

// Haldane's engine for one count-like signal of a service without history: it
// knows nothing but the rollout itself.
//
// Stop score: ln of the e-value for harm; its bound is ln(1/alpha), from
// theory, never from the grid.
class ColdEngine : public Judge {
 public:
  struct Options {
    double tolerate_ratio = 1;  // the hardest boundary: any increase is harm
    double alpha = 0.01;        // budget for false stops
    double missed = 0;          // budget for wrong proceeds; 0: never asks
    stats::CountSignal::Options::Kind kind = stats::CountSignal::Options::Kind::kCount;
    Looks looks = Looks::kEverySecond;
  };

  explicit ColdEngine(const Options& options);

  Decision Observe(const Second& second) override;
  double StopScore() const override { return stop_score_; }

 protected:
  // The second as the engine wants it; hosts without data are not listed.
  const std::vector<stats::HostTick>& ToTicks(const Second& second);
  stats::CountSignal& signal() { return signal_; }

 private:
  void AddHosts(const Second& second);

  Options options_;
  stats::CountSignal signal_;
  std::vector<stats::HostTick> ticks_;
  bool joined_ = false;
  int now_ = 0;
  bool canary_failed_ = false;  // since the last look
  double stop_score_ = 0;
};

}  // namespace haldane::benchmarks
