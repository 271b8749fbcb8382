#include "benchmarks/verdicts/claims/null_grid.h"

#include "absl/strings/str_cat.h"
#include "benchmarks/verdicts/contestants.h"
#include "benchmarks/verdicts/progress.h"

namespace haldane::benchmarks {

namespace {

// Modes with a pre-period take four times the time of the cold one.
constexpr std::size_t kDearCohorts = 3;

}  // namespace

const std::vector<Trace>* TracesOf(const NullCell& cell, std::size_t mode) {
  return mode < cell.traces.size() ? &cell.traces[mode] : nullptr;
}

std::vector<NullCell> RunNullGrid(const Scale& scale) {
  std::vector<NullCell> cells;
  for (const std::string& name : scale.models) {
    const NamedModel& model = FindNoiseModel(name);
    for (std::size_t c = 0; c < scale.cohorts.size(); ++c) {
      NullCell cell{.model = name, .cohorts = scale.cohorts[c]};
      for (const Mode mode : kModes) {
        if (mode != Mode::kCold && c >= kDearCohorts) continue;
        cell.judges.push_back(Engine(mode, EngineOptions(model, Looks::kThinned)));
      }
      if (c == 0) {
        for (Contestant& peer : Peers(model)) cell.judges.push_back(std::move(peer));
      }
      cell.traces = RunCell({.name = absl::StrCat("null/", name, "/", CohortsName(cell.cohorts)),
                             .model = model.make,
                             .setup = {.cohorts = cell.cohorts, .before = c < kDearCohorts ? kBefore : 0},
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
