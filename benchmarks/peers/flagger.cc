#include "benchmarks/peers/flagger.h"

#include <algorithm>
#include <limits>

namespace haldane::benchmarks {

Decision FlaggerJudge::Observe(const Second& second) {
  window_.Add(second);
  if (++now_ % options_.interval != 0) return Decision::kContinue;

  stop_score_ = std::max(stop_score_, largest_.Last());
  if (failed_checks_ >= options_.threshold) return Decision::kStop;

  const HostSecond canary = window_.canary();
  const double value = canary.exposure > 0 ? canary.events / canary.exposure / options_.max_rate
                                           : std::numeric_limits<double>::infinity();
  largest_.Add(value);
  if (value > 1) {
    ++failed_checks_;
    return Decision::kContinue;
  }
  if (steps_taken_ == options_.steps) return Decision::kProceed;
  ++steps_taken_;
  return Decision::kContinue;
}

}  // namespace haldane::benchmarks
