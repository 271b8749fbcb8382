#include "stats/presence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "stats/log_space.h"

namespace haldane::stats {
namespace {

constexpr int kPoints = 200;
constexpr std::array<double, 6> kPresenceRatios = {2, 4, 10, 30, 100, 1000};
// ln(1 - p) of the largest p in the grid. Alternatives go no further: where
// every minute has an event, canary and baseline fit equally well.
constexpr double kLeastLogAbsence = -5.2995681484497075;

}  // namespace

double PresenceLogEvidence(const PresenceCounts& canary, const PresenceCounts& baseline,
                           double tolerate_ratio, double design_effect) {
  const double present = canary.present / design_effect;
  const double absent = (canary.slots - canary.present) / design_effect;
  const double past_present = baseline.present / design_effect;
  const double past_absent = (baseline.slots - baseline.present) / design_effect;
  std::vector<double> above;
  std::vector<double> below;
  above.reserve(kPoints * kPresenceRatios.size());
  below.reserve(kPoints);
  for (int j = 0; j < kPoints; ++j) {
    const double root = (j + 0.5) / kPoints;
    const double log_p = 2 * std::log(root);
    const double log_q = std::log1p(-root * root);
    // Beta density times dp = 2 root d(root); constants cancel in the ratio.
    const double log_prior = (past_present - 0.5) * log_p + (past_absent - 0.5) * log_q + log_p / 2;
    // ln likelihood of the canary's minutes at `ratio` times the baseline's rate.
    const auto fit = [&](double ratio) {
      const double log_absence = std::max(ratio * log_q, kLeastLogAbsence);
      return present * std::log(-std::expm1(log_absence)) + absent * log_absence;
    };
    below.push_back(log_prior + fit(tolerate_ratio));
    for (const double ratio : kPresenceRatios)
      above.push_back(log_prior + fit(tolerate_ratio * ratio) - kLog6);
  }
  return LogSum(above) - LogSum(below);
}

}  // namespace haldane::stats
