#include "stats/gross_failure.h"

#include <cstddef>

namespace haldane::stats {
namespace {

constexpr int kWindowTicks = 5;
constexpr int kWindows = 3;
constexpr double kLeastFailures = 10;
constexpr double kFailing = 0.5;
constexpr double kBaselineShare = 0.2;
constexpr double kUsualBaseline = 0.02;

}  // namespace

int GrossFailureGuard::AddHost(Cohort cohort) {
  cohorts_.push_back(cohort);
  window_.emplace_back();
  return static_cast<int>(cohorts_.size()) - 1;
}

void GrossFailureGuard::Observe(absl::Span<const HostTick> ticks) {
  for (const HostTick& tick : ticks) {
    if (tick.host < 0 || tick.host >= static_cast<int>(window_.size())) continue;
    window_[tick.host].failures += tick.events;
    window_[tick.host].requests += tick.exposure;
  }
  if (++ticks_ < kWindowTicks) return;
  ticks_ = 0;
  if (WindowFails()) {
    fired_ |= ++failing_windows_ == kWindows;
  } else {
    failing_windows_ = 0;
    for (std::size_t h = 0; h < window_.size(); ++h) {
      if (cohorts_[h] == Cohort::kCanary) continue;
      calm_baseline_.failures += window_[h].failures;
      calm_baseline_.requests += window_[h].requests;
    }
  }
  window_.assign(window_.size(), Sums{});
}

bool GrossFailureGuard::WindowFails() const {
  Sums canary;
  Sums baseline;
  int hosts = 0;
  int failing_hosts = 0;
  for (std::size_t h = 0; h < window_.size(); ++h) {
    const Sums& host = window_[h];
    const bool is_canary = cohorts_[h] == Cohort::kCanary;
    Sums& side = is_canary ? canary : baseline;
    side.failures += host.failures;
    side.requests += host.requests;
    if (!is_canary || host.requests == 0) continue;
    ++hosts;
    if (host.failures >= kFailing * host.requests) ++failing_hosts;
  }
  if (canary.requests == 0 || baseline.requests == 0) return false;
  const double failing = canary.failures / canary.requests;
  return canary.failures >= kLeastFailures && failing >= kFailing && 2 * failing_hosts >= hosts &&
         baseline.failures <= kBaselineShare * failing * baseline.requests &&
         calm_baseline_.failures <= kUsualBaseline * calm_baseline_.requests;
}

}  // namespace haldane::stats
