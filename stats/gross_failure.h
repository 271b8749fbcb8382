#pragma once

#include <array>
#include <vector>

#include "absl/types/span.h"
#include "stats/cohort.h"

namespace haldane::stats {

// The guard for what needs no statistics: half of the canary's requests fail
// and hardly any of the baseline's. A rule with a known false-alarm rate, not an
// e-value; it covers cohorts too small for evidence, and services whose past is
// so wild that evidence takes longer than a glance.
//
// Fires for good after three consecutive windows of five ticks in each of which
//   canary failures >= 10 and >= 50 % of its requests,
//   at least half of the canary hosts with requests fail >= 50 % of theirs,
//   the baseline, with requests, fails at most a fifth as often;
// or after four consecutive ticks in which all that holds of every canary host
// with requests, three at least; where in both cases the baseline's failures
// before these windows were <= 5 % of its requests.
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
  // How long, on how many hosts and on what part of them everything must fail.
  struct Rule {
    int window_ticks;
    int windows;
    int least_hosts;
    double failing_hosts;
  };
  // Where one rule stands.
  struct Watch {
    Rule rule;
    std::vector<Sums> window;
    Sums calm_baseline;
    int ticks = 0;
    int failing_windows = 0;
  };
  void EndWindow(Watch& watch);
  bool WindowFails(const Watch& watch) const;

  std::vector<Cohort> cohorts_;
  std::array<Watch, 2> watches_ = {Watch{.rule = {5, 3, 1, 0.5}}, Watch{.rule = {1, 4, 3, 1}}};
  bool fired_ = false;
};

}  // namespace haldane::stats
