#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "cli/client.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "haldane/v1/override.pb.h"

// What on-call people and administrators do. One function per command, as in
// commands.h.
namespace haldane::cli {

struct OverrideApplyOptions {
  std::string rollout;
  haldane::v1::OverrideKind kind = haldane::v1::OVERRIDE_KIND_UNSPECIFIED;
  std::string reason;
  std::string signal;         // for mute
  absl::Duration extend_by;   // for extend
  absl::Duration expires_in;  // zero: as the controller has it
  std::string idempotency_key;
  uint64_t revision = 0;  // 0: whatever it is
  Output output = Output::kText;
};
int RunOverrideApply(const OverrideApplyOptions& options, const Server& server, const Console& console);

struct OverrideListOptions {
  std::string rollout;  // empty: of all
  bool in_effect = false;
  uint32_t limit = 100;
  Output output = Output::kText;
};
int RunOverrideList(const OverrideListOptions& options, const Server& server, const Console& console);

struct OverrideRevokeOptions {
  std::string rollout;
  uint64_t id = 0;
  std::string reason;
  uint64_t revision = 0;
  Output output = Output::kText;
};
int RunOverrideRevoke(const OverrideRevokeOptions& options, const Server& server, const Console& console);

}  // namespace haldane::cli
