#include "agent/watch_set.h"

#include "absl/strings/str_cat.h"
#include "base/log.h"

namespace haldane::agent {

void WatchSet::Reconcile(const std::set<std::string>& services) {
  std::set<BinaryKey> used;
  for (auto& [pid, tracked] : table_->processes()) {
    const bool wanted = services.count(std::string(LabelOf(tracked.process, "service"))) > 0;
    if (!wanted && tracked.watched) Unwatch(&tracked);
    if (!wanted) continue;
    used.insert(tracked.process.binary);
    Watch(&tracked);
  }
  probes_.DetachAllBut(used);
  check_.ForgetAllBut(used);
}

// Everything that counts is attached before the process gets its slot, so that
// its signals begin at the same moment and their ratio is right from the start.
void WatchSet::Watch(TrackedProcess* tracked) {
  if (!AttachHooks() || !probes_.Attach(tracked->process.binary) || tracked->watched) return;
  CheckBreakpoints(tracked->process);
  const absl::Status watched = counters_->Watch(tracked->process.pid, tracked->process.start_ns);
  if (absl::IsNotFound(watched)) return;  // it is gone; the next scan will say so
  if (!watched.ok()) {
    LogFailure("cannot count a process", watched, "it stays uncounted and is tried again every few seconds");
    return;
  }
  tracked->watched = true;
  tracked->was_counted = true;
  tracked->changed = true;
}

void WatchSet::CheckBreakpoints(const RubyProcess& process) {
  const absl::Status found = probes_.Cover(process);
  if (!check_.Observe(process.binary, found)) return;
  LogError("the raise probe is attached but is not in the process's memory",
           {{"reason", found.message()},
            {"hint", "its text may be moved to huge pages; its exceptions cannot be counted"}});
}

void WatchSet::Observe(const TrackedProcess& tracked, const ProcessReading& reading) {
  const BinaryKey& binary = tracked.process.binary;
  if (probes_.source(binary) == haldane::v1::PROBE_SOURCE_NONE) return;
  const RaiseCheck::Finding finding = check_.Observe(binary, reading);
  if (finding == RaiseCheck::Finding::kNone) return;
  if (finding == RaiseCheck::Finding::kSilent) {
    LogError(
        "the raise probe is attached and does not fire",
        {{"build_id", binary.build_id},
         {"reason", check_.silence().value_or("")},
         {"hint", "install the interpreter's debug symbols; rollouts do not trust its counts until then"}});
  }
  probes_.DetachWitnesses(binary);
}

void WatchSet::Unwatch(TrackedProcess* tracked) {
  counters_->Unwatch(tracked->process.pid);
  tracked->watched = false;
  tracked->totals.Restart();
  tracked->changed = true;
}

bool WatchSet::AttachHooks() {
  if (hooks_attached_) return true;
  is_active_ = true;  // even if it fails: some hooks may stay
  const absl::Status attached = counters_->AttachKernelHooks();
  if (!attached.ok()) {
    LogFailure("cannot attach to the kernel's tracepoints", attached,
               "nothing is counted; it is tried again every few seconds");
    return false;
  }
  hooks_attached_ = true;
  LogInfo("kernel hooks attached");
  return true;
}

void WatchSet::DetachAll() {
  counters_->DetachAll();
  probes_.Clear();
  check_.Clear();
  LogInfo("everything detached");
  hooks_attached_ = false;
  is_active_ = false;
  last_failure_.clear();
}

void WatchSet::UnwatchAll() {
  for (auto& [pid, tracked] : table_->processes()) {
    if (tracked.watched) Unwatch(&tracked);
  }
}

bool WatchSet::is_counting(const TrackedProcess& tracked) const {
  return hooks_attached_ && tracked.watched && probes_.is_done(tracked.process.binary);
}

haldane::v1::ProbeSource WatchSet::source(const TrackedProcess& tracked) const {
  return probes_.source(tracked.process.binary);
}

void WatchSet::LogFailure(absl::string_view event, const absl::Status& failure, absl::string_view hint) {
  const std::string text = failure.ToString();
  if (text == last_failure_) return;
  last_failure_ = text;
  LogError(event, {{"reason", failure.message()}, {"hint", hint}});
}

}  // namespace haldane::agent
