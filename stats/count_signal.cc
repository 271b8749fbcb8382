#include "stats/count_signal.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "stats/flip_distance.h"
#include "stats/log_space.h"
#include "stats/non_inferiority.h"
#include "stats/rate_sequence.h"
#include "stats/restarts.h"

namespace haldane::stats {
namespace {

// However regular a proportion looks, its counts are not taken for more than
// twenty times their number.
constexpr double kLeastDispersion = 0.05;

// The share of presence in the harm evidence, of the rest, and ln of that.
constexpr double kPresenceShare = 0.2;
constexpr double kRatesShare = 0.8;
constexpr double kLogRatesShare = -0.2231435513142097;

// Where the service's history or the hosts' own has shown how hosts differ.
constexpr HuberNull kKnownTails = {.weight = 0.05, .inflation = 2};
constexpr int kKnownAfter = 300;  // ticks of the hosts' own past

// Beyond 2^53 further events nobody counts.
constexpr double kMostFurther = 9007199254740992.0;

bool IsAmount(double x) { return std::isfinite(x) && x >= 0; }

Dispersion WithUsual(const std::optional<SignalProfile>& profile, bool raw) {
  if (!profile) return Dispersion();
  return Dispersion({2, 8, 32, 128, 512}, raw ? profile->raw_dispersion : profile->dispersion);
}

}  // namespace

CountSignal::CountSignal(const Options& options)
    : options_(options),
      prior_(options.profile ? CautiousPrior(options.profile->spreads, options.profile->caution)
                             : FlatSpreadPrior()),
      huber_(options.profile ? kKnownTails : HuberNull{}),
      boundary_(std::log(options.tolerate_ratio)),
      raw_{.dispersion = WithUsual(options.profile, true)},
      capped_{.dispersion = WithUsual(options.profile, false)} {}

int CountSignal::AddHost(Cohort cohort) {
  hosts_.push_back({.cohort = cohort});
  raw_.split.AddHost(cohort);
  capped_.split.AddHost(cohort);
  presence_.AddHost(cohort);
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
  presence_.AddPastTick(past);
  if (++past_ticks_ == kKnownAfter) huber_ = kKnownTails;
  for (const HostTick& tick : past) {
    known_events_ += tick.events;
    known_exposure_ += tick.exposure;
  }
}

void CountSignal::Observe(absl::Span<const HostTick> ticks) {
  if (!started_) {
    raw_.dispersion.StartAfresh();
    capped_.dispersion.StartAfresh();
    presence_.StartAfresh();
    started_ = true;
  }
  Path& harm_path = capped() ? capped_ : raw_;
  const std::size_t begun = harm_path.marks.size();
  if (begun < options_.restarts.size() && ticks_ >= options_.restarts[begun]) {
    harm_path.marks.push_back(harm_path.split.MarkNow());
  }
  ++ticks_;
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
  const int minutes = presence_.minutes();
  presence_.AddTick(released);
  if (presence_.minutes() != minutes) log_presence_ = presence_.LogEvidence(options_.tolerate_ratio);
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
  return path.split.Engine(Phi(path), excluded, prior_);
}

CountSignal::HarmParts CountSignal::PartsWith(double further, int excluded) const {
  const Path& path = harm();
  const double phi = Phi(path);
  const RandomEffects engine = Engine(path, excluded);
  const auto evidence = [&](const RandomEffects& data) {
    if (further == 0) return HarmLogEvidence(data, boundary_, huber_);
    const double canary = std::max(0.0, data.canary_events() + further / phi);
    return HarmLogEvidence(data.Over(canary, data.baseline_events(), 0), boundary_, huber_);
  };
  HarmParts parts;
  parts.whole = evidence(engine);
  for (const SplitAccumulator::Mark& mark : path.marks) {
    parts.since.push_back(evidence(path.split.EngineSince(mark, engine, phi, excluded)));
  }
  parts.presence = excluded == SplitAccumulator::kNobody
                       ? log_presence_
                       : presence_.LogEvidence(options_.tolerate_ratio, excluded);
  return parts;
}

double CountSignal::Harm(const HarmParts& parts) const {
  const int planned = static_cast<int>(options_.restarts.size());
  const double rates = RestartedLogEvidence(parts.whole, parts.since, planned);
  const double high = std::max(rates, parts.presence);
  return high +
         std::log(kRatesShare * std::exp(rates - high) + kPresenceShare * std::exp(parts.presence - high));
}

CountSignal::HarmParts CountSignal::Parts() const { return PartsWith(0, SplitAccumulator::kNobody); }

double CountSignal::HarmEvidence() const { return Harm(Parts()); }

double CountSignal::EvidenceWithout(int host) const { return Harm(PartsWith(0, host)); }

double CountSignal::EventsToHarm(double bound) const {
  const auto reaches = [&](double further) {
    return Harm(PartsWith(further, SplitAccumulator::kNobody)) >= bound;
  };
  if (!reaches(0)) return LeastToReach(reaches, kMostFurther);
  const double events = harm().split.events(Cohort::kCanary);
  return -LeastToReach([&](double fewer) { return !reaches(-fewer); }, events);
}

// Both kinds of evidence are on the scale of ln(2/missed) whatever `missed` is;
// with two ways to be cleared, each then errs with half of it.
double CountSignal::ClearEvidence(double /*missed*/) const { return Clear(0); }

double CountSignal::Clear(double further) const {
  const RandomEffects engine = Engine(raw_);
  const double canary = std::max(0.0, engine.canary_events() + further / Phi(raw_));
  const double ratio =
      ClearLogEvidence(further == 0 ? engine : engine.Over(canary, engine.baseline_events(), 0), boundary_);
  const double exposure = raw_.split.exposure(Cohort::kCanary);
  if (!(options_.tolerate_absolute > 0) || !(exposure > 0)) return ratio;
  // Poisson is the most that independent requests can vary: no dispersion
  // below one here.
  const double phi = raw_.dispersion.Phi(1);
  const double events = std::max(0.0, raw_.split.events(Cohort::kCanary) + further);
  const double absolute = BelowRateLogEvidence(events / phi, options_.tolerate_absolute * exposure / phi);
  return std::max(ratio, absolute);
}

double CountSignal::EventsToUnclear(double /*missed*/, double bound) const {
  if (Clear(0) >= bound) {
    return LeastToReach([&](double further) { return Clear(further) < bound; }, kMostFurther);
  }
  const double events = raw_.split.events(Cohort::kCanary);
  return -LeastToReach([&](double fewer) { return Clear(-fewer) >= bound; }, events);
}

RatioInterval CountSignal::Interval(double alpha) const {
  // The whole rollout's share of the average, so that a ratio which is excluded
  // here is excluded by the average too.
  const double share = kLogRatesShare - (options_.restarts.empty() ? 0 : kLog2);
  return RatioSequence(Engine(harm()), Engine(raw_), alpha, {huber_, -share});
}

CohortSums CountSignal::Sums(Cohort cohort) const { return cohort == Cohort::kCanary ? canary_ : baseline_; }

}  // namespace haldane::stats
