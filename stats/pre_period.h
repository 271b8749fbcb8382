#pragma once

#include <vector>

#include "stats/grids.h"
#include "stats/random_effects.h"

namespace haldane::stats {

// What one host did before the rollout, on the old revision, and what it would
// have been expected to do had all hosts the same rate: its share of all
// hosts' exposure in each tick times their events, summed. Events divided by
// their dispersion, like those of the rollout. A host without history has
// zeros.
struct HostHistory {
  double events = 0;
  double expected = 0;
};

struct PrePeriod {
  std::vector<HostHistory> canary;
  std::vector<HostHistory> baseline;
};

// RE-DM with each host as its own control (difference in differences): for
// hosts whose processes were restarted in place, what they did before says
// what they would do now, as far as host effects persist.
//
// Spreads tau_k (a = 1/tau^2) as in RandomEffects, times a persistence d in
// {1, 1/6, 1/36, 1/216, 1/1296, 0}, uniform: how many events of the past are
// worth one of the present. Per cell, with z, f = past events and expectation,
// e = a host's weight in its cohort:
//   L0 = Dirichlet-multinomial of all hosts' z with parameters a n f / sum f
//   alpha = (a + d z) e;  g = (a + d z)/(a + d f);  m = sum e g;
//   V = sum (e g)^2/(a + d z)
//   L_G = Dirichlet-multinomial of the cohort's events with parameters alpha
//   s^2 = V_c/m_c^2 + V_b/m_b^2; log odds + ln[(m_c/n_c)/(m_b/n_b)]
// Source: gamma-Poisson conjugacy; the mixture over d as that over tau.
// d = 0 is RandomEffects plus what the past says of tau.
// Assumes: a host had the same role before and after. Contemporaneous hosts
// choose d, so drifting host effects cost power, not validity.
// Shapes: `history` has the hosts of `counts`, in the same order.
RandomEffects WithPrePeriod(const SplitCounts& counts, const PrePeriod& history,
                            const SpreadPrior& prior = FlatSpreadPrior());

}  // namespace haldane::stats
