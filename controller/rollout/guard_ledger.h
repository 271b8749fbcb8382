#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "haldane/v1/guard_run.pb.h"
#include "haldane/v1/plan.pb.h"
#include "haldane/v1/rollout.pb.h"
#include "haldane/v1/verdict.pb.h"

namespace haldane::controller {

// The guarded runs of one deploy, and what a plan's guard section makes of
// them. Pure. Of each host and step the run that began last counts: a script
// that was run again is judged by how it went then.
class GuardLedger {
 public:
  // What of a run goes into a rollout's log: all but its lists, and when it was
  // received.
  static haldane::v1::GuardRun Head(haldane::v1::GuardRun run);

  // True when Apply(head) would change what Assess says or Show shows.
  bool Changes(const haldane::v1::GuardRun& head) const;
  // An event of the log. Runs beyond the bound are counted and make the
  // standing incomplete.
  void Apply(const haldane::v1::GuardRun& head);

  // What the runs show of what `plan` asks.
  haldane::v1::GuardStanding Assess(const haldane::v1::GuardPlan& plan) const;
  // Adds the runs to what clients are shown, those with problems first.
  void Show(const haldane::v1::GuardPlan& plan, haldane::v1::Rollout* view) const;

  static constexpr size_t kMostRuns = 5000;

 private:
  using Place = std::pair<std::string, std::string>;  // host and step

  std::map<Place, haldane::v1::GuardRun> runs_;
  bool full_ = false;
};

}  // namespace haldane::controller
