#include "stats/novelty.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "stats/log_space.h"
#include "stats/non_inferiority.h"

namespace haldane::stats {
namespace {

constexpr int kMinute = 60;  // ticks
constexpr std::size_t kMostClasses = 256;
constexpr double kMinutesDesignEffect = 2;

}  // namespace

double Novelty::Tracked::LogEvidence() const {
  const bool baseline_has_it = seen.baseline_events > 0;
  return LogMean({baseline_has_it ? -kInfinity : log_infection, log_split, log_presence});
}

int Novelty::AddHost(Cohort cohort) {
  hosts_.push_back({cohort});
  for (Tracked& tracked : tracked_) {
    tracked.split.AddHost(cohort);
    for (auto* flags : {&tracked.clean, &tracked.had, &tracked.present}) flags->push_back(false);
  }
  return static_cast<int>(hosts_.size()) - 1;
}

bool Novelty::IsValid(int host, double amount) const {
  return host >= 0 && host < static_cast<int>(hosts_.size()) && std::isfinite(amount) && amount > 0;
}

void Novelty::Observe(absl::Span<const HostTick> served, absl::Span<const ClassEvents> classes) {
  for (const HostTick& tick : served) {
    if (!IsValid(tick.host, tick.exposure)) continue;
    hosts_[tick.host].exposed = true;
    hosts_[tick.host].exposure += tick.exposure;
  }
  std::vector<std::pair<std::string, ClassEvents>> events;
  for (const ClassEvents& entry : classes) {
    std::string name(entry.name);
    if (IsValid(entry.host, entry.events) && known_.count(name) == 0) events.push_back({name, entry});
  }
  // By name, the baseline first: in one second nobody knows who was.
  const auto key = [this](const std::pair<std::string, ClassEvents>& entry) {
    return std::tuple(entry.first, hosts_[entry.second.host].cohort == Cohort::kCanary, entry.second.host);
  };
  std::stable_sort(events.begin(), events.end(),
                   [&](const auto& a, const auto& b) { return key(a) < key(b); });
  for (const auto& [name, entry] : events) {
    if (index_.count(name) == 0) Begin(name, entry);
    const auto found = index_.find(name);
    if (found != index_.end()) Add(tracked_[found->second], entry);
  }
  if (++open_ticks_ == kMinute) CloseMinute();
}

void Novelty::Begin(const std::string& name, const ClassEvents& first) {
  if (tracked_.size() == kMostClasses) return;
  int canary = 0;
  int baseline = 0;
  std::vector<bool> clean(hosts_.size(), false);
  SplitAccumulator split;
  for (std::size_t h = 0; h < hosts_.size(); ++h) {
    split.AddHost(hosts_[h].cohort);
    clean[h] = hosts_[h].exposed || static_cast<int>(h) == first.host;
    if (clean[h]) ++(hosts_[h].cohort == Cohort::kCanary ? canary : baseline);
  }
  const std::size_t order = tracked_.size() + 1;
  Class seen = {.name = name,
                .order = static_cast<int>(order),
                .first_host = first.host,
                .baseline_first = hosts_[first.host].cohort == Cohort::kBaseline,
                .weight = NewClassWeight(static_cast<int>(order))};
  index_[name] = tracked_.size();
  tracked_.push_back({.seen = std::move(seen),
                      .infection = Infection(canary, baseline),
                      .clean = std::move(clean),
                      .had = std::vector<bool>(hosts_.size(), false),
                      .present = std::vector<bool>(hosts_.size(), false),
                      .split = std::move(split),
                      .reference = all_});
}

void Novelty::Add(Tracked& tracked, const ClassEvents& events) {
  const Cohort cohort = hosts_[events.host].cohort;
  const bool is_canary = cohort == Cohort::kCanary;
  (is_canary ? tracked.seen.canary_events : tracked.seen.baseline_events) += events.events;
  tracked.present[events.host] = true;
  if (!tracked.had[events.host]) {
    tracked.had[events.host] = true;
    ++(is_canary ? tracked.seen.canary_hosts : tracked.seen.baseline_hosts);
  }
  if (!tracked.clean[events.host]) return;
  tracked.clean[events.host] = false;
  tracked.infection.OnFirst(cohort);
  tracked.log_infection = tracked.infection.LogEvidence();
}

void Novelty::CloseMinute() {
  open_ticks_ = 0;
  for (Tracked& tracked : tracked_) CloseMinute(tracked);
  for (Host& host : hosts_) {
    if (host.exposure > 0) {
      all_.counts.slots += 1;
      all_.exposure += host.exposure;
    }
    host.exposure = 0;
  }
}

void Novelty::CloseMinute(Tracked& tracked) const {
  std::vector<HostTick> minute;
  bool canary = false;
  bool baseline = false;
  for (std::size_t h = 0; h < hosts_.size(); ++h) {
    const Host& host = hosts_[h];
    if (!(host.exposure > 0)) continue;
    const bool is_canary = host.cohort == Cohort::kCanary;
    const double present = tracked.present[h] ? 1 : 0;
    minute.push_back({static_cast<int>(h), present, host.exposure});
    (is_canary ? canary : baseline) = true;
    // The first minute chose the class; only what follows can speak for it.
    Minutes& minutes = is_canary && tracked.first_minute_over ? tracked.canary : tracked.reference;
    minutes.counts.present += present;
    minutes.counts.slots += 1;
    minutes.exposure += host.exposure;
  }
  tracked.first_minute_over = true;
  tracked.present.assign(hosts_.size(), false);
  if (canary && baseline) {
    tracked.split.AddTick(minute);
    tracked.log_split = HarmLogEvidence(tracked.split.Engine(kMinutesDesignEffect), 0);
  }
  if (tracked.canary.counts.slots > 0 && tracked.reference.counts.slots > 0) {
    const double ratio = (tracked.canary.exposure / tracked.canary.counts.slots) /
                         (tracked.reference.exposure / tracked.reference.counts.slots);
    tracked.log_presence = PresenceLogEvidence(tracked.canary.counts, tracked.reference.counts, ratio);
  }
}

double Novelty::HarmEvidence() const {
  // Classes that are yet to appear have an e-value of one.
  std::vector<double> terms = {-std::log(static_cast<double>(tracked_.size()) + 1)};
  for (const Tracked& tracked : tracked_) {
    if (!tracked.seen.baseline_first) terms.push_back(std::log(tracked.seen.weight) + tracked.LogEvidence());
  }
  return LogSum(terms);
}

std::vector<Novelty::Class> Novelty::Classes() const {
  std::vector<Class> classes;
  classes.reserve(tracked_.size());
  for (const Tracked& tracked : tracked_) {
    classes.push_back(tracked.seen);
    classes.back().log_evidence = tracked.seen.baseline_first ? 0 : tracked.LogEvidence();
  }
  return classes;
}

}  // namespace haldane::stats
