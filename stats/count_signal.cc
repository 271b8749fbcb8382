#include "stats/count_signal.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "stats/non_inferiority.h"
#include "stats/rate_sequence.h"

namespace haldane::stats {
namespace {

// However regular a proportion looks, its counts are not taken for more than
// twenty times their number.
constexpr double kLeastDispersion = 0.05;

bool IsAmount(double x) { return std::isfinite(x) && x >= 0; }

}  // namespace

CountSignal::CountSignal(const Options& options)
    : options_(options), boundary_(std::log(options.tolerate_ratio)) {}

int CountSignal::AddHost(Cohort cohort) {
  hosts_.push_back({.cohort = cohort});
  raw_.split.AddHost(cohort);
  capped_.split.AddHost(cohort);
  return static_cast<int>(hosts_.size()) - 1;
}

void CountSignal::ObserveBefore(absl::Span<const HostTick> ticks) {
  std::vector<HostTick> past;
  for (const HostTick& tick : ticks) {
    if (IsValid(tick) && tick.exposure > 0) past.push_back(tick);
  }
  std::stable_sort(past.begin(), past.end(),
                   [](const HostTick& a, const HostTick& b) { return a.host < b.host; });
  if (capped()) {
    const std::vector<HostTick> declumped = Cap(past);
    capped_.split.AddPastTick(declumped);
    capped_.dispersion.AddTick(declumped);
  }
  raw_.split.AddPastTick(past);
  raw_.dispersion.AddTick(past);
  for (const HostTick& tick : past) {
    known_events_ += tick.events;
    known_exposure_ += tick.exposure;
  }
}

void CountSignal::Observe(absl::Span<const HostTick> ticks) {
  if (!started_) {
    raw_.dispersion.StartAfresh();
    capped_.dispersion.StartAfresh();
    started_ = true;
  }
  for (const HostTick& tick : ticks) Hold(tick);
  std::vector<HostTick> released;
  if (BothExposed()) released = Release();
  if (capped()) {
    const std::vector<HostTick> declumped = Cap(released);
    capped_.split.AddTick(declumped);
    capped_.dispersion.AddTick(declumped);
  }
  raw_.split.AddTick(released);
  raw_.dispersion.AddTick(released);
  for (const HostTick& tick : released) {
    if (hosts_[tick.host].cohort == Cohort::kCanary) continue;
    known_events_ += tick.events;
    known_exposure_ += tick.exposure;
  }
}

bool CountSignal::IsValid(const HostTick& tick) const {
  return tick.host >= 0 && tick.host < static_cast<int>(hosts_.size()) && IsAmount(tick.events) &&
         IsAmount(tick.exposure);
}

void CountSignal::Hold(const HostTick& tick) {
  if (!IsValid(tick)) return;
  Host& host = hosts_[tick.host];
  host.held_events += tick.events;
  host.held_exposure += tick.exposure;
  CohortSums& sums = host.cohort == Cohort::kCanary ? canary_ : baseline_;
  sums.events += tick.events;
  sums.exposure += tick.exposure;
  if (tick.exposure > 0 && !host.exposed) {
    host.exposed = true;
    ++sums.hosts;
  }
}

bool CountSignal::BothExposed() const {
  bool canary = false;
  bool baseline = false;
  for (const Host& host : hosts_) {
    if (host.held_exposure > 0) (host.cohort == Cohort::kCanary ? canary : baseline) = true;
  }
  return canary && baseline;
}

std::vector<HostTick> CountSignal::Release() {
  std::vector<HostTick> released;
  for (std::size_t h = 0; h < hosts_.size(); ++h) {
    Host& host = hosts_[h];
    if (!(host.held_exposure > 0)) continue;
    released.push_back({static_cast<int>(h), host.held_events, host.held_exposure});
    host.held_events = 0;
    host.held_exposure = 0;
  }
  return released;
}

std::vector<HostTick> CountSignal::Cap(std::vector<HostTick> ticks) {
  // The rate of past ticks only, so that a cap does not depend on what it caps.
  const double past_rate = known_exposure_ > 0 ? (known_events_ + 0.5) / known_exposure_ : 0;
  for (HostTick& tick : ticks) {
    tick.events = hosts_[tick.host].bucket.Pass(tick.events, tick.exposure, past_rate);
  }
  return ticks;
}

double CountSignal::Phi(const Path& path) const {
  if (capped()) return path.dispersion.Phi(1);
  const double exposure = path.split.exposure(Cohort::kCanary) + path.split.exposure(Cohort::kBaseline);
  const double events = path.split.events(Cohort::kCanary) + path.split.events(Cohort::kBaseline);
  const double p = exposure > 0 ? events / exposure : 0;
  return path.dispersion.Phi(std::max(kLeastDispersion, 1 - p));
}

RandomEffects CountSignal::Engine(const Path& path, int excluded) const {
  return path.split.Engine(Phi(path), excluded);
}

double CountSignal::HarmEvidence() const { return HarmLogEvidence(Engine(harm()), boundary_); }

double CountSignal::EvidenceWithout(int host) const {
  return HarmLogEvidence(Engine(harm(), host), boundary_);
}

// Both kinds of evidence are on the scale of ln(2/missed) whatever `missed` is;
// with two ways to be cleared, each then errs with half of it.
double CountSignal::ClearEvidence(double /*missed*/) const {
  const double ratio = ClearLogEvidence(Engine(raw_), boundary_);
  const double exposure = raw_.split.exposure(Cohort::kCanary);
  if (!(options_.tolerate_absolute > 0) || !(exposure > 0)) return ratio;
  // Poisson is the most that independent requests can vary: no dispersion
  // below one here.
  const double phi = raw_.dispersion.Phi(1);
  const double events = raw_.split.events(Cohort::kCanary);
  const double absolute = BelowRateLogEvidence(events / phi, options_.tolerate_absolute * exposure / phi);
  return std::max(ratio, absolute);
}

RatioInterval CountSignal::Interval(double alpha) const {
  return RatioSequence(Engine(harm()), Engine(raw_), alpha);
}

CohortSums CountSignal::Sums(Cohort cohort) const { return cohort == Cohort::kCanary ? canary_ : baseline_; }

}  // namespace haldane::stats
