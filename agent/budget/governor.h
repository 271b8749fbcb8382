#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "agent/budget/policy.h"
#include "agent/probe/probe_group.h"
#include "base/unique_fd.h"

namespace haldane::agent {

// What the agent costs, for the governor. Not thread-safe.
class Meter {
 public:
  virtual ~Meter() = default;
  // While on, the kernel measures the programs' run time, which costs each run
  // some nanoseconds. Where it cannot, run times stay zero and the governor knows
  // of the agent's own costs alone. Idempotent.
  virtual void Measure(bool on) = 0;
  virtual absl::Duration AgentCpu() const = 0;
  virtual uint64_t AgentMemoryBytes() const = 0;
};

// The costs of this process, and the statistics of this kernel.
class MachineMeter final : public Meter {
 public:
  void Measure(bool on) override;
  absl::Duration AgentCpu() const override;
  uint64_t AgentMemoryBytes() const override;
  bool is_measuring() const { return statistics_.is_open(); }

 private:
  UniqueFd statistics_;  // the kernel measures while it is open
  bool refused_ = false;
};

// Which signals are asked for.
enum class Demand {
  kNothing,
  kHistory,     // what is cheap enough to be counted between rollouts
  kEverything,  // a rollout needs them
};

// Decides which groups of probes are on: those that are asked for, less those
// that BudgetPolicy sheds to keep the agent within its budget. Not thread-safe.
class Governor {
 public:
  // How often it measures.
  static constexpr absl::Duration kInterval = absl::Milliseconds(400);

  // `groups` and `meter` outlive this.
  Governor(const Budget& budget, std::vector<ProbeGroup*> groups, Meter* meter)
      : policy_(budget), samples_vm_entries_(budget.vm_entries), groups_(std::move(groups)), meter_(meter) {}

  // To be called before anything is attached for the demand.
  void SetDemand(Demand demand);
  // Does what is due.
  void Tick(absl::Duration now);

  // What everything costs, by its latest measurement.
  haldane::v1::BudgetUse Use() const;

  const BudgetPolicy& policy() const { return policy_; }
  uint64_t sheds() const { return sheds_; }

 private:
  void Apply(const Decision& decision);
  bool IsAskedFor(const ProbeGroup& group) const;

  BudgetPolicy policy_;
  const bool samples_vm_entries_;
  const std::vector<ProbeGroup*> groups_;
  Meter* const meter_;
  Demand demand_ = Demand::kNothing;
  absl::Duration due_ = -absl::InfiniteDuration();
  uint64_t sheds_ = 0;
};

}  // namespace haldane::agent
