#include "benchmarks/verdicts/claims/scale.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace haldane::benchmarks {

Scale FullScale(int runs, int threads) {
  Scale scale{.runs = runs,
              .harmful_runs = std::max(1, runs / 3),
              .threads = threads,
              .cohorts = {{5, 5}, {3, 10}, {2, 2}, {10, 10}, {1, 10}, {1, 3}},
              .ratios = {1.5, 2, 3, 5}};
  for (const NamedModel& model : NoiseModels()) scale.models.push_back(model.name);
  return scale;
}

Scale QuickScale(int runs, int threads) {
  return {.runs = runs,
          .harmful_runs = std::max(1, runs / 3),
          .threads = threads,
          .models = {"poisson", "poisson_hi", "hostcv.3", "ar1", "shockhet", "burst", "combo"},
          .cohorts = {{5, 5}},
          .ratios = {2, 5}};
}

bool Scale::Has(absl::string_view model) const {
  return std::find(models.begin(), models.end(), model) != models.end();
}

std::vector<Cohorts> Scale::FirstCohorts(std::size_t count) const {
  return {cohorts.begin(), cohorts.begin() + static_cast<std::ptrdiff_t>(std::min(count, cohorts.size()))};
}

std::string CohortsName(const Cohorts& cohorts) {
  return absl::StrCat(cohorts.canary, "v", cohorts.baseline);
}

}  // namespace haldane::benchmarks
