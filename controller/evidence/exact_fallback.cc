#include "controller/evidence/exact_fallback.h"

#include <random>

namespace haldane::controller {
namespace {

// FNV-1a: the same on every platform, which std::hash is not.
uint64_t Hash(absl::string_view text) {
  uint64_t hash = 14695981039346656037ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return hash;
}

}  // namespace

ExactFallback::ExactFallback(double alpha, double horizon, absl::string_view seed)
    : alpha_(alpha), look_times_(stats::LookTimes(horizon)), seed_(Hash(seed)) {}

void ExactFallback::Begin(const std::vector<std::pair<int, Cohort>>& units) {
  int canary = 0, baseline = 0;
  for (const Cohort cohort : {Cohort::kCanary, Cohort::kBaseline}) {
    for (const auto& [unit, of] : units) {
      if (of != cohort) continue;
      if (position_.size() <= static_cast<size_t>(unit)) position_.resize(static_cast<size_t>(unit) + 1, -1);
      position_[static_cast<size_t>(unit)] = canary + baseline;
      ++(cohort == Cohort::kCanary ? canary : baseline);
    }
  }
  shares_.assign(static_cast<size_t>(canary + baseline), {.events = 0, .expected = 0});
  std::mt19937_64 random(seed_);
  tests_.emplace_back(canary, baseline, alpha_, static_cast<int>(look_times_.size()), random);
}

void ExactFallback::Observe(absl::Span<const stats::HostTick> ticks, double tolerate_ratio) {
  double events = 0, exposure = 0;
  const auto position = [&](int unit) {
    return static_cast<size_t>(unit) < position_.size() ? position_[static_cast<size_t>(unit)] : -1;
  };
  for (const stats::HostTick& tick : ticks) {
    if (position(tick.host) < 0) continue;
    events += tick.events;
    exposure += tick.exposure;
  }
  for (const stats::HostTick& tick : ticks) {
    const int at = position(tick.host);
    if (at < 0) continue;
    shares_[static_cast<size_t>(at)].events += tick.events;
    if (exposure > 0) shares_[static_cast<size_t>(at)].expected += events * tick.exposure / exposure;
  }
  seconds_ += 1;
  while (next_look_ < look_times_.size() && seconds_ >= look_times_[next_look_]) {
    rejected_ = tests_.front().Look(shares_, tolerate_ratio);
    ++next_look_;
  }
}

}  // namespace haldane::controller
