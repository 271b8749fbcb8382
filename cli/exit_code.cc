#include "cli/exit_code.h"

namespace haldane::cli {

ExitCode ExitCodeOf(haldane::v1::RolloutState state) {
  switch (state) {
    case haldane::v1::ROLLOUT_STATE_PROCEED:
      return kExitDone;
    case haldane::v1::ROLLOUT_STATE_ROLLED_BACK:
      return kExitRollback;
    case haldane::v1::ROLLOUT_STATE_HALTED:
    case haldane::v1::ROLLOUT_STATE_ABORTED:
      return kExitHalt;
    default:
      return kExitUndecided;
  }
}

ExitCode ExitCodeOf(const haldane::v1::Rollout& rollout) {
  const haldane::v1::RolloutState state = rollout.verdict().state();
  return ExitCodeOf(state == haldane::v1::ROLLOUT_STATE_OVERRIDDEN ? rollout.decision() : state);
}

ExitCode ExitCodeOf(const absl::Status& failure) {
  switch (failure.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return kExitUnreachable;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return kExitNotAllowed;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kAlreadyExists:
      return kExitUsage;
    default:
      return kExitError;
  }
}

std::string ExitCodeHelp() {
  return R"(CODE  MEANING
0     done; of gate: proceed, or a person overrode the judge with proceed
1     the tool or the server failed
2     the command line or the plan is wrong, or the rollout's name is taken by another plan
3     gate: rollback, by the judge or by a person
4     gate: halt, or a person aborted the rollout
5     gate: undecided at the deadline
6     the controller cannot be reached, or says nothing (gate --on-unreachable pass: 0 instead)
7     the controller does not know the caller, or does not allow the call
130   interrupted; the rollout goes on

haldane doctor: 0 every signal can be had, 3 some, 1 none.
)";
}

}  // namespace haldane::cli
