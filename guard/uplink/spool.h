#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/unique_fd.h"
#include "haldane/v1/guard_run.pb.h"

namespace haldane::guard {

// Reports of runs on their way to the controller: a file each, OUT/spool/RUN.report,
// replaced as a whole by the run and removed by whoever has sent the last one.
// A controller that is away costs a run nothing; what could not be sent goes
// with a later run, or with `haldane guard send`. Used by several processes.
class Spool {
 public:
  // Of the runs whose folder of records is `out`.
  explicit Spool(absl::string_view out);

  // Replaces the report of its run. When kMostReports wait, the oldest is
  // dropped for it.
  absl::Status Put(const haldane::v1::GuardRun& run) const;
  // Runs with a report, the oldest first.
  std::vector<std::string> Waiting() const;
  // NOT_FOUND when it was sent meanwhile; DATA_LOSS when it cannot be read.
  absl::StatusOr<haldane::v1::GuardRun> Read(const std::string& run_id) const;
  void Remove(const std::string& run_id) const;

  // Shows that the run lives, for as long as this descriptor or a copy of it in
  // another process is open.
  absl::StatusOr<UniqueFd> HoldAlive(const std::string& run_id) const;
  bool IsAlive(const std::string& run_id) const;

  // Keeps why the controller will never take this report, which no longer waits.
  void Refuse(const std::string& run_id, absl::string_view why) const;
  // What was said so, once; empty when it was not refused.
  std::string TakeRefusal(const std::string& run_id) const;

  static constexpr size_t kMostReports = 1000;

 private:
  std::string File(const std::string& run_id, absl::string_view ending) const;

  const std::string folder_;
};

// True for a report that no other will follow.
bool IsFinal(const haldane::v1::GuardRun& run);

}  // namespace haldane::guard
