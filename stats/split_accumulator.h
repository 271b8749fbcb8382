#pragma once

#include <vector>

#include "absl/types/span.h"
#include "stats/cohort.h"
#include "stats/random_effects.h"

namespace haldane::stats {

// Turns ticks into the sufficient statistics of a split. Conditional on a
// tick's total events S, the canary expects S e_c/(e_c + e_b) of them when both
// cohorts have the same rate, whatever that rate was: what all hosts share (the
// hour, an upstream incident) cancels. Summed over ticks:
//   E_c = sum S e_c/(e_c + e_b), E_b = sum S e_b/(e_c + e_b)  (log odds ln E_c/E_b)
//   Ehat_h = sum (own cohort's events) e_h/e_cohort           (weight of a host)
// Exact in mean for exposures that vary by tick, conservative in variance.
// The same sums with one host left out are kept for each host, exactly for
// E_c and E_b; the other hosts' weights are then those of the full data.
class SplitAccumulator {
 public:
  void AddHost(Cohort cohort);

  // One tick in which both cohorts have exposure. Every entry has exposure > 0;
  // hosts in increasing order, once each.
  void AddTick(absl::Span<const HostTick> hosts);

  // The split with events divided by `phi` > 0. Without hosts on either side,
  // or when no event has been seen, a split without events.
  SplitCounts Counts(double phi) const { return CountsWithout(kNobody, phi); }
  // The same as if host `excluded` had never reported.
  SplitCounts CountsWithout(int excluded, double phi) const;

  // Events and exposure of one cohort, as added.
  double events(Cohort cohort) const { return of(cohort).events; }
  double exposure(Cohort cohort) const { return of(cohort).exposure; }

 private:
  static constexpr int kNobody = -1;

  struct Expected {
    double canary = 0;
    double baseline = 0;
  };
  struct Host {
    Cohort cohort;
    double events = 0;
    double exposure = 0;
    double share = 0;  // Ehat_h
    Expected without;  // E_c, E_b had this host not been there
  };
  struct Totals {
    double events = 0;
    double exposure = 0;
  };

  static void AddExpected(const Totals& canary, const Totals& baseline, Expected& expected);
  CohortCounts Side(Cohort cohort, int excluded, double phi) const;
  const Totals& of(Cohort cohort) const { return cohort == Cohort::kCanary ? canary_ : baseline_; }

  std::vector<Host> hosts_;
  Expected expected_;
  Totals canary_;
  Totals baseline_;
};

}  // namespace haldane::stats
