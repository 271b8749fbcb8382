#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "haldane/v1/audit.pb.h"
#include "haldane/v1/plan.pb.h"
#include "haldane/v1/verdict.pb.h"

namespace haldane::cli {

// The log of one rollout in a file: a line that names the format, then every
// event, each with its length in front.
absl::Status WriteRecording(const std::string& file, const std::vector<haldane::v1::LoggedEvent>& events);
// NOT_FOUND, or DATA_LOSS, naming the file and the event, when it is no
// recording, was cut short, or does not match its chain of digests. The file may
// be hostile.
absl::StatusOr<std::vector<haldane::v1::LoggedEvent>> ReadRecording(const std::string& file);

// What a judge made of a recording.
struct Replayed {
  haldane::v1::RolloutState state =
      haldane::v1::ROLLOUT_STATE_UNSPECIFIED;  // unspecified: no verdict until its end
  absl::Duration after;                        // since the rollout was opened
  std::string sentence;
};

// Both ends of a recording under its own plan.
struct SelfReplay {
  Replayed recorded;       // what was logged; an aborted or overridden rollout's state says so
  Replayed judged;         // what the judge of this program says
  bool identical = false;  // every verdict in the log is bit for bit what is said now
};

// Judges a recording again. DATA_LOSS when the log cannot be replayed.
absl::StatusOr<SelfReplay> Replay(const std::vector<haldane::v1::LoggedEvent>& events);
// The same under another plan: its verdict and when it would have come. Service,
// canary and baseline stay the recording's, so that one plan is tried on the
// recordings of many rollouts.
absl::StatusOr<Replayed> ReplayUnder(const std::vector<haldane::v1::LoggedEvent>& events,
                                     const haldane::v1::Plan& plan);

}  // namespace haldane::cli
