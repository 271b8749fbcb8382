#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "haldane/v1/plan.pb.h"

namespace haldane::plan {

// Reads a plan as people write it, in YAML or JSON:
//
//   rollout: web-2026-03-02.3              # default: service and canary revision
//   service: web
//   canary:   {revision: def456}           # any labels
//   baseline: {revision: abc123}
//   observe: {min: 3m, max: 30m, warmup: 45s}
//   budget: {false_stop: 0.01, missed: 0.05}
//   signals:
//     - {name: ruby.exceptions, tolerate: 1.25x, absolute: 0.0005, action: rollback, weight: 2}
//   min_hosts: 1
//
// Only service, canary and baseline are required. The result holds what the
// text says and nothing more, and is valid once WithDefaults has filled it in.
//
// INVALID_ARGUMENT with everything that is wrong, in the order of the lines,
// one "FILE:LINE: key.path: what is wrong; what to do" each. The text may be
// hostile.
absl::StatusOr<haldane::v1::Plan> ParsePlan(absl::string_view text, absl::string_view file_name);

}  // namespace haldane::plan
