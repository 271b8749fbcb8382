#include "benchmarks/verdicts/claims/null_grid.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "benchmarks/verdicts/progress.h"

namespace haldane::benchmarks {
namespace {

bool IsAmong(const std::vector<Cohorts>& several, const Cohorts& cohorts) {
  return std::find(several.begin(), several.end(), cohorts) != several.end();
}

}  // namespace

NullGrid::NullGrid(const Scale& scale) {
  for (const std::string& name : scale.models) {
    const NamedModel& model = FindNoiseModel(name);
    for (const Cohorts& cohorts : scale.cohorts) {
      if (!scale.IsRun(name, cohorts)) continue;
      const bool first = cohorts == scale.cohorts.front();
      const bool past = IsAmong(scale.with_past, cohorts);
      std::vector<Contestant> judges = {Engine(Mode::kCold, model), Engine(Mode::kProfile, model)};
      if (IsAmong(scale.calmer, cohorts)) judges.push_back(Engine(Mode::kMismatched, model));
      Add(model, cohorts, 0, first ? scale.runs : scale.runs / 2, scale, judges);
      if (first) Add(model, cohorts, 0, scale.runs / 3, scale, {Engine(Mode::kRestarts, model)});
      if (first) Add(model, cohorts, 0, scale.runs, scale, Peers(model));
      if (past) Add(model, cohorts, kBefore, scale.runs / 3, scale, {Engine(Mode::kPrePeriod, model)});
    }
    Progress("harmless rollouts", name);
  }
}

void NullGrid::Add(const NamedModel& model, const Cohorts& cohorts, int before, int runs, const Scale& scale,
                   std::vector<Contestant> judges) {
  const Cell cell{.name = absl::StrCat("null/", model.name, "/", CohortsName(cohorts)),
                  .model = model.make,
                  .setup = {.cohorts = cohorts, .before = before},
                  .seconds = kRollout,
                  .runs = runs,
                  .judges = std::move(judges)};
  CellTraces traces = RunCell(cell, scale.workers);
  for (std::size_t j = 0; j < traces.size(); ++j) {
    results_.push_back({model.name, cohorts, cell.judges[j].name, std::move(traces[j])});
  }
}

const NullResult* NullGrid::Find(const std::string& model, const Cohorts& cohorts,
                                 const std::string& judge) const {
  for (const NullResult& result : results_) {
    if (result.model == model && result.cohorts == cohorts && result.judge == judge) return &result;
  }
  return nullptr;
}

}  // namespace haldane::benchmarks
