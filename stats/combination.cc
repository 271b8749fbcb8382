#include "stats/combination.h"

#include <cmath>
#include <cstddef>
#include <vector>

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

}  // namespace haldane::stats
