#pragma once

#include <vector>

#include "absl/types/span.h"
#include "stats/cohort.h"

namespace haldane::stats {

// Estimates how much more the counts vary in time than a Poisson process with
// the hosts' own constant rates: phi, the variance over the Poisson variance,
// at the time scale where it is worst. Events divided by phi carry as much
// evidence as independent ones (quasi-likelihood).
//
// At each scale L, whenever a block of L ticks closes, it is compared with the
// block before. For the m >= 2 hosts with exposure in both, R_A and R_B pooled
// rates of the blocks, a = e_A R_A, b = e_B R_B, P = b/(a + b), s = x_A + x_B:
//   ss  += m/(m-1) (x_B - sP)^2     what was seen
//   se  += v = sP(1-P)              what a Poisson process would show
//   se2 += v + 2 v^2                its variance, for the degrees of freedom
// f = ss/se with nu = 2 se^2/se2, shrunk from the scale below, fine to coarse:
//   phi_L = (nu0 phi_(L-1) + nu f)/(nu0 + nu),  phi_0 = 1,  nu0 = 20,
// or, for a service whose phi0_L are known, each scale by itself:
//   phi_L = (50 phi0_L + nu f)/(50 + nu).
//
// A host's persistent rate cancels inside each pair, and so does anything all
// hosts share in time. Needs a few blocks to know a scale: before 2L ticks
// nothing is known of scale L, and the finer scales answer.
// Units: a pure number. Range: finite for counts up to 2^53.
class Dispersion {
 public:
  // Each scale is a whole multiple of the one before, in ticks. `usual`: phi0_L
  // of the service, one per scale, > 0; or none.
  explicit Dispersion(std::vector<int> scales = {2, 8, 32, 128, 512}, absl::Span<const double> usual = {});

  // One tick: the hosts that have data in it (host indexes are dense and may
  // grow). Call once per tick, also with no hosts.
  void AddTick(absl::Span<const HostTick> hosts);

  // What comes next cannot be compared with what was (hosts have changed
  // revision): open blocks are dropped, what has been learned is kept.
  void StartAfresh();

  // max(floor, max_L phi_L).
  double Phi(double floor) const;

  // The accumulators of one scale.
  struct Sums {
    double ss = 0;
    double se = 0;
    double se2 = 0;
  };
  const Sums& sums(int scale) const { return scales_[scale].sums; }
  int scales() const { return static_cast<int>(scales_.size()); }

 private:
  struct Cell {
    double events = 0;
    double exposure = 0;
  };
  struct Scale {
    int length;        // in blocks of the scale below
    double usual = 0;  // phi0_L, 0 for unknown
    int filled = 0;    // of those blocks
    std::vector<Cell> current;
    std::vector<Cell> previous;
    Sums sums;
  };

  static void Compare(const std::vector<Cell>& before, const std::vector<Cell>& after, Sums& sums);
  // Adds a closed block of the scale below, and passes on the block this closes.
  void AddBlock(int scale, const std::vector<Cell>& block);

  std::vector<Scale> scales_;
  std::vector<Cell> tick_;
};

}  // namespace haldane::stats
