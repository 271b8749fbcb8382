#pragma once

#include <vector>

#include "absl/types/span.h"
#include "stats/cohort.h"

namespace haldane::stats {

// A gauge's increment on one host over one window of 30 to 60 seconds: the mean
// over its processes. For memory use each process's lowest reading of the
// window, which is the level after garbage collection.
struct HostIncrement {
  int host;
  double increment;
};

// Everything the judge asks of one gauge: does it grow faster on the canary?
// Engine and guarantee: DriftLogEvidence.
//
// The variance of one window's increment is learned as Dispersion is: blocks of
// L = 1, 4 and 16 windows are compared with the block before; with z_h the
// difference on host h less the mean difference of the m hosts in both,
//   sigma_L^2 = sum z^2 / (2 L (m - 1)), shrunk from the finer scale
// with 20 degrees of freedom; the largest counts. Persistent slopes and what all
// hosts share cancel. Until a first pair of windows closes there is no evidence.
// Deterministic. Call Observe once per window; hosts not listed had no data.
class DriftSignal {
 public:
  struct Options {
    double margin = 0;  // tolerated extra growth per window, in the gauge's units
    double resolution;  // the step the gauge moves in; > 0. A gauge that never
                        // moves is not known better than that.
  };
  explicit DriftSignal(const Options& options);

  int AddHost(Cohort cohort);  // 0, 1, 2, ...
  void Observe(absl::Span<const HostIncrement> window);

  // ln e-value against "the canary grows at most `margin` faster". Halt at
  // ln(1/alpha).
  double HarmEvidence() const;

  // Standard deviation of one window's increment.
  double Sigma() const;

 private:
  struct Cell {
    double sum = 0;
    int windows = 0;
  };
  struct Scale {
    int length;  // in windows
    int filled = 0;
    std::vector<Cell> current = {};
    std::vector<Cell> previous = {};
    double squares = 0;
    double freedom = 0;
  };
  void Compare(Scale& scale);

  Options options_;
  std::vector<Cohort> cohorts_;
  std::vector<Cell> totals_;
  std::vector<Scale> scales_;
};

}  // namespace haldane::stats
