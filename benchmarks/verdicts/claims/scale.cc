#include "benchmarks/verdicts/claims/scale.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace haldane::benchmarks {

Scale FullScale(int runs) {
  Scale scale{.runs = runs,
              .harmful_runs = std::max(1, runs / 4),
              .cohorts = {{5, 5}, {3, 10}, {2, 2}, {10, 10}, {2, 20}, {1, 10}, {1, 3}},
              .calmer = {{5, 5}, {3, 10}, {2, 2}},
              .with_past = {{5, 5}, {2, 2}},
              .delay_cohorts = {{1, 3}, {2, 2}, {3, 3}, {5, 5}, {3, 10}, {1, 10}, {10, 10}, {2, 20}},
              .in_brief = {"shockhet", "burst", "burstpareto", "cold+gate", "restart+gate", "skew.1", "combo",
                           "combo_hi", "proportion"},
              .brief = {{5, 5}, {2, 2}, {1, 3}},
              .ratios = {1.5, 2, 3, 5}};
  for (const NamedModel& model : NoiseModels()) scale.models.push_back(model.name);
  return scale;
}

Scale QuickScale(int runs) {
  return {.runs = runs,
          .harmful_runs = std::max(1, runs / 4),
          .models = {"poisson", "poisson_hi", "hostcv.3", "ar1", "shockhet", "burst", "combo"},
          .cohorts = {{5, 5}, {2, 2}},
          .calmer = {{5, 5}},
          .with_past = {{5, 5}},
          .delay_cohorts = {{3, 3}, {5, 5}},
          .ratios = {2, 5}};
}

bool Scale::Has(absl::string_view model) const {
  return std::find(models.begin(), models.end(), model) != models.end();
}

bool Scale::IsRun(absl::string_view model, const Cohorts& cohorts) const {
  if (std::find(in_brief.begin(), in_brief.end(), model) == in_brief.end()) return true;
  return std::find(brief.begin(), brief.end(), cohorts) != brief.end();
}

std::string CohortsName(const Cohorts& cohorts) {
  return absl::StrCat(cohorts.canary, "v", cohorts.baseline);
}

}  // namespace haldane::benchmarks
