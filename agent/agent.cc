#include "agent/agent.h"

#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "agent/gaps.h"
#include "base/log.h"

namespace haldane::agent {
namespace {

constexpr absl::Duration kPoll = absl::Seconds(1);
constexpr absl::Duration kIdleReport = absl::Seconds(5);
constexpr absl::Duration kSweep = absl::Seconds(5);
constexpr absl::Duration kSweepWhileNothingFound = absl::Seconds(1);
constexpr absl::Duration kControllerGrace = absl::Seconds(60);
// The dynamic linker maps libruby a little after exec; a slow disk, later.
constexpr absl::Duration kSettle = absl::Milliseconds(200);
constexpr absl::Duration kSettleSlowly = absl::Seconds(1);
constexpr size_t kMaxRejected = 256;

}  // namespace

Agent::Agent(Parts parts, const Identity& identity, std::string kill_switch)
    : parts_(parts),
      kill_switches_(std::move(kill_switch)),
      watch_set_(parts.counters, parts.processes, &table_),
      builder_(identity.epoch, &drops_),
      sampler_(identity.boot_id, {parts.counters, parts.processes, &table_, &watch_set_}, &builder_, &drops_),
      heard_at_(parts.clock->Monotonic()) {}

void Agent::Tick() {
  if (stopped_) return;
  UpdateWanted();
  DrainLifecycle();
  const absl::Duration now = parts_.clock->Monotonic();
  const bool scan = schedule_.Due(now);
  if (scan || now >= poll_at_) {
    // Before a scan, so that of a process that it misses the exit is known.
    sampler_.Poll(now);
    poll_at_ = now + kPoll;
  }
  if (scan) Scan();
  if (sampler_.has_strangers()) schedule_.Request(now, kSettle);
  sampler_.Publish();
  if (parts_.governor != nullptr) parts_.governor->Tick(now);
  TellGaps();
  if (now >= report_at_ || builder_.has_unsent()) Report();
}

void Agent::LookAtSwitches() {
  if (!stopped_) UpdateWanted();
}

void Agent::UpdateWanted() {
  const bool lost = IsControllerLost();
  const bool killed = kill_switches_.Everything();
  std::set<std::string> wanted;
  Demand demand = Demand::kNothing;
  if (!killed && !lost && parts_.counters != nullptr) {
    wanted = kill_switches_.Allowed(directive_);
    const std::set<std::string> history = kill_switches_.Allowed(history_);
    demand = !wanted.empty() ? Demand::kEverything : !history.empty() ? Demand::kHistory : Demand::kNothing;
    wanted.insert(history.begin(), history.end());
  }
  if (wanted == wanted_ && demand == demand_) return;
  wanted_ = std::move(wanted);
  demand_ = demand;
  if (parts_.governor != nullptr) parts_.governor->SetDemand(demand_);
  if (wanted_.empty()) {
    if (watch_set_.is_active()) DetachEverything();
    return;
  }
  sampler_.Poll(parts_.clock->Monotonic());  // some may cease to be counted
  watch_set_.Reconcile(wanted_);
}

void Agent::OnKillSignal(bool killed) {
  kill_switches_.SetBySignal(killed);
  Tick();
}

bool Agent::IsControllerLost() {
  const bool lost = parts_.clock->Monotonic() - heard_at_ > kControllerGrace;
  if (lost && !lost_ && !(directive_.empty() && history_.empty())) {
    LogWarning("controller is silent: nothing is attached until it asks again",
               {{"silent", absl::FormatDuration(kControllerGrace)}});
  }
  // What it wanted is too old to act upon; it repeats it on a new stream.
  if (lost) {
    directive_.clear();
    history_.clear();
  }
  return lost_ = lost;
}

void Agent::DrainLifecycle() {
  if (!watch_set_.is_active()) return;
  const absl::Duration now = parts_.clock->Monotonic();
  for (const LifecycleEvent& event : parts_.counters->DrainLifecycle()) {
    if (event.kind == LifecycleEvent::Kind::kFork) {
      schedule_.Request(now, absl::ZeroDuration());  // maps all that its parent does
      continue;
    }
    parts_.processes->Forget(event.pid);
    schedule_.Request(now, kSettle);
    schedule_.Request(now, kSettleSlowly);
  }
}

void Agent::Scan() {
  const absl::Duration begin = parts_.clock->Monotonic();
  const std::vector<TrackedProcess> gone = table_.Apply(parts_.processes->Scan());
  for (const TrackedProcess& tracked : gone) {
    sampler_.PublishExit(tracked, begin);
    const bool pid_is_reused = table_.processes().count(tracked.process.pid) > 0;
    if (tracked.watched && !pid_is_reused) watch_set_.Unwatch(tracked.process.pid);
  }
  const absl::Duration end = parts_.clock->Monotonic();
  schedule_.Done(end, end - begin, table_.processes().empty() ? kSweepWhileNothingFound : kSweep);
  if (table_.in_doubt()) schedule_.Request(end, kSettleSlowly);
  LogOddities();
  if (parts_.counters == nullptr) return;
  sampler_.AfterScan();
  if (!wanted_.empty()) watch_set_.Reconcile(wanted_);
}

void Agent::LogOddities() {
  if (table_.overflow() > 0 && !overflow_logged_) {
    LogWarning("more Ruby processes than can be followed",
               {{"beyond", table_.overflow()}, {"hint", "narrow the agent's `scope`"}});
  }
  overflow_logged_ = table_.overflow() > 0;
  for (const auto& [path, reason] : parts_.processes->rejected()) {
    if (rejected_.size() >= kMaxRejected || !rejected_.insert(path).second) continue;
    LogWarning("not usable as a Ruby interpreter", {{"file", path}, {"reason", reason}});
  }
}

void Agent::DetachEverything() {
  watch_set_.DetachAll();
  sampler_.Poll(parts_.clock->Monotonic());  // what was counted up to the end
  watch_set_.UnwatchAll();
}

void Agent::TellGaps() {
  Gaps gaps;
  if (!kill_switches_.reason().empty()) {
    using haldane::v1::SignalGap;
    for (const char* signal : kRaiseSignals)
      gaps.Add(signal, SignalGap::CAUSE_KILLED, kill_switches_.reason());
    if (parts_.counters != nullptr) {
      for (const ProbeGroup* group : parts_.counters->Groups()) {
        for (const absl::string_view signal : group->signals()) {
          gaps.Add(signal, SignalGap::CAUSE_KILLED, kill_switches_.reason());
        }
      }
    }
  }
  if (const std::optional<std::string> silence = watch_set_.silence()) {
    for (const char* signal : kRaiseSignals) {
      gaps.Add(signal, haldane::v1::SignalGap::CAUSE_SILENT_PROBE, *silence);
    }
  }
  if (parts_.counters != nullptr) {
    for (const ProbeGroup* group : parts_.counters->Groups()) {
      for (const haldane::v1::SignalGap& gap : group->Gaps())
        gaps.Add(gap.signal(), gap.cause(), gap.detail());
    }
  }
  builder_.SetGaps(gaps.List());
}

void Agent::Report() {
  if (!parts_.uplink->CanSend()) return;
  if (parts_.governor != nullptr) builder_.SetBudgetUse(parts_.governor->Use());
  parts_.uplink->Send(builder_.Build(parts_.clock->Now(), parts_.clock->Monotonic()));
  ++reports_sent_;
  report_at_ = parts_.clock->Monotonic() + (watch_set_.is_active() ? kPoll : kIdleReport);
}

void Agent::Stop() {
  if (stopped_) return;
  stopped_ = true;
  if (watch_set_.is_active()) DetachEverything();
  sampler_.Publish();
  if (up_) parts_.uplink->Send(builder_.Build(parts_.clock->Now(), parts_.clock->Monotonic()));
}

void Agent::OnUp() {
  up_ = true;
  builder_.BeginStream();
  if (!stopped_) Report();
}

void Agent::OnDown() { up_ = false; }

void Agent::OnAck(uint64_t sequence) {
  heard_at_ = parts_.clock->Monotonic();
  builder_.Acknowledge(sequence);
}

void Agent::OnDirective(const haldane::v1::Directive& directive) {
  heard_at_ = parts_.clock->Monotonic();
  directive_ = {directive.watch_services().begin(), directive.watch_services().end()};
  history_ = {directive.history_services().begin(), directive.history_services().end()};
  kill_switches_.SetByController(directive.kill(), directive.kill_reason());
  LogInfo("directive", {{"watch_services", absl::StrJoin(directive_, ",")},
                        {"history_services", absl::StrJoin(history_, ",")},
                        {"kill", directive.kill()}});
  Tick();
}

MetricsSnapshot Agent::Metrics() const {
  MetricsSnapshot metrics;
  for (const auto& [pid, tracked] : table_.processes()) {
    ++metrics.processes_found;
    if (watch_set_.is_counting(tracked)) ++metrics.processes_counted;
  }
  metrics.processes_unreadable = parts_.processes->unreadable();
  metrics.reports = reports_sent_;
  metrics.drops = drops_.Totals();
  metrics.probes = watch_set_.Attached();
  metrics.is_connected = up_;
  if (parts_.governor != nullptr) {
    metrics.budget_share = parts_.governor->policy().share();
    metrics.sheds = parts_.governor->sheds();
  }
  return metrics;
}

}  // namespace haldane::agent
