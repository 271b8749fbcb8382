#pragma once

#include <vector>

namespace haldane::stats {

// One host's sum of increments of a gauge (resident memory, open files), and
// the number of windows they were taken over.
struct HostDrift {
  double sum;
  double windows;
};

// One alternative: slopes around `slope` beyond the margin, in units of sigma.
struct DriftComponent {
  double slope;
  double spread;
  double log_weight;
};

// theta_g below, equally likely.
std::vector<DriftComponent> DriftPoints();
// Nine tenths of that, and a tenth on three broad components at 1, 10 and 100,
// as wide as they are far.
std::vector<DriftComponent> DriftPointsWithReach();

// The Gaussian twin of RandomEffects, for drift: does the gauge grow faster on
// the canary by more than `margin` per window, when each host has a slope of
// its own?
//
//   S_h ~ Normal(slope_G N_h, sigma^2 N_h + tau^2 N_h^2)
//   u_h = sigma^2/N_h + tau_k^2;  mean_G and var_G = 1/sum(1/u) weighted by 1/u
//   L_k = REML likelihood of the hosts' slopes around their cohort's mean
//   d = mean_C - mean_B;  var_k = var_C + var_B
//   ln M = LSE_k[L_k + LSE_g(w_g + ln N(d; margin + theta_g, var_k + blur_g))]
//          - LSE_k[L_k + ln(0.9 N(d; null, var_k) + 0.1 N(d; null, var_k at 3 tau_k))]
//
// tau_k = 0.003 sigma 1000^(k/11), k = 0..11; theta_g = 0.03 sigma 100^(g/23),
// g = 0..23; null = min(margin, d).
//   Source: the normal mixture of Robbins 1970 with a random slope per host;
//   REML: Patterson and Thompson 1971. As RandomEffects: the same nuisance
//   prior above and below, right-Haar for the scale.
// Assumes: increments of a window have variance sigma^2 and are not correlated
// beyond what sigma's estimate has seen; normal host slopes.
// Guarantee: as RandomEffects. 0 with a cohort empty.
//   sigma  standard deviation of one window's increment, > 0.
double DriftLogEvidence(const std::vector<HostDrift>& canary, const std::vector<HostDrift>& baseline,
                        double sigma, double margin, const std::vector<DriftComponent>& alternatives);

}  // namespace haldane::stats
