#pragma once

#include <vector>

#include "absl/types/span.h"
#include "stats/cohort.h"
#include "stats/dispersion.h"
#include "stats/random_effects.h"
#include "stats/ratio_sequence.h"
#include "stats/split_accumulator.h"
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
// Engine, null and guarantee: RandomEffects with a flat prior over the spread
// between hosts, with a pre-period WithPrePeriod; each path divides by its own
// Dispersion.
//
// Deterministic: the same ticks give the same bits, in whatever order hosts are
// listed within a tick. Entries of unknown hosts, and those with negative or
// non-finite numbers, count as not listed. Thread-compatible. Evidence costs
// tens of microseconds, Interval about a millisecond; none changes state.
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

  // Evidence for non-inferiority: against "rate ratio >= tolerate_ratio" or, if
  // that is larger, against "canary rate >= tolerate_absolute". Reaching
  // ln(2/missed) demonstrates it at an error probability of `missed`. 0 with no
  // data.
  double ClearEvidence(double missed) const;

  // Confidence sequence for the rate ratio, by inversion of both processes:
  // valid at every moment at once. {0, 0, +infinity} with no data.
  RatioInterval Interval(double alpha) const;

  // All that was observed, held data included.
  CohortSums Sums(Cohort cohort) const;

  // HarmEvidence had this host never reported; dispersion and the other hosts'
  // weights as they are. 0 when nothing is left on its side.
  double EvidenceWithout(int host) const;

 private:
  // The sufficient statistics of one path.
  struct Path {
    SplitAccumulator split;
    Dispersion dispersion;
  };
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
  const Path& harm() const { return capped() ? capped_ : raw_; }
  double Phi(const Path& path) const;
  RandomEffects Engine(const Path& path, int excluded = SplitAccumulator::kNobody) const;

  Options options_;
  double boundary_;
  std::vector<Host> hosts_;
  bool started_ = false;
  // Of the old revision, before and during the rollout: what buckets allow for.
  double known_events_ = 0;
  double known_exposure_ = 0;
  CohortSums canary_;
  CohortSums baseline_;
  Path raw_;
  Path capped_;
};

}  // namespace haldane::stats
