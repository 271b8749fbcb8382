#include "stats/count_signal.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "stats/combination.h"
#include "stats/flip_distance.h"
#include "stats/log_space.h"
#include "stats/non_inferiority.h"
#include "stats/rate_sequence.h"
#include "stats/restarts.h"

namespace haldane::stats {
namespace {

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

// A restart that explains the data by less than this many nats better than the
// boundary does counts as no evidence at all.
constexpr double kLeastOfRestart = 1;

CountPath NewPath(const CountSignal::Options& options, bool raw) {
  const bool is_count = options.kind == CountSignal::Options::Kind::kCount;
  const std::optional<SignalProfile>& profile = options.profile;
  if (!profile) return CountPath(Dispersion(), FlatSpreadPrior(), is_count ? 1 : 0);
  return CountPath(Dispersion({2, 8, 32, 128, 512}, raw ? profile->raw_dispersion : profile->dispersion),
                   CautiousPrior(profile->spreads, profile->caution), is_count ? 1 : 0);
}

}  // namespace

CountSignal::CountSignal(const Options& options)
    : options_(options),
      huber_(options.profile ? kKnownTails : HuberNull{}),
      boundary_(std::log(options.tolerate_ratio)),
      raw_(NewPath(options, true)),
      capped_(NewPath(options, false)) {}

int CountSignal::AddHost(Cohort cohort) {
  hosts_.push_back({.cohort = cohort});
  raw_.AddHost(cohort);
  capped_.AddHost(cohort);
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
  if (capped()) capped_.AddPastTick(Cap(past));
  raw_.AddPastTick(past);
  presence_.AddPastTick(past);
  if (++past_ticks_ == kKnownAfter) huber_ = kKnownTails;
  for (const HostTick& tick : past) {
    known_events_ += tick.events;
    known_exposure_ += tick.exposure;
  }
}

void CountSignal::Observe(absl::Span<const HostTick> ticks) {
  if (!started_) {
    raw_.StartAfresh();
    capped_.StartAfresh();
    presence_.StartAfresh();
    started_ = true;
  }
  CountPath& harm_path = capped() ? capped_ : raw_;
  const std::size_t begun = static_cast<std::size_t>(harm_path.marks());
  if (begun < options_.restarts.size() && ticks_ >= options_.restarts[begun]) harm_path.Mark();
  ++ticks_;
  for (const HostTick& tick : ticks) Hold(tick);
  std::vector<HostTick> released;
  if (BothExposed()) released = Release();
  if (capped()) capped_.AddTick(Cap(released));
  raw_.AddTick(released);
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

double CountSignal::HarmOf(const RandomEffects& engine, double further) const {
  if (further == 0) return HarmLogEvidence(engine, boundary_, huber_);
  const double canary = std::max(0.0, engine.canary_events() + further / harm().phi());
  return HarmLogEvidence(engine.Over(canary, engine.baseline_events()), boundary_, huber_);
}

// An e-value may always be replaced by a smaller one, here 0: most restarts see
// nothing at all, and need not be worked out.
double CountSignal::RestartOf(const RandomEffects& engine, double further) const {
  const double canary = std::max(0.0, engine.canary_events() + further / harm().phi());
  const double excess = ExcessOverBoundary(canary, engine.baseline_events(), engine.LogOdds() + boundary_);
  return excess < kLeastOfRestart ? -kInfinity : HarmOf(engine, further);
}

CountSignal::HarmParts CountSignal::PartsWith(double further) const {
  HarmParts parts;
  parts.whole = HarmOf(harm().engine(), further);
  for (int i = 0; i < harm().marks(); ++i) {
    parts.since.push_back(RestartOf(harm().EngineSince(i), further));
  }
  parts.presence = log_presence_;
  return parts;
}

double CountSignal::Harm(const HarmParts& parts) const {
  const int planned = static_cast<int>(options_.restarts.size());
  const double rates = RestartedLogEvidence(parts.whole, parts.since, planned);
  return MixLogEvidence(kRatesShare, rates, parts.presence);
}

CountSignal::HarmParts CountSignal::Parts() const {
  if (memory_.harm_version != harm().version()) {
    memory_.parts = PartsWith(0);
    memory_.harm_version = harm().version();
  }
  memory_.parts.presence = log_presence_;
  return memory_.parts;
}

double CountSignal::HarmEvidence() const { return Harm(Parts()); }

double CountSignal::EvidenceWithout(int host) const {
  const RandomEffects engine = harm().EngineWithout(host);
  HarmParts parts;
  parts.whole = HarmOf(engine, 0);
  for (int i = 0; i < harm().marks(); ++i) {
    parts.since.push_back(RestartOf(harm().EngineSinceWithout(i, engine, host), 0));
  }
  parts.presence = presence_.LogEvidence(options_.tolerate_ratio, host);
  return Harm(parts);
}

double CountSignal::EventsToHarm(double bound) const {
  const auto reaches = [&](double further) { return Harm(PartsWith(further)) >= bound; };
  if (!reaches(0)) return LeastToReach(reaches, kMostFurther);
  const double events = harm().events(Cohort::kCanary);
  return -LeastToReach([&](double fewer) { return !reaches(-fewer); }, events);
}

// Both kinds of evidence are on the scale of ln(2/missed) whatever `missed` is;
// with two ways to be cleared, each then errs with half of it.
double CountSignal::ClearEvidence(double /*missed*/) const { return Clear(0); }

double CountSignal::Clear(double further) const {
  if (further == 0 && memory_.clear_version != raw_.version()) {
    memory_.clear = ClearLogEvidence(raw_.engine(), boundary_);
    memory_.clear_version = raw_.version();
  }
  const double canary = std::max(0.0, raw_.engine().canary_events() + further / raw_.phi());
  const double ratio =
      further == 0 ? memory_.clear
                   : ClearLogEvidence(raw_.engine().Over(canary, raw_.engine().baseline_events()), boundary_);
  const double exposure = raw_.exposure(Cohort::kCanary);
  if (!(options_.tolerate_absolute > 0) || !(exposure > 0)) return ratio;
  // Poisson is the most that independent requests can vary: no dispersion
  // below one here.
  const double phi = raw_.dispersion().Phi(1);
  const double events = std::max(0.0, raw_.events(Cohort::kCanary) + further);
  const double absolute = BelowRateLogEvidence(events / phi, options_.tolerate_absolute * exposure / phi);
  return std::max(ratio, absolute);
}

double CountSignal::EventsToUnclear(double /*missed*/, double bound) const {
  if (Clear(0) >= bound) {
    return LeastToReach([&](double further) { return Clear(further) < bound; }, kMostFurther);
  }
  const double events = raw_.events(Cohort::kCanary);
  return -LeastToReach([&](double fewer) { return Clear(-fewer) >= bound; }, events);
}

RatioInterval CountSignal::Interval(double low_alpha, double high_alpha) const {
  // The whole rollout's share of the average, so that a ratio which is excluded
  // here is excluded by the average too.
  const double share = kLogRatesShare - (options_.restarts.empty() ? 0 : kLog2);
  const RatioTest test = {low_alpha, high_alpha, huber_, -share, options_.tolerate_ratio};
  return RatioSequence(harm().engine(), raw_.engine(), test);
}

CohortSums CountSignal::Sums(Cohort cohort) const { return cohort == Cohort::kCanary ? canary_ : baseline_; }

}  // namespace haldane::stats
