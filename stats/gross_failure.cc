#include "stats/gross_failure.h"

#include <cstddef>

namespace haldane::stats {
namespace {

constexpr double kLeastFailures = 10;
constexpr double kFailing = 0.5;
constexpr double kBaselineShare = 0.2;
constexpr double kUsualBaseline = 0.05;

}  // namespace

int GrossFailureGuard::AddHost(Cohort cohort) {
  cohorts_.push_back(cohort);
  for (Watch& watch : watches_) watch.window.emplace_back();
  return static_cast<int>(cohorts_.size()) - 1;
}

void GrossFailureGuard::Observe(absl::Span<const HostTick> ticks) {
  for (Watch& watch : watches_) {
    for (const HostTick& tick : ticks) {
      if (tick.host < 0 || tick.host >= static_cast<int>(watch.window.size())) continue;
      watch.window[tick.host].failures += tick.events;
      watch.window[tick.host].requests += tick.exposure;
    }
    if (++watch.ticks == watch.rule.window_ticks) EndWindow(watch);
  }
}

void GrossFailureGuard::EndWindow(Watch& watch) {
  watch.ticks = 0;
  if (WindowFails(watch)) {
    fired_ |= ++watch.failing_windows == watch.rule.windows;
  } else {
    watch.failing_windows = 0;
    for (std::size_t h = 0; h < watch.window.size(); ++h) {
      if (cohorts_[h] == Cohort::kCanary) continue;
      watch.calm_baseline.failures += watch.window[h].failures;
      watch.calm_baseline.requests += watch.window[h].requests;
    }
  }
  watch.window.assign(watch.window.size(), Sums{});
}

bool GrossFailureGuard::WindowFails(const Watch& watch) const {
  Sums canary;
  Sums baseline;
  int hosts = 0;
  int failing_hosts = 0;
  for (std::size_t h = 0; h < watch.window.size(); ++h) {
    const Sums& host = watch.window[h];
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
  return hosts >= watch.rule.least_hosts && failing_hosts >= watch.rule.failing_hosts * hosts &&
         canary.failures >= kLeastFailures && failing >= kFailing &&
         baseline.failures <= kBaselineShare * failing * baseline.requests &&
         watch.calm_baseline.failures <= kUsualBaseline * watch.calm_baseline.requests;
}

}  // namespace haldane::stats
