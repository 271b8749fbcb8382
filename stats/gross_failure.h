#pragma once

#include <vector>

#include "absl/types/span.h"
#include "stats/cohort.h"

namespace haldane::stats {

// The guard for what needs no statistics: half of the canary's requests fail
// and hardly any of the baseline's. A rule with a known false-alarm rate, not an
// e-value; it covers cohorts too small for evidence.
//
// Fires for good after three consecutive windows of five ticks in each of which
//   canary failures >= 10 and >= 50 % of its requests,
//   at least half of the canary hosts with requests fail >= 50 % of theirs,
//   the baseline, with requests, fails at most a fifth as often,
// and the baseline's failures before these windows were <= 2 % of its requests.
//   Budget it from history: count how often it fires between baseline hosts.
class GrossFailureGuard {
 public:
  int AddHost(Cohort cohort);  // 0, 1, 2, ...

  // One tick (one second): events are failures, exposure is requests.
  void Observe(absl::Span<const HostTick> ticks);

  bool Fired() const { return fired_; }

 private:
  struct Sums {
    double failures = 0;
    double requests = 0;
  };
  bool WindowFails() const;

  std::vector<Cohort> cohorts_;
  std::vector<Sums> window_;
  Sums calm_baseline_;
  int ticks_ = 0;
  int failing_windows_ = 0;
  bool fired_ = false;
};

}  // namespace haldane::stats
