#pragma once

#include <vector>

#include "absl/types/span.h"
#include "stats/cohort.h"
#include "stats/presence.h"

namespace haldane::stats {

// Counts in how many of its minutes each host had any event, for
// PresenceLogEvidence: for rare events and cohorts too small for the random
// effects engine. A minute is sixty ticks; one in which a host had no exposure
// is not counted. The time before the rollout, on any host, counts as baseline.
//
// Exposure: a host that serves twice the requests has an event in a minute
// about twice as often. The tolerated ratio is multiplied by the canary's mean
// exposure of a host-minute over the baseline's, and is never below 1: of a
// baseline with events in every minute nobody knows how often a tenth of the
// traffic would have them, but not that it would have them more often.
//
// Design effect: hosts of one cohort that differ in their share of minutes with
// events by more than chance say how much less their minutes are worth,
//   max(2, sum_h (k_h - m_h p)^2 / (m_h p (1 - p)) / (hosts - cohorts)),
// Pearson's statistic with p = (k + 1/2)/(m + 1) of the cohort. One host a side
// says nothing of it.
//   Source: McCullagh & Nelder 1989, 4.5.
// Null, guarantee: PresenceLogEvidence. Deterministic; changes only when a
// minute is over.
class PresenceMinutes {
 public:
  void AddHost(Cohort cohort);

  // One tick of the time before the rollout, or of the rollout: valid entries,
  // known hosts.
  void AddPastTick(absl::Span<const HostTick> ticks) { Add(ticks, true); }
  void AddTick(absl::Span<const HostTick> ticks) { Add(ticks, false); }

  // What comes next is the rollout: the minute that is open is dropped.
  void StartAfresh();

  // Minutes of the rollout and before that are over.
  int minutes() const { return minutes_; }

  // 0 while the canary or the baseline has no minutes. As if host `excluded`
  // had never reported, unless that is kNobody.
  static constexpr int kNobody = -1;
  double LogEvidence(double tolerate_ratio, int excluded = kNobody) const;

 private:
  struct Minutes {
    PresenceCounts counts;
    double exposure = 0;
  };
  struct Host {
    Cohort cohort;
    bool present = false;  // in the open minute
    double exposure = 0;   // of the open minute
    Minutes past;
    Minutes rollout;
  };
  void Add(absl::Span<const HostTick> ticks, bool past);
  double DesignEffect(int excluded) const;

  std::vector<Host> hosts_;
  int open_ticks_ = 0;
  int minutes_ = 0;
};

}  // namespace haldane::stats
