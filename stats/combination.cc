#include "stats/combination.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "stats/lanes.h"
#include "stats/log_space.h"

namespace haldane::stats {

double WeightedLogEvidence(absl::Span<const double> log_evidence, absl::Span<const double> weights) {
  std::vector<double> terms;
  terms.reserve(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    terms.push_back(std::log(weights[i]) + log_evidence[i]);
  }
  return LogSum(terms);
}

double MixLogEvidence(double share, double first, double second) {
  const double high = std::max(first, second);
  if (high == -kInfinity) return high;
  const Lanes values = ExpLanes(Lanes{first, second} - Both(high));
  return high + LogRatioLanes(Both(share * values[0] + (1 - share) * values[1]), Both(1))[0];
}

}  // namespace haldane::stats
