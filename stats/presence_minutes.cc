#include "stats/presence_minutes.h"

#include <algorithm>
#include <cstddef>

namespace haldane::stats {
namespace {

constexpr int kTicksPerMinute = 60;
constexpr double kLeastDesignEffect = 2;

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

double PresenceMinutes::DesignEffect(int excluded) const {
  double pearson = 0;
  int freedom = 0;
  for (const Cohort cohort : {Cohort::kCanary, Cohort::kBaseline}) {
    PresenceCounts all;
    int hosts = 0;
    const auto counts_of = [&](std::size_t h) {
      const bool counts = static_cast<int>(h) != excluded && hosts_[h].cohort == cohort;
      return counts ? hosts_[h].rollout.counts : PresenceCounts{};
    };
    for (std::size_t h = 0; h < hosts_.size(); ++h) {
      const PresenceCounts counts = counts_of(h);
      all.present += counts.present;
      all.slots += counts.slots;
      hosts += counts.slots > 0;
    }
    if (hosts < 2) continue;
    freedom += hosts - 1;
    const double p = (all.present + 0.5) / (all.slots + 1);
    for (std::size_t h = 0; h < hosts_.size(); ++h) {
      const PresenceCounts counts = counts_of(h);
      if (counts.slots == 0) continue;
      const double off = counts.present - counts.slots * p;
      pearson += off * off / (counts.slots * p * (1 - p));
    }
  }
  return freedom == 0 ? kLeastDesignEffect : std::max(kLeastDesignEffect, pearson / freedom);
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
                             std::max(1.0, tolerate_ratio * (canary_exposure / baseline_exposure)),
                             DesignEffect(excluded));
}

}  // namespace haldane::stats
