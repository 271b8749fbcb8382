#include "benchmarks/verdicts/claims/null_grid.h"

#include "absl/strings/str_cat.h"
#include "benchmarks/verdicts/contestants.h"
#include "benchmarks/verdicts/progress.h"

namespace haldane::benchmarks {

std::vector<NullCell> RunNullGrid(const Scale& scale) {
  std::vector<NullCell> cells;
  for (const std::string& name : scale.models) {
    const NamedModel& model = FindNoiseModel(name);
    for (std::size_t c = 0; c < scale.cohorts.size(); ++c) {
      NullCell cell{.model = name, .cohorts = scale.cohorts[c]};
      for (const Mode mode : kModes) {
        cell.judges.push_back(Engine(mode, EngineOptions(model, Looks::kThinned)));
      }
      if (c == 0) {
        for (Contestant& peer : Peers(model)) cell.judges.push_back(std::move(peer));
      }
      cell.traces = RunCell({.name = absl::StrCat("null/", name, "/", CohortsName(cell.cohorts)),
                             .model = model.make,
                             .setup = {.cohorts = cell.cohorts, .before = kBefore},
                             .runs = scale.runs,
                             .judges = cell.judges},
                            scale.threads);
      cells.push_back(std::move(cell));
    }
    Progress("harmless rollouts", name);
  }
  return cells;
}

}  // namespace haldane::benchmarks
