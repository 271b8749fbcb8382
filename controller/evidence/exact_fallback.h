#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "stats/cohort.h"
#include "stats/permutation.h"

namespace haldane::controller {

using stats::Cohort;

// How a rate is judged for harm when self tests have shown that its model
// stops more often than promised on this service: by the exact permutation test
// (stats/permutation.h), at look times fixed beforehand, among the hosts that
// are there when both cohorts first have data. Later hosts take no part.
class ExactFallback {
 public:
  // alpha: the signal's part of the false-stop budget. horizon: the longest
  // window, seconds. seed: what the drawn labellings depend on, such as the
  // rollout's name.
  ExactFallback(double alpha, double horizon, absl::string_view seed);

  // The hosts that take part: cohorts by unit index; none for those that do not.
  void Begin(const std::vector<std::pair<int, Cohort>>& units);
  bool begun() const { return !tests_.empty(); }

  // One second. `ticks` as to CountSignal; harm is asked of `tolerate_ratio`.
  void Observe(absl::Span<const stats::HostTick> ticks, double tolerate_ratio);

  bool rejected() const { return rejected_; }

 private:
  const double alpha_;
  const std::vector<double> look_times_;
  const uint64_t seed_;
  std::vector<stats::PermutationTest> tests_;  // one, once begun
  std::vector<stats::HostShare> shares_;       // canary hosts first
  std::vector<int> position_;                  // by unit index, -1 for none
  size_t next_look_ = 0;
  double seconds_ = 0;
  bool rejected_ = false;
};

}  // namespace haldane::controller
