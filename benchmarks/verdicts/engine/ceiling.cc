#include "benchmarks/verdicts/engine/ceiling.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "stats/log_space.h"
#include "stats/restarts.h"

namespace haldane::benchmarks {
namespace {

// The shares of presence and of the rest in the engine's average.
constexpr double kPresence = 0.2;
constexpr double kRates = 0.8;

// x ln(x/m), 0 at x = 0.
double XLogRatio(double x, double m) { return x > 0 ? x * std::log(x / m) : 0; }

}  // namespace

EvidenceCeiling::EvidenceCeiling(const stats::CountSignal::Options& options) : options_(options) {}

void EvidenceCeiling::AddHost(stats::Cohort cohort) {
  hosts_.push_back({.is_canary = cohort == stats::Cohort::kCanary});
  presence_.AddHost(cohort);
}

double EvidenceCeiling::PastRate() const {
  return known_.exposure > 0 ? (known_.events + 0.5) / known_.exposure : 0;
}

double EvidenceCeiling::Pass(const stats::HostTick& tick, double past_rate) {
  if (options_.kind == stats::CountSignal::Options::Kind::kProportion) return tick.events;
  return hosts_[tick.host].bucket.Pass(tick.events, tick.exposure, past_rate);
}

void EvidenceCeiling::ObserveBefore(const std::vector<stats::HostTick>& ticks) {
  const double past_rate = PastRate();
  HostSecond canary, baseline;
  for (const stats::HostTick& tick : ticks) {
    HostSecond& cohort = hosts_[tick.host].is_canary ? canary : baseline;
    cohort.events += Pass(tick, past_rate);
    cohort.exposure += tick.exposure;
    known_.events += tick.events;
    known_.exposure += tick.exposure;
  }
  const double events = canary.events + baseline.events;
  const double exposure = canary.exposure + baseline.exposure;
  for (const auto& [now, past] : {std::pair{&canary, &past_canary_}, {&baseline, &past_baseline_}}) {
    past->events += now->events;
    if (exposure > 0) past->exposure += events * now->exposure / exposure;
  }
  presence_.AddPastTick(ticks);
}

std::vector<stats::HostTick> EvidenceCeiling::Release() {
  std::vector<stats::HostTick> released;
  bool exposed[2] = {false, false};
  for (const Host& host : hosts_) {
    if (host.held.exposure > 0) exposed[host.is_canary] = true;
  }
  if (!exposed[0] || !exposed[1]) return released;
  for (std::size_t h = 0; h < hosts_.size(); ++h) {
    if (!(hosts_[h].held.exposure > 0)) continue;
    released.push_back({static_cast<int>(h), hosts_[h].held.events, hosts_[h].held.exposure});
    hosts_[h].held = {};
  }
  return released;
}

void EvidenceCeiling::Observe(const std::vector<stats::HostTick>& ticks) {
  if (seconds_ == 0) presence_.StartAfresh();
  if (marks_.size() < options_.restarts.size() && seconds_ >= options_.restarts[marks_.size()]) {
    marks_.push_back(harm_);
  }
  ++seconds_;
  for (const stats::HostTick& tick : ticks) {
    hosts_[tick.host].held.events += tick.events;
    hosts_[tick.host].held.exposure += tick.exposure;
  }
  const std::vector<stats::HostTick> released = Release();
  const double past_rate = PastRate();
  HostSecond canary, baseline, raw_canary, raw_baseline;
  for (const stats::HostTick& tick : released) {
    const bool is_canary = hosts_[tick.host].is_canary;
    HostSecond& raw = is_canary ? raw_canary : raw_baseline;
    HostSecond& passed = is_canary ? canary : baseline;
    raw.events += tick.events;
    raw.exposure += tick.exposure;
    passed.events += Pass(tick, past_rate);
    passed.exposure += tick.exposure;
  }
  known_.events += raw_baseline.events;
  known_.exposure += raw_baseline.exposure;
  all_.events += raw_canary.events + raw_baseline.events;
  all_.exposure += raw_canary.exposure + raw_baseline.exposure;
  if (!released.empty()) {
    harm_.Add(canary, baseline);
    clear_.Add(raw_canary, raw_baseline);
  }
  const int minutes = presence_.minutes();
  presence_.AddTick(released);
  if (presence_.minutes() != minutes) log_presence_ = presence_.LogEvidence(options_.tolerate_ratio);
}

void EvidenceCeiling::Split::Add(const HostSecond& canary_sum, const HostSecond& baseline_sum) {
  const double events = canary_sum.events + baseline_sum.events;
  const double share = canary_sum.exposure / (canary_sum.exposure + baseline_sum.exposure);
  canary += canary_sum.events;
  baseline += baseline_sum.events;
  expected_canary += events * share;
  expected_baseline += events * (1 - share);
}

EvidenceCeiling::Split EvidenceCeiling::Split::Since(const Split& mark) const {
  return {canary - mark.canary, baseline - mark.baseline, expected_canary - mark.expected_canary,
          expected_baseline - mark.expected_baseline};
}

double EvidenceCeiling::Split::Beyond(double boundary_ratio, int direction) const {
  const double events = canary + baseline;
  if (!(events > 0)) return 0;
  const double canary_share =
      boundary_ratio * expected_canary / (boundary_ratio * expected_canary + expected_baseline);
  if (direction * (canary / events - canary_share) <= 0) return 0;
  return XLogRatio(canary, events * canary_share) + XLogRatio(baseline, events * (1 - canary_share));
}

// The engine divides events by at least this.
double EvidenceCeiling::Dispersion() const {
  if (options_.kind == stats::CountSignal::Options::Kind::kCount || !(all_.exposure > 0)) return 1;
  return std::max(0.05, 1 - all_.events / all_.exposure);
}

double EvidenceCeiling::Evidence(const Split& split, int direction) const {
  double beyond = split.Beyond(options_.tolerate_ratio, direction);
  if (past_canary_.events > 0 && past_baseline_.events > 0) {
    const double before =
        (past_canary_.events / past_canary_.exposure) / (past_baseline_.events / past_baseline_.exposure);
    beyond = std::max(beyond, split.Beyond(options_.tolerate_ratio * before, direction));
  }
  return beyond / Dispersion();
}

double EvidenceCeiling::Harm() const {
  const double whole = Evidence(harm_, 1);
  std::vector<double> since;
  for (const Split& mark : marks_) since.push_back(Evidence(harm_.Since(mark), 1));
  const int planned = static_cast<int>(options_.restarts.size());
  return stats::LogAdd(std::log(kRates) + stats::RestartedLogEvidence(whole, since, planned),
                       std::log(kPresence) + log_presence_);
}

double EvidenceCeiling::Clear() const { return Evidence(clear_, -1); }

}  // namespace haldane::benchmarks
