#include "agent/budget/governor.h"

#include <utility>

#include "agent/budget/group_costs.h"
#include "base/log.h"

namespace haldane::agent {

bool Governor::IsAskedFor(const ProbeGroup& group) const {
  const std::string name(group.name());
  if (MustBeAskedFor(name) && !samples_vm_entries_) return false;
  return demand_ == Demand::kEverything || IsCountedBetweenRollouts(name);
}

void Governor::SetDemand(Demand demand) {
  meter_->Measure(demand != Demand::kNothing);  // before the first hit
  // What is on while nothing is asked for is of no consequence.
  if (demand == demand_ || demand == Demand::kNothing) {
    demand_ = demand;
    return;
  }
  demand_ = demand;
  PlacedProbes gone;  // all at the same time, in the end
  for (ProbeGroup* group : groups_) {
    if (policy_.is_shed(std::string(group->name()))) continue;
    if (MustBeAskedFor(std::string(group->name())) && !samples_vm_entries_) continue;  // off by itself
    if (!IsAskedFor(*group)) {
      gone.Add(group->Detach(haldane::v1::SignalGap::CAUSE_NOT_WANTED, "not counted between rollouts"));
    } else if (const absl::Status attached = group->Attach(); !attached.ok()) {
      LogWarning("cannot attach probes", {{"group", group->name()}, {"reason", attached.message()}});
    }
  }
}

void Governor::Tick(absl::Duration now) {
  if (now < due_) return;
  due_ = now + kInterval;
  Costs costs{.at = now, .agent_cpu = meter_->AgentCpu(), .agent_memory_bytes = meter_->AgentMemoryBytes()};
  for (const ProbeGroup* group : groups_) {
    const ProbeGroup::Stats stats = group->RunStats();
    costs.groups.push_back({.name = std::string(group->name()),
                            .attached = group->attached(),
                            .run_time_ns = stats.run_time_ns,
                            .run_count = stats.run_count});
  }
  for (const Decision& decision : policy_.Decide(costs)) Apply(decision);
}

haldane::v1::BudgetUse Governor::Use() const {
  haldane::v1::BudgetUse use;
  use.set_core_share(policy_.share());
  use.set_core_budget(policy_.core_budget());
  for (const ProbeGroup* group : groups_) {
    haldane::v1::BudgetUse::Group* entry = use.add_groups();
    entry->set_name(std::string(group->name()));
    entry->set_attached(group->attached());
    entry->set_core_share(group->attached() ? policy_.share_of(entry->name()) : 0);
  }
  return use;
}

void Governor::Apply(const Decision& decision) {
  for (ProbeGroup* group : groups_) {
    if (decision.group != group->name()) continue;
    if (decision.kind == Decision::Kind::kShed) {
      ++sheds_;
      group->Detach(haldane::v1::SignalGap::CAUSE_SHED, decision.why);
      LogWarning("probes shed", {{"group", decision.group}, {"reason", decision.why}});
      return;
    }
    if (!IsAskedFor(*group)) return;  // on again once it is
    const absl::Status armed = group->Attach();
    if (armed.ok()) LogInfo("probes armed again", {{"group", decision.group}, {"reason", decision.why}});
    if (!armed.ok())
      LogWarning("cannot arm probes again", {{"group", decision.group}, {"reason", armed.message()}});
  }
}

}  // namespace haldane::agent
