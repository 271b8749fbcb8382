#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "benchmarks/verdicts/generators/noise_model.h"

namespace haldane::benchmarks {

// How much of the grid is run.
struct Scale {
  int runs = 250;        // rollouts of each harmless cell
  int harmful_runs = 0;  // of each harmful one
  int threads = 2;
  std::vector<std::string> models;  // names
  std::vector<Cohorts> cohorts;     // the first is the one that peers are compared on
  std::vector<double> ratios;       // of the delay cells

  bool Has(absl::string_view model) const;
  // The first `count` cohorts, for studies that need not see them all.
  std::vector<Cohorts> FirstCohorts(std::size_t count) const;
};

// The published grid, and one that fits into a minute.
Scale FullScale(int runs, int threads);
Scale QuickScale(int runs, int threads);

// "5v5".
std::string CohortsName(const Cohorts& cohorts);

}  // namespace haldane::benchmarks
