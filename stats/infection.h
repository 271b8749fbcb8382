#pragma once

#include <array>

#include "stats/cohort.h"

namespace haldane::stats {

// A class of events that no host has had before: on which hosts does it appear
// first? Hosts that have had it are out; with c canary and b baseline hosts
// still clean, the next to have it is on the canary with probability c/(c + b),
// or rho c/(rho c + b) if it comes rho times as easily there:
//
//   M = mean over rho in {2, 5, 20, 1000} of the product of
//       [rho c/(rho c + b)] / [c/(c + b)]  for a canary host,
//       [b/(rho c + b)] / [b/(c + b)]      for a baseline host
//
// Null: hosts' first-event times are exchangeable. Guarantee: exact under it,
// whatever the frailty, burstiness or change with time, because ranks are then
// uniform: P(ever ln M >= ln(1/alpha)) <= alpha.
// Ceiling: C(n, n_c); one canary of ten never exceeds 10. See presence.h.
// Hosts that join after the first appearance are not exchangeable: fix the
// numbers when the class is first seen.
class Infection {
 public:
  // Both > 0, clean as yet.
  Infection(int canary_hosts, int baseline_hosts);

  // One host of the cohort has the class for the first time.
  void OnFirst(Cohort cohort);

  double LogEvidence() const;

 private:
  double canary_;
  double baseline_;
  std::array<double, 4> log_products_;
};

// Weight of the class that was the `order`-th (from 1) to appear anywhere among
// all new ones: 1/(order (order + 1)), which sums to one and is known in
// advance, so the weighted sum of their e-values is one.
double NewClassWeight(int order);

}  // namespace haldane::stats
