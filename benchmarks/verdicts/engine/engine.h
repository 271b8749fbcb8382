#pragma once

#include <optional>
#include <vector>

#include "benchmarks/peers/judge.h"
#include "benchmarks/verdicts/engine/ceiling.h"
#include "benchmarks/verdicts/engine/looks.h"
#include "stats/count_signal.h"
#include "stats/spread_profile.h"

namespace haldane::benchmarks {

// Haldane's engine for one count-like signal, looked at every second.
//
// Stop score: ln of the e-value for harm; its bound is ln(1/alpha), from
// theory, never from the grid. It is only followed as far as the bounds asked
// for: the score is right about each of them, not in between.
class EngineJudge : public Judge {
 public:
  struct Options {
    double tolerate_ratio = 1;                         // the hardest boundary: any increase is harm
    std::vector<double> alphas = {0.05, 0.01, 0.001};  // budgets for false stops, falling
    double alpha = 0.01;                               // the one that its own rule stops at
    double missed = 0;                                 // budget for wrong proceeds; 0: never asks
    stats::CountSignal::Options::Kind kind = stats::CountSignal::Options::Kind::kCount;
    std::optional<stats::SignalProfile> profile;  // what the service's history says
    bool past = false;                            // the same hosts were seen on the old revision
    std::vector<int> restarts;                    // seconds at which the test also begins afresh
    Looks looks = Looks::kWhereItMatters;
  };

  explicit EngineJudge(const Options& options);

  void ObserveBefore(const Second& second) override;
  Decision Observe(const Second& second) override;
  double StopScore() const override { return stop_score_; }

 private:
  // The second as the engine wants it; hosts without data are not listed.
  const std::vector<stats::HostTick>& ToTicks(const Second& second);
  void LookForHarm();
  bool IsClear();

  Options options_;
  stats::CountSignal signal_;
  EvidenceCeiling ceiling_;
  LookOut harm_;
  LookOut clear_;
  std::vector<stats::HostTick> ticks_;
  bool joined_ = false;
  std::size_t next_alpha_ = 0;
  double stop_score_ = 0;
};

}  // namespace haldane::benchmarks
