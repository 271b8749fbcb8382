#pragma once

#include <vector>

#include "absl/types/span.h"
#include "stats/cohort.h"
#include "stats/gauge_drift.h"

namespace haldane::stats {

// A gauge's increment on one host over one window of 30 to 60 seconds: the mean
// over its processes. For memory use each process's lowest reading of the
// window, which is the level after garbage collection.
struct HostIncrement {
  int host;
  double increment;
};

// A range for how much faster a gauge grows on the canary, per window, in the
// gauge's units. low may be -infinity, high +infinity.
struct DriftInterval {
  double estimate;
  double low;
  double high;
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
  double HarmEvidence() const { return EvidenceAbove(options_.margin); }

  // The mirror image: ln e-value against "the canary grows at least `margin`
  // faster". Demonstrated at ln(1/alpha).
  double ClearEvidence() const { return EvidenceBelow(options_.margin); }

  // The same two questions of any margin, which may be negative. 0 with a cohort
  // empty or before the first pair of windows.
  double EvidenceAbove(double margin) const;
  double EvidenceBelow(double margin) const;

  // Confidence sequence by inversion of both, each at alpha/2; to a thousandth
  // of Sigma(). alpha in (0, 1). {0, -infinity, +infinity} with no data.
  DriftInterval Interval(double alpha) const;

  // HarmEvidence had this host never reported.
  double EvidenceWithout(int host) const;

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
  struct Sides {
    std::vector<HostDrift> canary;
    std::vector<HostDrift> baseline;
  };
  Sides HostDrifts(int excluded) const;

  Options options_;
  std::vector<Cohort> cohorts_;
  std::vector<Cell> totals_;
  std::vector<Scale> scales_;
};

}  // namespace haldane::stats
