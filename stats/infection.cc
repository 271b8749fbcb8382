#include "stats/infection.h"

#include <cmath>
#include <cstddef>

#include "stats/log_space.h"

namespace haldane::stats {
namespace {

constexpr std::array<double, 4> kInfectionRatios = {2, 5, 20, 1000};

}  // namespace

Infection::Infection(int canary_hosts, int baseline_hosts)
    : canary_(canary_hosts), baseline_(baseline_hosts), log_products_{} {}

void Infection::OnFirst(Cohort cohort) {
  const bool is_canary = cohort == Cohort::kCanary;
  double& clean = is_canary ? canary_ : baseline_;
  if (clean == 0) return;
  for (std::size_t i = 0; i < kInfectionRatios.size(); ++i) {
    const double tilt = std::log((canary_ + baseline_) / (kInfectionRatios[i] * canary_ + baseline_));
    log_products_[i] += tilt + (is_canary ? std::log(kInfectionRatios[i]) : 0);
  }
  --clean;
}

double Infection::LogEvidence() const { return LogSum(log_products_) - kLog4; }

double NewClassWeight(int order) { return 1 / (static_cast<double>(order) * (order + 1.0)); }

}  // namespace haldane::stats
