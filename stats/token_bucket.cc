#include "stats/token_bucket.h"

#include <algorithm>

namespace haldane::stats {
namespace {

constexpr double kCapacity = 4;
constexpr double kHeadroom = 8;
constexpr double kLeastRefill = 0.2;
constexpr double kLeastRate = 0.02;

}  // namespace

double TokenBucket::Pass(double events, double exposure, double past_rate) {
  const double refill = std::max({kHeadroom * past_rate * exposure, kLeastRefill, kLeastRate * exposure});
  tokens_ = std::min(tokens_ + refill, kCapacity + refill);
  const double passed = std::min(events, tokens_);
  tokens_ -= passed;
  return passed;
}

}  // namespace haldane::stats
