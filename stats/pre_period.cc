#include "stats/pre_period.h"

#include <cmath>
#include <cstddef>
#include <utility>

#include "stats/dirichlet_multinomial.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

constexpr double kPersistence[] = {1, 1.0 / 6, 1.0 / 36, 1.0 / 216, 1.0 / 1296, 0};

// L0: how well the hosts' differences before agree with a spread.
double PastFit(const PrePeriod& history, double precision) {
  std::vector<double> events;
  std::vector<double> expected;
  double total = 0;
  for (const auto* side : {&history.canary, &history.baseline}) {
    for (const HostHistory& host : *side) {
      if (!(host.expected > 0)) continue;
      events.push_back(host.events);
      expected.push_back(host.expected);
      total += host.expected;
    }
  }
  if (events.size() < 2) return 0;
  const double hosts = static_cast<double>(events.size());
  for (double& f : expected) f *= precision * hosts / total;
  return DirichletMultinomialFit(expected, events);
}

// One cohort under one spread and persistence.
struct Side {
  double fit = 0;       // L_G
  double log_mean = 0;  // ln(m/n): the cohort's rate as its past predicts it
  double variance = 0;  // V/m^2
};

Side Predict(const CohortCounts& now, const std::vector<HostHistory>& past, double precision,
             double persistence) {
  std::vector<double> alpha;
  alpha.reserve(now.events.size());
  double mean = 0;
  double variance = 0;
  for (std::size_t h = 0; h < now.events.size(); ++h) {
    const double shape = precision + persistence * past[h].events;
    const double rate = now.weights[h] * shape / (precision + persistence * past[h].expected);
    alpha.push_back(shape * now.weights[h]);
    mean += rate;
    variance += rate * rate / shape;
  }
  Side side;
  if (now.events.size() > 1) side.fit = DirichletMultinomialFit(alpha, now.events);
  side.log_mean = std::log(mean / static_cast<double>(now.events.size()));
  side.variance = variance / (mean * mean);
  return side;
}

}  // namespace

RandomEffects WithPrePeriod(const SplitCounts& counts, const PrePeriod& history, const SpreadPrior& prior) {
  const double canary_events = TotalEvents(counts.canary);
  const double baseline_events = TotalEvents(counts.baseline);
  std::vector<SplitCell> cells;
  if (canary_events + baseline_events == 0) return RandomEffects(0, 0, counts.log_odds, cells);
  for (int k = 0; k < kSpreads; ++k) {
    const double precision = 1 / (kSpreadGrid[k] * kSpreadGrid[k]);
    const double past = prior[k] + PastFit(history, precision) - kLog6;
    for (const double persistence : kPersistence) {
      const Side canary = Predict(counts.canary, history.canary, precision, persistence);
      const Side baseline = Predict(counts.baseline, history.baseline, precision, persistence);
      cells.push_back({past + canary.fit + baseline.fit,
                       counts.log_odds + canary.log_mean - baseline.log_mean,
                       canary.variance + baseline.variance});
    }
  }
  return RandomEffects(canary_events, baseline_events, counts.log_odds, std::move(cells));
}

}  // namespace haldane::stats
