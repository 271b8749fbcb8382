#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "agent/drops.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::agent {

// Decides what a report carries: every process whose state differs from what
// the controller has acknowledged. Keeps one state per process, never a queue,
// so a controller that is away or that never answers costs no memory beyond a
// bound. Not thread-safe.
class ReportBuilder {
 public:
  // `drops` outlives this.
  ReportBuilder(uint64_t epoch, Drops* drops) : epoch_(epoch), drops_(drops) {}

  // The state of a process is now this. One that has exited is kept until its
  // final totals are acknowledged; then it is forgotten. (age_ms is filled in
  // by Build and ignored here, except for those that have exited.)
  void Update(haldane::v1::ProcessSample sample);

  // What is not counted at present, sorted by signal; goes into every report.
  void SetGaps(std::vector<haldane::v1::SignalGap> gaps);

  // What everything costs at present; goes into every report and causes none.
  void SetBudgetUse(haldane::v1::BudgetUse use) { budget_use_ = std::move(use); }

  // The controller may know nothing any more: all is to be sent again.
  void BeginStream();
  // `sequence` and all before it have arrived. Numbers never sent are ignored.
  void Acknowledge(uint64_t sequence);
  // True when a state or a gap has not been in any report of this stream.
  bool has_unsent() const;

  // The next report. Bounded in size: what does not fit is in the next one,
  // that which has waited longest first.
  haldane::v1::Report Build(absl::Time read_at, absl::Duration since_boot);

  uint64_t sequence() const { return sequence_; }
  size_t size() const { return entries_.size(); }

 private:
  using Key = std::pair<uint32_t, uint64_t>;  // pid, start
  struct Entry {
    haldane::v1::ProcessSample sample;
    uint64_t first_sent = 0;  // first report with exactly this state; 0: none yet
    uint64_t last_sent = 0;   // last report with any state; 0: never heard of
    bool acknowledged = false;
  };

  void BoundExited();

  const uint64_t epoch_;
  Drops* drops_;
  std::optional<haldane::v1::BudgetUse> budget_use_;
  uint64_t sequence_ = 0;
  std::map<Key, Entry> entries_;
  std::vector<haldane::v1::SignalGap> gaps_;
  bool gaps_unsent_ = false;
  std::deque<Key> exited_;  // in order of exit; some may be forgotten already
};

}  // namespace haldane::agent
