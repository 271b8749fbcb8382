#include "agent/report_builder.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace haldane::agent {
namespace {

using haldane::v1::ProcessSample;
using haldane::v1::Report;

// gRPC refuses messages above 4 MiB; this leaves room for one sample and the drops.
constexpr size_t kMaxReportBytes = 2 << 20;
// With ProcessTable::kMaxProcesses as many as the controller takes from one host.
constexpr size_t kMaxExited = 1024;

}  // namespace

void ReportBuilder::Update(ProcessSample sample) {
  const Key key{sample.process().pid(), sample.process().start_ns()};
  Entry& entry = entries_[key];
  const bool unheard_of = entry.last_sent == 0 && !sample.has_counters();
  if (sample.exited() && unheard_of) {
    entries_.erase(key);
    return;
  }
  if (sample.exited() && !entry.sample.exited()) exited_.push_back(key);
  entry.sample = std::move(sample);
  entry.first_sent = 0;
  entry.acknowledged = false;
  BoundExited();
}

void ReportBuilder::BeginStream() {
  for (auto& [key, entry] : entries_) {
    entry.first_sent = 0;
    entry.acknowledged = false;
  }
}

void ReportBuilder::Acknowledge(uint64_t sequence) {
  if (sequence > sequence_) return;
  for (auto it = entries_.begin(); it != entries_.end();) {
    Entry& entry = it->second;
    if (entry.first_sent != 0 && entry.first_sent <= sequence) entry.acknowledged = true;
    it = entry.acknowledged && entry.sample.exited() ? entries_.erase(it) : std::next(it);
  }
  while (!exited_.empty() && entries_.count(exited_.front()) == 0) exited_.pop_front();
}

void ReportBuilder::SetGaps(std::vector<haldane::v1::SignalGap> gaps) {
  const auto is_same = [](const haldane::v1::SignalGap& a, const haldane::v1::SignalGap& b) {
    return a.signal() == b.signal() && a.cause() == b.cause();
  };
  gaps_unsent_ |= !std::equal(gaps.begin(), gaps.end(), gaps_.begin(), gaps_.end(), is_same);
  gaps_ = std::move(gaps);
}

bool ReportBuilder::has_unsent() const {
  return gaps_unsent_ || std::any_of(entries_.begin(), entries_.end(),
                                     [](const auto& entry) { return entry.second.first_sent == 0; });
}

Report ReportBuilder::Build(absl::Time read_at, absl::Duration since_boot) {
  Report report;
  report.set_sequence(++sequence_);
  report.set_epoch(epoch_);
  const int64_t nanos = absl::ToUnixNanos(read_at);
  report.mutable_read_at()->set_seconds(nanos / 1'000'000'000);
  report.mutable_read_at()->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
  drops_->AppendTo(&report);
  report.mutable_gaps()->Assign(gaps_.begin(), gaps_.end());
  gaps_unsent_ = false;
  if (budget_use_) *report.mutable_budget_use() = *budget_use_;

  std::vector<Entry*> pending;
  for (auto& [key, entry] : entries_) {
    if (!entry.acknowledged) pending.push_back(&entry);
  }
  std::stable_sort(pending.begin(), pending.end(),
                   [](const Entry* a, const Entry* b) { return a->last_sent < b->last_sent; });
  size_t bytes = 0;
  for (Entry* entry : pending) {
    if (!entry->sample.exited()) {
      const absl::Duration age = since_boot - absl::Nanoseconds(entry->sample.process().start_ns());
      entry->sample.set_age_ms(static_cast<uint64_t>(std::max<int64_t>(0, absl::ToInt64Milliseconds(age))));
    }
    bytes += entry->sample.ByteSizeLong();
    if (bytes > kMaxReportBytes) break;
    *report.add_processes() = entry->sample;
    if (entry->first_sent == 0) entry->first_sent = sequence_;
    entry->last_sent = sequence_;
  }
  return report;
}

void ReportBuilder::BoundExited() {
  while (exited_.size() > kMaxExited) {
    const auto it = entries_.find(exited_.front());
    exited_.pop_front();
    if (it == entries_.end() || !it->second.sample.exited()) continue;
    const haldane::v1::Counters& lost = it->second.sample.counters();
    drops_->Add("exit_unreported", lost.exceptions());
    drops_->Add("response_exit_unreported", lost.http_requests());  // `response_*` skew every rate
    entries_.erase(it);
  }
}

}  // namespace haldane::agent
