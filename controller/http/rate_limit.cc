#include "controller/http/rate_limit.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace haldane::controller {
namespace {

constexpr double kRequestsPerSecond = 100, kLoopbackRequestsPerSecond = 2000;
constexpr double kBurstSeconds = 5;
constexpr size_t kMostAddresses = 10'000;

}  // namespace

bool RateLimit::Allows(absl::string_view address, absl::Time now) {
  const double rate = absl::StartsWith(address, "127.") ? kLoopbackRequestsPerSecond : kRequestsPerSecond;
  const double burst = rate * kBurstSeconds;
  absl::MutexLock lock(&mutex_);
  if (buckets_.size() > kMostAddresses) buckets_.clear();
  const auto [found, added] = buckets_.emplace(std::string(address), Bucket{.tokens = burst, .filled = now});
  Bucket& bucket = found->second;
  const double passed = std::max(0.0, absl::ToDoubleSeconds(now - bucket.filled));
  bucket.tokens = std::min(burst, bucket.tokens + rate * passed);
  bucket.filled = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace haldane::controller
