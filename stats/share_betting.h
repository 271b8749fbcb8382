#pragma once

#include <array>

namespace haldane::stats {

// A second opinion that models nothing but boundedness: the canary's share of
// the events of a window lies in [0, 1], and has a mean of at most p under the
// null. Twelve gamblers bet fixed fractions of their capital on it exceeding p,
// and M is their mean capital:
//
//   M = mean over j = 0..11 of the product over windows of [1 + lambda_j (share - p)],
//   lambda_j = ((j + 1/2)/12) 0.95/p
//
// Source: Waudby-Smith and Ramdas, JRSS-B 2024. Null: E[share | past] <= p in
// every window with events; p may change from window to window. Guarantee: a
// supermartingale, so P(ever ln M >= ln(1/alpha)) <= alpha, whatever the tails
// and the dependence within a window. Hosts that differ for good violate the
// null, and it is slow: it is no part of any verdict, but checks those of
// signals whose tails are in doubt.
// Range: always finite, as no gambler bets more than 95 % of what he has.
class ShareBetting {
 public:
  // One window: share in [0, 1], null_share in (0, 1). Windows without events
  // are left out.
  void Observe(double share, double null_share);

  double LogEvidence() const;

 private:
  std::array<double, 12> log_capital_{};
};

}  // namespace haldane::stats
