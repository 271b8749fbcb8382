#pragma once

#include <vector>

#include "absl/types/span.h"
#include "stats/cohort.h"
#include "stats/pre_period.h"
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

  // One tick of the pre-period, when every host ran the old revision. Entries
  // as above; one cohort alone will do.
  void AddPastTick(absl::Span<const HostTick> hosts);

  // The engine over what was added, with events divided by `phi` > 0; as if
  // host `excluded` had never reported, unless that is kNobody. Without hosts
  // on either side, or without events, an engine that knows nothing.
  static constexpr int kNobody = -1;
  RandomEffects Engine(double phi, int excluded = kNobody,
                       const SpreadPrior& prior = FlatSpreadPrior()) const;

  // An engine over other totals of this accumulator, over those of now, with
  // what hosts have said of their spread then.
  RandomEffects Update(RandomEffects engine, double phi) const;

  // Hosts that have had exposure.
  int exposed_hosts() const { return exposed_hosts_; }

  // The sums at a moment, to tell later what came after it.
  class Mark;
  Mark MarkNow() const;
  // `engine`, which is Engine(phi, excluded), over what came after the
  // mark; all data still say how hosts differ (their shares within a cohort are
  // independent of the split between cohorts).
  RandomEffects EngineSince(const Mark& mark, const RandomEffects& engine, double phi,
                            int excluded = kNobody) const;

  // Events and exposure of one cohort, as added; the past not included.
  double events(Cohort cohort) const { return of(cohort).events; }
  double exposure(Cohort cohort) const { return of(cohort).exposure; }

 private:
  struct Expected {
    double canary = 0;
    double baseline = 0;
  };
  struct Host {
    Cohort cohort;
    double events = 0;
    double exposure = 0;
    double share = 0;  // Ehat_h
    HostHistory past;
    Expected without;  // E_c, E_b had this host not been there
  };
  struct Totals {
    double events = 0;
    double exposure = 0;
  };

  static void AddExpected(const Totals& canary, const Totals& baseline, Expected& expected);
  // The hosts of a cohort that take part, and what each weighs.
  struct Member {
    const Host* host;
    double weight;
  };
  std::vector<Member> Members(Cohort cohort, int excluded) const;
  const Totals& of(Cohort cohort) const { return cohort == Cohort::kCanary ? canary_ : baseline_; }

  const Expected& ExpectedWithout(int excluded) const {
    return excluded == kNobody ? expected_ : hosts_[excluded].without;
  }

  std::vector<Host> hosts_;
  bool has_past_ = false;
  int exposed_hosts_ = 0;
  Expected expected_;
  Totals canary_;
  Totals baseline_;
};

class SplitAccumulator::Mark {
 private:
  friend class SplitAccumulator;
  struct HostSums {
    double events = 0;
    Expected without;
  };
  std::vector<HostSums> hosts_;
  Expected expected_;
  double canary_events_ = 0;
  double baseline_events_ = 0;
};

}  // namespace haldane::stats
