#pragma once

#include <string>

#include "absl/status/status.h"
#include "haldane/v1/rollout.pb.h"
#include "haldane/v1/verdict.pb.h"

namespace haldane::cli {

// What `haldane` exits with. Pipelines depend on these: they never change.
enum ExitCode : int {
  kExitDone = 0,           // done; the verdict is proceed
  kExitError = 1,          // the tool or the server failed
  kExitUsage = 2,          // the command line or the plan is wrong
  kExitRollback = 3,       // the verdict is rollback
  kExitHalt = 4,           // the verdict is halt, or a person ended the rollout
  kExitUndecided = 5,      // no verdict at the deadline
  kExitUnreachable = 6,    // the controller cannot be reached, or says nothing
  kExitNotAllowed = 7,     // the controller does not know or not allow the caller
  kExitInterrupted = 130,  // interrupted; the rollout goes on
};

// Exit code of a rollout in this terminal state; kExitUndecided for others.
ExitCode ExitCodeOf(haldane::v1::RolloutState state);

// Exit code of this rollout: as its state has it, or as the person decided who
// overrode it.
ExitCode ExitCodeOf(const haldane::v1::Rollout& rollout);

// Exit code of a call to the controller that failed.
ExitCode ExitCodeOf(const absl::Status& failure);

// The table that `haldane help exit-codes` prints.
std::string ExitCodeHelp();

}  // namespace haldane::cli
