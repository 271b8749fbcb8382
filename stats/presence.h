#pragma once

namespace haldane::stats {

// Host-minutes, and how many of them had at least one event.
struct PresenceCounts {
  double present = 0;
  double slots = 0;
};

// For events so rare, or cohorts so small, that only "was there any this
// minute?" says something. With p the baseline's probability of an event in a
// host-minute, p ~ Beta(1/2 + k_b/2, 1/2 + (m_b - k_b)/2) on the points
// ((j + 1/2)/200)^2, and a canary rate rho times as high, p_rho = 1 - (1 - p)^rho:
//
//   M = sum_j pi_j mean_rho [p_(r rho)^(k/2) (1 - p_(r rho))^((m-k)/2)]
//       / sum_j pi_j p_r^(k/2) (1 - p_r)^((m-k)/2)
//
// with r the tolerated ratio and rho in {2, 4, 10, 30, 100, 1000}. No p exceeds
// the grid's largest: of events in every minute nothing can be learned here.
// The 2 is the design effect: neighbouring minutes of a host are not independent.
// Where hosts are seen to differ more than that, the caller knows a larger one.
// Null: canary minutes like those of the baseline at up to r times the rate,
// with p drawn from the prior. Guarantee: for independent minutes a martingale
// under it while the baseline's counts are held; they move on with the rollout,
// so it is an e-value at each moment and approximately an e-process. Persistent
// differences between hosts are not in the model but for the design effect.
// Ranges: 0 <= present <= slots; tolerate_ratio > 0; design_effect >= 1.
double PresenceLogEvidence(const PresenceCounts& canary, const PresenceCounts& baseline,
                           double tolerate_ratio = 1, double design_effect = 2);

}  // namespace haldane::stats
