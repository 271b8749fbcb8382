#pragma once

#include <random>
#include <vector>

#include "absl/types/span.h"

namespace haldane::stats {

// One host's events so far and what it would have had at all hosts' common
// rate: its share of the exposure of each tick times the tick's events, summed.
struct HostShare {
  double events;
  double expected;
};

// The exact fallback: would another choice of canary hosts look as bad? Makes no
// model of time, bursts or tails; only of hosts, that they are exchangeable.
//
// All C(n, n_c) labellings when they are at most 10 000, else the real one and
// 999 drawn at random. At look j of J at most floor(alpha |L| j/J) labellings
// may have been removed: the ones with the largest
//   z = (X_L - S p_L) / sqrt(S p_L (1 - p_L)),  p_L = their share of `expected`,
// z > 0, go for good; the real one loses ties. Halt when it goes.
//   Source: sequential Monte Carlo with a rejection budget (Fischer and Ramdas
//   2024), proof: which labellings go does not depend on which is real.
// Guarantee: P(ever halt) <= alpha if hosts are exchangeable, so of similar
// exposure. Looks must be fixed beforehand (LookTimes). Needs alpha |L| of the
// order of J: useless for three hosts a side, good from three of thirteen.
class PermutationTest {
 public:
  // Hosts 0..canary_hosts-1 are the canary. Both > 0; alpha in (0, 1); looks > 0.
  PermutationTest(int canary_hosts, int baseline_hosts, double alpha, int looks, std::mt19937_64& random);

  // The next look, at all hosts; canary events are divided by `tolerate_ratio`.
  // Returns whether the canary has been rejected, now or before. Looks beyond
  // the last have no budget left and change nothing.
  bool Look(absl::Span<const HostShare> hosts, double tolerate_ratio = 1);

  // Labellings that may be gone after look 1, 2, ...
  int Budget(int look) const;
  int labellings() const { return static_cast<int>(labellings_.size()); }

 private:
  struct Labelling {
    std::vector<int> hosts;
    bool removed = false;
  };

  int canary_hosts_;
  double alpha_;
  int looks_;
  int look_ = 0;
  int removed_ = 0;
  std::vector<Labelling> labellings_;  // the real one first
};

// Seconds since the start at which to look: 10, then 1.25 times as late each, up
// to `horizon`.
std::vector<double> LookTimes(double horizon);

}  // namespace haldane::stats
