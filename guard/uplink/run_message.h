#pragma once

#include <string>

#include "absl/time/time.h"
#include "guard/report/summary.h"
#include "haldane/v1/guard_run.pb.h"

// A run as the controller is told of it: bounded, in UTF-8, secrets masked.
namespace haldane::guard {

// What a summary does not say.
struct RunOrigin {
  std::string service;  // may be empty
  bool rollback = false;
};

// Names, times and counts; of a run whose script has ended its exit code too.
// The revision is the caller's to set.
haldane::v1::GuardRun RunMessage(const Summary& summary, const RunOrigin& origin,
                                 haldane::v1::GuardRunState state);

// The message of a run whose guard could not be set up.
haldane::v1::GuardRun FailedRunMessage(const RunInfo& run, const RunOrigin& origin, absl::Time started,
                                       absl::string_view failure);

// Adds a line of the record, or counts it when there are enough.
void AddEventLine(absl::Time time, absl::string_view line, haldane::v1::GuardRun* message);

// `text` with what is no UTF-8 replaced, cut at a character.
std::string Utf8Text(absl::string_view text, size_t most);

}  // namespace haldane::guard
