#include "stats/e_bh.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>

namespace haldane::stats {

Discoveries EBenjaminiHochberg(absl::Span<const double> log_evidence, double alpha) {
  std::vector<double> sorted(log_evidence.begin(), log_evidence.end());
  std::sort(sorted.begin(), sorted.end(), std::greater<double>());
  const double size = static_cast<double>(sorted.size());
  const auto threshold = [&](std::size_t k) { return std::log(size / (alpha * static_cast<double>(k))); };
  std::size_t found = sorted.size();
  while (found > 0 && sorted[found - 1] < threshold(found)) --found;

  Discoveries discoveries;
  discoveries.count = static_cast<int>(found);
  discoveries.log_threshold = threshold(std::max<std::size_t>(found, 1));
  for (std::size_t i = 0; i < log_evidence.size() && found > 0; ++i) {
    if (log_evidence[i] >= sorted[found - 1]) discoveries.which.push_back(static_cast<int>(i));
  }
  return discoveries;
}

}  // namespace haldane::stats
