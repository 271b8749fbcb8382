#include "controller/fleet/agent_epoch.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/fleet/quota.h"
#include "controller/fleet/totals.h"

namespace haldane::controller {
namespace {

absl::Status CheckAllGrew(const v1::Counters& before, const v1::Counters& now) {
  for (const Total& total : kTotals) {
    // A class that is named later leaves the others.
    if (total.value == &v1::Counters::exceptions_other) continue;
    const uint64_t was = (before.*total.value)(), is = (now.*total.value)();
    if (is >= was) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(total.name, " fell from ", was, " to ", is, ": totals only grow within an epoch"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::string_view ServiceOf(const v1::ProcessSample& sample) {
  for (const v1::Label& label : sample.labels()) {
    if (label.name() == "service") return label.value();
  }
  return "";
}

AgentEpoch::KeyView AgentEpoch::KeyOf(const v1::ProcessSample& sample) {
  return KeyView(sample.process().pid(), sample.process().start_ns(), sample.process().boot_id());
}

absl::Status AgentEpoch::CheckEachOnce(const v1::Report& report) {
  std::vector<KeyView> named;
  named.reserve(static_cast<size_t>(report.processes_size()));
  for (const v1::ProcessSample& sample : report.processes()) named.push_back(KeyOf(sample));
  std::sort(named.begin(), named.end());
  const auto twice = std::adjacent_find(named.begin(), named.end());
  if (twice == named.end()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("process ", std::get<0>(*twice), " comes twice in one report"));
}

absl::Status AgentEpoch::Check(const v1::Report& report) const {
  RETURN_IF_ERROR(CheckEachOnce(report));
  size_t processes = processes_.size(), bytes = bytes_;
  for (const v1::ProcessSample& sample : report.processes()) {
    bytes += sample.ByteSizeLong();
    const auto known = processes_.find(KeyOf(sample));
    if (known == processes_.end()) {
      ++processes;
      continue;
    }
    bytes -= known->second.bytes;
    // Totals of a process that was not counted are unknown, and fall to what is.
    const v1::ProcessSample& before = known->second.sample;
    if (!before.counting() || !sample.counting() || before.exited()) continue;
    if (absl::Status status = CheckAllGrew(before.counters(), sample.counters()); !status.ok()) {
      return Annotate(status, absl::StrCat("process ", sample.process().pid()));
    }
  }
  if (processes > kMaxProcesses) {
    return absl::InvalidArgumentError(absl::StrCat("number of processes of the host is ", processes,
                                                   ", at most ", kMaxProcesses, " is allowed"));
  }
  if (bytes > kMaxHostBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("samples of the host take ", bytes, " bytes, at most ", kMaxHostBytes, " are allowed"));
  }
  return absl::OkStatus();
}

void AgentEpoch::Apply(const v1::Report& report, ChangeNumber change) {
  for (const v1::ProcessSample& sample : report.processes()) {
    auto known = processes_.find(KeyOf(sample));
    if (known == processes_.end()) known = processes_.emplace(Key(KeyOf(sample)), Process()).first;
    Process& process = known->second;
    process.sequence = report.sequence();
    if (process.sample.exited()) continue;
    bytes_ -= process.bytes;
    process.sample = sample;
    process.change = change;
    process.bytes = static_cast<size_t>(sample.GetCachedSize());  // as Check has counted
    bytes_ += process.bytes;
    if (!sample.exited()) continue;
    last_exit_ = change;
    ++exited_;
  }
  drops_ = report.drops();
  gaps_ = report.gaps();
  if (report.has_budget_use()) budget_use_ = report.budget_use();
  last_sequence_ = report.sequence();
  last_change_ = change;
}

void AgentEpoch::Touch(ChangeNumber change) {
  for (auto& [key, process] : processes_) process.change = change;
  last_change_ = change;
}

bool AgentEpoch::Fill(absl::string_view service, ChangeNumber cursor, v1::HostReport* host) const {
  if (last_change_ <= cursor) return false;
  bool alive = false;
  for (const auto& [key, process] : processes_) {
    if (ServiceOf(process.sample) != service) continue;
    alive |= !process.sample.exited();
    if (process.change > cursor) *host->add_processes() = process.sample;
  }
  if (!alive && host->processes().empty()) return false;
  host->set_epoch(number_);
  *host->mutable_drops() = drops_;
  *host->mutable_gaps() = gaps_;
  return true;
}

void AgentEpoch::Visit(absl::string_view service, ChangeNumber cursor,
                       absl::FunctionRef<void(const v1::ProcessSample&)> visit) const {
  if (last_change_ <= cursor) return;
  for (const auto& [key, process] : processes_) {
    if (process.change > cursor && ServiceOf(process.sample) == service) visit(process.sample);
  }
}

void AgentEpoch::Describe(v1::FleetHost* host) const {
  uint32_t living = 0, counted = 0;
  std::set<v1::ProbeSource> sources;
  for (const auto& [key, process] : processes_) {
    if (process.sample.exited()) continue;
    ++living;
    counted += process.sample.counting();
    if (process.sample.counting()) sources.insert(process.sample.exception_source());
  }
  for (const v1::ProbeSource source : sources) host->add_exception_sources(source);
  if (budget_use_) *host->mutable_budget_use() = *budget_use_;
  host->set_processes(living);
  host->set_processes_counted(counted);
  *host->mutable_gaps() = gaps_;
  for (const v1::DropCounter& drop : drops_) {
    if (drop.count() > 0) *host->add_drops() = drop;
  }
}

bool AgentEpoch::Knows(absl::string_view service) const {
  for (const auto& [key, process] : processes_) {
    if (ServiceOf(process.sample) == service) return true;
  }
  return false;
}

void AgentEpoch::ForgetExited(ChangeNumber consumed) {
  if (exited_ == 0) return;
  for (auto it = processes_.begin(); it != processes_.end();) {
    const Process& process = it->second;
    // A later report without it: the agent would have repeated what it does not
    // know to be acknowledged.
    const bool acknowledged = process.sequence < last_sequence_;
    if (process.sample.exited() && process.change <= consumed && acknowledged) {
      bytes_ -= process.bytes;
      --exited_;
      it = processes_.erase(it);
    } else {
      ++it;
    }
  }
}

}  // namespace haldane::controller
