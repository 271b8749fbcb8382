#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace haldane::agent {

// What the agent may cost its host.
struct Budget {
  double core_share = 0.01;             // of one core: probes and agent together
  uint64_t memory_bytes = 64ull << 20;  // resident set of the agent
  bool vm_entries = false;              // whether the interpreter's loop may be sampled at all
};

// What everything has cost until a moment: totals, except where said.
struct Costs {
  struct Group {
    std::string name;
    bool attached = false;
    uint64_t run_time_ns = 0;
    uint64_t run_count = 0;
  };
  absl::Duration at;          // monotonic
  std::vector<Group> groups;  // always the same, in the order in which they are shed
  absl::Duration agent_cpu;
  uint64_t agent_memory_bytes = 0;  // now
};

// One decision: to switch a group off or on again, and why.
struct Decision {
  enum class Kind { kShed, kRearm } kind;
  std::string group;
  std::string why;  // for people
};

// Decides what is shed and re-armed: measurements in, decisions out, no clock, no
// I/O. The rules:
//
//   - A group that alone costs over five times the budget in one interval is shed
//     at once; nothing else is, then.
//   - Over the budget in three intervals running: the group that alone exceeds
//     it is shed, or else the first of the list that is attached.
//   - A group is re-armed when it has been off for its penalty (a minute, twice as
//     long each time, an hour at most), everything together has stayed below half
//     the budget for ten seconds, and what the group cost before it was shed
//     would fit into the budget; one at a time, the last of the list first.
//   - A group that has run for ten minutes since it was re-armed is forgiven.
//
//   - A group that counts in bursts costs what it costs on average.
//   - The agent's own time, averaged over half a minute, counts for half the budget
//     at most: looking for processes is not made cheaper by counting less.
//
// Between the half and the whole of the budget nothing changes. Not thread-safe.
class BudgetPolicy {
 public:
  explicit BudgetPolicy(const Budget& budget) : budget_(budget) {}

  // To be called about twice a second. Decisions take effect before the next call.
  std::vector<Decision> Decide(const Costs& costs);

  // Share of one core that the probes cost in the last interval, and the agent in
  // the last half minute as far as it counts.
  double share() const { return share_; }
  double core_budget() const { return budget_.core_share; }
  bool is_shed(const std::string& group) const;
  // What one group cost, likewise; 0 when unknown.
  double share_of(const std::string& group) const;

 private:
  struct State {
    uint64_t run_time_ns = 0;
    uint64_t run_count = 0;
    double share = 0;
    double rate = 0;  // events per second
    bool shed = false;
    double shed_share = 0;  // what it cost then
    absl::Duration changed_at;
    absl::Duration penalty;
  };

  void Measure(const Costs& costs);
  Decision Shed(const std::string& group, absl::Duration at, const std::string& why);
  const Costs::Group* Costliest(const Costs& costs) const;
  const Costs::Group* FirstToShed(const Costs& costs) const;
  std::vector<Decision> Rearm(const Costs& costs);

  const Budget budget_;
  std::map<std::string, State> states_;
  bool has_previous_ = false;
  absl::Duration at_;
  absl::Duration agent_cpu_;
  double agent_share_ = 0;
  double share_ = 0;
  bool memory_exceeded_ = false;
  int intervals_over_ = 0;
  absl::Duration calm_since_;
};

}  // namespace haldane::agent
