#include "agent/budget/policy.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "agent/budget/group_costs.h"

namespace haldane::agent {
namespace {

constexpr double kAtOnce = 5;
constexpr double kCalm = 0.5;
constexpr double kAgentPart = 0.5;
constexpr absl::Duration kAgentSmoothing = absl::Seconds(30);
constexpr int kIntervalsToShed = 3;
constexpr absl::Duration kCalmBeforeRearm = absl::Seconds(10);
constexpr absl::Duration kFirstPenalty = absl::Minutes(1);
constexpr absl::Duration kLongestPenalty = absl::Hours(1);
constexpr absl::Duration kForgivenAfter = absl::Minutes(10);

std::string Percent(double share) { return absl::StrFormat("%.2f %% of a core", 100 * share); }

}  // namespace

double BudgetPolicy::share_of(const std::string& group) const {
  const auto state = states_.find(group);
  return state == states_.end() ? 0 : state->second.share;
}

bool BudgetPolicy::is_shed(const std::string& group) const {
  const auto state = states_.find(group);
  return state != states_.end() && state->second.shed;
}

std::vector<Decision> BudgetPolicy::Decide(const Costs& costs) {
  const bool is_first = !has_previous_;
  Measure(costs);
  if (is_first) return {};
  memory_exceeded_ = costs.agent_memory_bytes > budget_.memory_bytes;
  const bool over = share_ > budget_.core_share || memory_exceeded_;
  intervals_over_ = over ? intervals_over_ + 1 : 0;
  if (share_ > kCalm * budget_.core_share || memory_exceeded_) calm_since_ = costs.at;

  const Costs::Group* costliest = Costliest(costs);
  if (costliest != nullptr && share_of(costliest->name) > kAtOnce * budget_.core_share) {
    return {Shed(costliest->name, costs.at, "it alone exceeds the budget by far")};
  }
  if (intervals_over_ >= kIntervalsToShed) {
    const bool one_is_enough = costliest != nullptr && share_of(costliest->name) > budget_.core_share;
    const Costs::Group* group = one_is_enough ? costliest : FirstToShed(costs);
    if (group == nullptr) return {};
    const std::string why = memory_exceeded_ ? absl::StrCat("the agent uses ", costs.agent_memory_bytes >> 20,
                                                            " MiB of ", budget_.memory_bytes >> 20)
                                             : absl::StrCat("probes and agent took ", Percent(share_));
    return {Shed(group->name, costs.at, why)};
  }
  return Rearm(costs);
}

void BudgetPolicy::Measure(const Costs& costs) {
  const double seconds = absl::ToDoubleSeconds(costs.at - at_);
  const bool is_measured = has_previous_ && seconds > 0;
  if (is_measured) {
    const double now = absl::ToDoubleSeconds(costs.agent_cpu - agent_cpu_) / seconds;
    const double weight = std::min(1.0, seconds / absl::ToDoubleSeconds(kAgentSmoothing));
    agent_share_ += weight * (now - agent_share_);
  }
  share_ = std::min(agent_share_, kAgentPart * budget_.core_share);
  for (const Costs::Group& group : costs.groups) {
    State& state = states_[group.name];
    // Totals of a program that was loaded anew begin at zero.
    const uint64_t runs = group.run_count - std::min(group.run_count, state.run_count);
    const uint64_t time = group.run_time_ns - std::min(group.run_time_ns, state.run_time_ns);
    state.rate = is_measured ? static_cast<double>(runs) / seconds : 0;
    const double share = state.rate * absl::ToDoubleSeconds(OverheadPerRun(group.name)) +
                         (is_measured ? static_cast<double>(time) * 1e-9 / seconds : 0);
    const double weight = std::min(1.0, seconds / absl::ToDoubleSeconds(AveragedOver(group.name)));
    if (is_measured) state.share += weight * (share - state.share);
    // What is switched off is not paid for any more, whatever the average says.
    if (!group.attached) state.share = 0;
    state.run_count = group.run_count;
    state.run_time_ns = group.run_time_ns;
    share_ += state.share;
  }
  has_previous_ = true;
  at_ = costs.at;
  agent_cpu_ = costs.agent_cpu;
}

Decision BudgetPolicy::Shed(const std::string& group, absl::Duration at, const std::string& why) {
  State& state = states_[group];
  const bool is_forgiven = state.penalty == absl::ZeroDuration() || at - state.changed_at > kForgivenAfter;
  state.penalty = is_forgiven ? kFirstPenalty : std::min(2 * state.penalty, kLongestPenalty);
  state.shed = true;
  state.shed_share = state.share;
  state.changed_at = at;
  intervals_over_ = 0;
  calm_since_ = at;
  return {Decision::Kind::kShed, group,
          absl::StrCat("shed: ", why, "; it took ", Percent(state.share), " at ", std::llround(state.rate),
                       " events/s, the budget for everything is ", Percent(budget_.core_share),
                       "; it is tried again in ", absl::FormatDuration(state.penalty), " at the earliest")};
}

const Costs::Group* BudgetPolicy::Costliest(const Costs& costs) const {
  const Costs::Group* costliest = nullptr;
  for (const Costs::Group& group : costs.groups) {
    if (!group.attached) continue;
    if (costliest == nullptr || share_of(group.name) > share_of(costliest->name)) costliest = &group;
  }
  return costliest;
}

const Costs::Group* BudgetPolicy::FirstToShed(const Costs& costs) const {
  const auto first = std::find_if(costs.groups.begin(), costs.groups.end(),
                                  [](const Costs::Group& group) { return group.attached; });
  return first == costs.groups.end() ? nullptr : &*first;
}

std::vector<Decision> BudgetPolicy::Rearm(const Costs& costs) {
  if (costs.at - calm_since_ < kCalmBeforeRearm) return {};
  const Costs::Group* last = nullptr;
  for (const Costs::Group& group : costs.groups) {
    const auto state = states_.find(group.name);
    if (state == states_.end() || !state->second.shed) continue;
    if (costs.at - state->second.changed_at < state->second.penalty) continue;
    // One that was too dear by itself is tried once it has paid, since its load
    // may have changed; one that only completed the sum must fit into it.
    const double expected = std::min(state->second.shed_share, kCalm * budget_.core_share);
    if (share_ + expected > budget_.core_share) continue;
    last = &group;
  }
  if (last == nullptr) return {};
  State& state = states_[last->name];
  state.shed = false;
  state.changed_at = costs.at;
  calm_since_ = costs.at;
  return {{Decision::Kind::kRearm, last->name, absl::StrCat("everything takes ", Percent(share_))}};
}

}  // namespace haldane::agent
