#include "stats/presence_minutes.h"

#include <cstddef>

namespace haldane::stats {
namespace {

constexpr int kTicksPerMinute = 60;

}  // namespace

void PresenceMinutes::AddHost(Cohort cohort) { hosts_.push_back({.cohort = cohort}); }

void PresenceMinutes::Add(absl::Span<const HostTick> ticks, bool past) {
  for (const HostTick& tick : ticks) {
    hosts_[tick.host].present |= tick.events > 0;
    hosts_[tick.host].exposure += tick.exposure;
  }
  if (++open_ticks_ < kTicksPerMinute) return;
  for (Host& host : hosts_) {
    if (!(host.exposure > 0)) continue;
    Minutes& minutes = past ? host.past : host.rollout;
    minutes.counts.present += host.present ? 1 : 0;
    minutes.counts.slots += 1;
    minutes.exposure += host.exposure;
  }
  ++minutes_;
  StartAfresh();
}

void PresenceMinutes::StartAfresh() {
  open_ticks_ = 0;
  for (Host& host : hosts_) {
    host.present = false;
    host.exposure = 0;
  }
}

double PresenceMinutes::LogEvidence(double tolerate_ratio, int excluded) const {
  Minutes canary;
  Minutes baseline;
  const auto add = [](const Minutes& from, Minutes& to) {
    to.counts.present += from.counts.present;
    to.counts.slots += from.counts.slots;
    to.exposure += from.exposure;
  };
  for (std::size_t h = 0; h < hosts_.size(); ++h) {
    if (static_cast<int>(h) == excluded) continue;
    add(hosts_[h].past, baseline);
    add(hosts_[h].rollout, hosts_[h].cohort == Cohort::kCanary ? canary : baseline);
  }
  if (canary.counts.slots == 0 || baseline.counts.slots == 0) return 0;
  const double canary_exposure = canary.exposure / canary.counts.slots;
  const double baseline_exposure = baseline.exposure / baseline.counts.slots;
  return PresenceLogEvidence(canary.counts, baseline.counts,
                             tolerate_ratio * (canary_exposure / baseline_exposure));
}

}  // namespace haldane::stats
