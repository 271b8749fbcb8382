#include "stats/gauge_drift.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "stats/log_space.h"

namespace haldane::stats {
namespace {

constexpr double kInflation = 3 * 3;

// In units of sigma per window, written out to have the same bits everywhere.
constexpr std::array<double, 12> kSlopeSpreads = {0.003,
                                                  0.0056214522685811521,
                                                  0.010533575202645394,
                                                  0.019737996739727040,
                                                  0.036985402183261984,
                                                  0.069303891002494793,
                                                  0.12986283843249175,
                                                  0.24333924923690613,
                                                  0.45597332488588012,
                                                  0.85441076053074050,
                                                  1.6010097693618929,
                                                  3};

constexpr std::array<double, 24> kSlopes = {0.03,
                                            0.036650320469903760,
                                            0.044774866351554885,
                                            0.054700440026053235,
                                            0.066826288559986727,
                                            0.081640163051259233,
                                            0.099737937968128228,
                                            0.12184757965130938,
                                            0.14885842809008710,
                                            0.18185696980492720,
                                            0.22217054076787311,
                                            0.27142071727047892,
                                            0.33158854233780648,
                                            0.40509421136096194,
                                            0.49489442222940612,
                                            0.60460130578251991,
                                            0.73862772044838772,
                                            0.90236475541292987,
                                            1.1023985822210068,
                                            1.3467753774655816,
                                            1.6453249728363056,
                                            2.0100562510528766,
                                            2.4556401921207084,
                                            3};

// ln Normal(x; mean, variance) up to a constant.
double LogNormal(double x, double mean, double variance) {
  const double deviation = x - mean;
  return -0.5 * (std::log(variance) + deviation * deviation / variance);
}

// One cohort's slope, given the spread of its hosts' slopes; in units of sigma.
struct CohortSlope {
  double mean = 0;
  double variance = 0;
  double reml = 0;
};

CohortSlope Slope(const std::vector<HostDrift>& hosts, double sigma, double spread_variance) {
  double precision = 0;
  double sum = 0;
  double log_variances = 0;
  for (const HostDrift& host : hosts) {
    const double variance = 1 / host.windows + spread_variance;
    precision += 1 / variance;
    sum += host.sum / (sigma * host.windows) / variance;
    log_variances += std::log(variance);
  }
  CohortSlope slope;
  slope.mean = sum / precision;
  slope.variance = 1 / precision;
  double squares = 0;
  for (const HostDrift& host : hosts) {
    const double deviation = host.sum / (sigma * host.windows) - slope.mean;
    squares += deviation * deviation / (1 / host.windows + spread_variance);
  }
  slope.reml = -0.5 * (log_variances + std::log(precision) + squares);
  return slope;
}

}  // namespace

std::vector<DriftComponent> DriftPoints() {
  std::vector<DriftComponent> points;
  for (const double slope : kSlopes) points.push_back({slope, 0, -kLog24});
  return points;
}

std::vector<DriftComponent> DriftPointsWithReach() {
  std::vector<DriftComponent> components = DriftPoints();
  for (DriftComponent& point : components) point.log_weight += kLogNineTenths;
  for (const double far : {1.0, 10.0, 100.0}) components.push_back({far, far, kLogThirtieth});
  return components;
}

double DriftLogEvidence(const std::vector<HostDrift>& canary, const std::vector<HostDrift>& baseline,
                        double sigma, double margin, const std::vector<DriftComponent>& alternatives) {
  if (canary.empty() || baseline.empty()) return 0;
  const double boundary = margin / sigma;
  std::array<double, kSlopeSpreads.size()> above;
  std::array<double, kSlopeSpreads.size()> below;
  std::vector<double> terms(alternatives.size());
  for (std::size_t k = 0; k < kSlopeSpreads.size(); ++k) {
    const double spread = kSlopeSpreads[k] * kSlopeSpreads[k];
    const CohortSlope c = Slope(canary, sigma, spread);
    const CohortSlope b = Slope(baseline, sigma, spread);
    const double difference = c.mean - b.mean;
    const double variance = c.variance + b.variance;
    const double within = c.reml + b.reml - kLog12;
    for (std::size_t g = 0; g < alternatives.size(); ++g) {
      const DriftComponent& alternative = alternatives[g];
      terms[g] = alternative.log_weight + LogNormal(difference, boundary + alternative.slope,
                                                    variance + alternative.spread * alternative.spread);
    }
    above[k] = within + LogSum(terms);
    const double null = std::min(boundary, difference);
    const double inflated = Slope(canary, sigma, kInflation * spread).variance +
                            Slope(baseline, sigma, kInflation * spread).variance;
    below[k] = within + LogAdd(kLogNineTenths + LogNormal(difference, null, variance),
                               kLogTenth + LogNormal(difference, null, inflated));
  }
  return LogSum(above) - LogSum(below);
}

}  // namespace haldane::stats
