#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "benchmarks/verdicts/generators/noise_model.h"
#include "benchmarks/verdicts/runner.h"

namespace haldane::benchmarks {

// How much of the grid is run.
struct Scale {
  int runs = 0;          // rollouts of each harmless cell
  int harmful_runs = 0;  // of each harmful one
  Workers workers = {};
  std::vector<std::string> models;     // names
  std::vector<Cohorts> cohorts;        // the first is the one that peers are compared on
  std::vector<Cohorts> calmer;         // of those, the ones tried with a profile of calmer times
  std::vector<Cohorts> with_past;      // of those, the ones that also see the same hosts' past
  std::vector<Cohorts> delay_cohorts;  // where delays are compared with Wald's bound
  std::vector<std::string> in_brief;   // models that are run on `brief` cohorts only
  std::vector<Cohorts> brief;
  std::vector<double> ratios;  // there

  bool Has(absl::string_view model) const;
  bool IsRun(absl::string_view model, const Cohorts& cohorts) const;
};

// The published grid, and one that fits into a minute or two.
Scale FullScale(int runs);
Scale QuickScale(int runs);

// "5v5".
std::string CohortsName(const Cohorts& cohorts);

inline bool operator==(const Cohorts& a, const Cohorts& b) {
  return a.canary == b.canary && a.baseline == b.baseline;
}

}  // namespace haldane::benchmarks
