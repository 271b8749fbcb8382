#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cli/client.h"
#include "cli/render/progress.h"
#include "haldane/v1/rollout.pb.h"

namespace haldane::cli {

// How long a gate is patient.
struct GateLimits {
  absl::Duration timeout;        // for a verdict
  bool wait_for_people = false;  // longer while an override holds or extends the rollout
  absl::Duration unreachable_after = absl::Seconds(30);  // for the controller to come back
  absl::Duration silent_after = absl::Seconds(15);       // for a connected controller to say anything
  absl::Duration retry_every = absl::Milliseconds(500);  // between attempts to reconnect
};

// What a gate follows.
struct GateTarget {
  std::string rollout;
  const haldane::v1::Plan* plan = nullptr;  // opens it with this; none: it must be there
  std::string stage;                        // ends once this stage is passed; empty: at the end only
};

// How a gate ended.
struct GateOutcome {
  enum class Kind {
    kVerdict,      // rollout is in a terminal state
    kStagePassed,  // it goes on with the stage after the one asked for
    kTimeout,      // no verdict in time
    kUnreachable,  // `failure` says why the controller was given up
    kInterrupted,
    kError,  // `failure` says why it makes no sense to go on
  };
  Kind kind = Kind::kError;
  absl::Status failure;
  std::optional<haldane::v1::Rollout> rollout;  // as it was last seen, if it was
};

// Opens the rollout of `target`, or finds it open, and follows it to its verdict
// through restarts of the controller. Shows it on `progress`. Ends early when
// `interrupt_fd` (-1 for none) becomes readable. Never ends the rollout itself.
GateOutcome FollowRollout(Client& client, const GateTarget& target, const GateLimits& limits,
                          int interrupt_fd, Progress& progress);

}  // namespace haldane::cli
