#pragma once

#include <string>
#include <vector>

#include "benchmarks/verdicts/claims/scale.h"
#include "benchmarks/verdicts/contestants.h"
#include "benchmarks/verdicts/runner.h"

namespace haldane::benchmarks {

// One judge on one harmless cell: the canary is as good as the baseline, and
// whoever stops it is wrong.
struct NullResult {
  std::string model;
  Cohorts cohorts;
  std::string judge;
  std::vector<Trace> traces;
};

// Every model with all cohort sizes: cold and with a profile everywhere; with
// the same hosts' past and with a profile of calmer times where the scale has a
// past; with restarts, and the peers, on the first cohorts only.
class NullGrid {
 public:
  explicit NullGrid(const Scale& scale);

  // Nothing where the judge was not run.
  const NullResult* Find(const std::string& model, const Cohorts& cohorts, const std::string& judge) const;
  const std::vector<NullResult>& results() const { return results_; }

 private:
  void Add(const NamedModel& model, const Cohorts& cohorts, int before, int runs, const Scale& scale,
           std::vector<Contestant> judges);

  std::vector<NullResult> results_;
};

}  // namespace haldane::benchmarks
