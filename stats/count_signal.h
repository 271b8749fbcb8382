#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "stats/cohort.h"
#include "stats/count_path.h"
#include "stats/presence_minutes.h"
#include "stats/random_effects.h"
#include "stats/ratio_sequence.h"
#include "stats/spread_profile.h"
#include "stats/token_bucket.h"

namespace haldane::stats {

// Everything the judge asks of one count-like signal (exceptions per request,
// 5xx per response): is the canary's rate worse than tolerated, is it
// demonstrably not, and what is it?
//
// Feed one tick a second. A tick counts once both cohorts have exposure: until
// then a host's data is held and added up, so nothing is lost when the two
// cohorts report in different seconds, and a host that sends its total after an
// hour's silence is compared over that hour. Events without exposure (a request
// that began in an earlier second) wait for their host's next exposure.
//
// Two paths, never mixed. Harm: events capped per host by a token bucket
// (kCount), so that one burst cannot halt. Clear: every event as it came.
// Engine, null and guarantee: RandomEffects, with a pre-period WithPrePeriod;
// the prior over the spread between hosts is flat or, with a profile, the
// service's own; each path divides by its own Dispersion. Harm is the average
//   0.8 [1/2 whole rollout + 1/2 restarts (restarts.h)] + 0.2 presence_minutes.h
// of e-processes against one null, so it is one too.
//
// Deterministic: the same ticks give the same bits, in whatever order hosts are
// listed within a tick. Entries of unknown hosts, and those with negative or
// non-finite numbers, count as not listed. Answers are remembered until the
// next tick, so that one thread at a time may ask, const or not; what was asked
// changes no answer. Costs: docs/statistics.md.
class CountSignal {
 public:
  struct Options {
    // 1 + delta: the boundary for harm and for non-inferiority. > 0.
    double tolerate_ratio = 1.25;
    // A canary rate (events per exposure) demonstrably below this is clear
    // whatever the ratio; 0 for none.
    double tolerate_absolute = 0;
    // kProportion: events <= exposure, at most one a request. No token bucket,
    // and dispersion may fall below one, to max(0.05, 1 - p).
    enum class Kind { kCount, kProportion } kind = Kind::kCount;
    // What the service's history says of this signal. With it, or with five
    // minutes of the hosts' own past, the null of the harm test has lighter
    // tails, HuberNull{0.05, 2}: it has been seen how hosts differ.
    std::optional<SignalProfile> profile = std::nullopt;
    // Ticks after the first Observe at which the harm test also starts afresh,
    // increasing: PlannedStarts, or the starts of stages.
    std::vector<int> restarts = {};
  };

  explicit CountSignal(const Options& options);

  // A host joins, at any time. Returns its index: 0, 1, 2, ...
  int AddHost(Cohort cohort);

  // One second of the time before the rollout, when all these hosts ran the old
  // revision; all of it before the first Observe. Makes each host its own
  // control (WithPrePeriod), and teaches the dispersion. Entries without
  // exposure are passed over. Call it for consecutive seconds, as Observe.
  void ObserveBefore(absl::Span<const HostTick> ticks);

  // One tick. Hosts that are not listed had no data, which is not zero events.
  // Call it every second, also with nothing.
  void Observe(absl::Span<const HostTick> ticks);

  // ln e-value against "rate ratio <= tolerate_ratio". Halt at ln(1/alpha).
  // 0 with no data.
  double HarmEvidence() const;

  // What it is the average of, each an ln e-value.
  struct HarmParts {
    double whole = 0;           // the whole rollout
    std::vector<double> since;  // each restart that has begun
    double presence = 0;
  };
  HarmParts Parts() const;

  // Evidence for non-inferiority: against "rate ratio >= tolerate_ratio" or, if
  // that is larger, against "canary rate >= tolerate_absolute". Reaching
  // ln(2/missed) demonstrates it at an error probability of `missed`. 0 with no
  // data.
  double ClearEvidence(double missed) const;

  // Confidence sequence for the rate ratio, by inversion of both processes over
  // the whole rollout: valid at every moment at once. {0, 0, +infinity} with no
  // data. Its lower end is tolerate_ratio or more only if HarmEvidence() >=
  // ln(2/alpha); the converse fails where presence or a restart shows the harm.
  // Its upper end is tolerate_ratio or less if and only if the ratio alone makes
  // ClearEvidence >= ln(4/alpha).
  RatioInterval Interval(double alpha) const { return Interval(alpha, alpha); }
  // The same with each end at its own level, errors of at most half of each.
  RatioInterval Interval(double low_alpha, double high_alpha) const;

  // All that was observed, held data included.
  CohortSums Sums(Cohort cohort) const;

  // HarmEvidence had this host never reported; dispersion and the other hosts'
  // weights as they are. 0 when nothing is left on its side.
  double EvidenceWithout(int host) const;

  // How far the finding is from another: the smallest whole number of further
  // canary events, spread over its hosts as they are and at the same exposure,
  // with which HarmEvidence would reach `bound`; where it has, minus the
  // smallest number of fewer events with which it would not have. +-infinity if
  // no number does (presence and other minutes stay as they are).
  double EventsToHarm(double bound) const;
  // The same for ClearEvidence(missed): a positive number of further events
  // with which it would fall below `bound`, a negative number of fewer events
  // with which it would reach it.
  double EventsToUnclear(double missed, double bound) const;

 private:
  struct Host {
    Cohort cohort;
    bool exposed = false;  // ever
    double held_events = 0;
    double held_exposure = 0;
    TokenBucket bucket;
  };

  bool IsValid(const HostTick& tick) const;
  void Hold(const HostTick& tick);
  bool BothExposed() const;
  std::vector<HostTick> Release();
  // What the buckets pass of the ticks, given the rate of those before.
  std::vector<HostTick> Cap(std::vector<HostTick> ticks);

  // Without a bucket both paths are the same, and only one is kept.
  bool capped() const { return options_.kind == Options::Kind::kCount; }
  const CountPath& harm() const { return capped() ? capped_ : raw_; }
  // ln e-value of one engine; `further`: events of the canary that are added or,
  // if negative, taken away.
  double HarmOf(const RandomEffects& engine, double further) const;
  double RestartOf(const RandomEffects& engine, double further) const;
  HarmParts PartsWith(double further) const;
  double Harm(const HarmParts& parts) const;
  double Clear(double further) const;

  // What has been answered since a path or presence last changed.
  struct Memory {
    std::uint64_t harm_version = ~std::uint64_t{0};
    HarmParts parts;
    std::uint64_t clear_version = ~std::uint64_t{0};
    double clear = 0;
  };

  Options options_;
  HuberNull huber_;
  double boundary_;
  std::vector<Host> hosts_;
  int past_ticks_ = 0;
  bool started_ = false;
  int ticks_ = 0;
  // Of the old revision, before and during the rollout: what buckets allow for.
  double known_events_ = 0;
  double known_exposure_ = 0;
  CohortSums canary_;
  CohortSums baseline_;
  CountPath raw_;
  CountPath capped_;
  PresenceMinutes presence_;
  double log_presence_ = 0;
  mutable Memory memory_;
};

}  // namespace haldane::stats
