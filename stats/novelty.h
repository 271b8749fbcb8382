#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "stats/cohort.h"
#include "stats/infection.h"
#include "stats/presence.h"
#include "stats/split_accumulator.h"

namespace haldane::stats {

// Does the canary raise classes of event that the baseline never raised?
//
// Takes an unbounded list of classes that nobody knows beforehand. The k-th new
// class to appear on any host has the weight 1/(k(k+1)) (NewClassWeight), known
// before it is known whose it is; the weights sum to one. Its e-value is the
// average of three, each of which begins with the class:
//   infection  which hosts have it first (Infection; exact for exchangeable
//              hosts; at most C(hosts, canary hosts))
//   split      host-minutes that have it, divided as exposure is, hosts differing
//              (RandomEffects, two minutes counting for one; its harm question)
//   presence   minutes after the first, against the minutes of all hosts up to
//              then and the baseline's since (PresenceLogEvidence; for 1 of n)
// A class of the time before the rollout is not new, and one that the baseline
// has no later than the canary is not evidence: its e-value is 0 for good. Where
// the baseline has it later, infection is 0 from then on, and the other two say
// how much more the canary has. A minute is sixty ticks.
//   Null: a new class appears on any host alike, per exposure. Guarantee: an
//   average of e-values whose weights do not depend on what they weigh; of its
//   parts only infection is an e-process without approximation.
// After the 256th, new classes are not followed: their weights sum to 1/257,
// which stays unspent. Deterministic; classes that begin in one tick are ordered
// by name. Thread-compatible.
class Novelty {
 public:
  int AddHost(Cohort cohort);  // 0, 1, 2, ...; a late host takes no part in infection

  // One class's events on one host in one tick.
  struct ClassEvents {
    int host;
    absl::string_view name;
    double events;
  };

  // A class that the old revision has been seen to raise.
  void Know(absl::string_view name) { known_.insert(std::string(name)); }

  // One tick: what each host served (HostTick::exposure; its events are not
  // read) and the classes it raised. Hosts that served nothing are not listed,
  // or with exposure 0. Entries of unknown hosts, and impossible numbers, are
  // passed over.
  void Observe(absl::Span<const HostTick> served, absl::Span<const ClassEvents> classes);

  // ln e-value of all classes together. Halt at ln(1/alpha). 0 when nothing is
  // new.
  double HarmEvidence() const;

  // One new class, in order of appearance.
  struct Class {
    std::string name;
    int order = 0;                // 1, 2, ...
    int first_host = 0;           // where it appeared first
    bool baseline_first = false;  // then it is not evidence
    double weight = 0;            // of the budget
    double log_evidence = 0;      // 0 also if baseline_first
    double canary_events = 0;
    double baseline_events = 0;
    int canary_hosts = 0;  // that have had it
    int baseline_hosts = 0;
  };
  std::vector<Class> Classes() const;

 private:
  struct Minutes {
    PresenceCounts counts;
    double exposure = 0;
  };
  struct Tracked {
    Class seen;
    Infection infection;
    std::vector<bool> clean;    // by host, of those there at the beginning
    std::vector<bool> had;      // by host
    std::vector<bool> present;  // by host, in the open minute
    SplitAccumulator split;
    bool first_minute_over = false;
    Minutes canary;     // after the first minute
    Minutes reference;  // all hosts until then, the baseline after
    double log_infection = 0;
    double log_split = 0;
    double log_presence = 0;
    double LogEvidence() const;
  };
  struct Host {
    Cohort cohort;
    bool exposed = false;
    double exposure = 0;  // of the open minute
  };
  bool IsValid(int host, double amount) const;
  void Begin(const std::string& name, const ClassEvents& first);
  void Add(Tracked& tracked, const ClassEvents& events);
  void CloseMinute();
  void CloseMinute(Tracked& tracked) const;

  std::vector<Host> hosts_;
  std::set<std::string> known_;
  std::map<std::string, std::size_t> index_;
  std::vector<Tracked> tracked_;
  int open_ticks_ = 0;
  Minutes all_;  // of the rollout, all hosts, that are over
};

}  // namespace haldane::stats
