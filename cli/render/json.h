#pragma once

#include <string>

#include "cli/exit_code.h"
#include "google/protobuf/message.h"
#include "haldane/v1/rollout.pb.h"

namespace haldane::cli {

// A message as proto JSON on one line: the proto's own field names, every field
// present, 64-bit numbers as strings, infinity as "Infinity". A stable format.
std::string Json(const google::protobuf::Message& message);

// What `haldane gate -o json` prints, on one line:
//   verdict    "proceed", "rollback", "halt", "undecided" or "aborted", or
//              "overridden" when a person decided instead; without one
//              "timeout", "unreachable", "interrupted" or "error"
//   exit_code  the exit code
//   reason     one sentence
//   overridden null, or what was decided instead and by whom: {"decision",
//              "judged", "author", "reason", "override"}
//   rollout    the rollout as it was last seen (proto JSON), or null
// Names are never removed and never change their meaning.
std::string GateJson(absl::string_view verdict, ExitCode exit_code, absl::string_view reason,
                     const haldane::v1::Rollout* rollout);

}  // namespace haldane::cli
