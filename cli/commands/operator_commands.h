#pragma once

#include <cstdint>
#include <string>
#include <vector>

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

struct TokenCreateOptions {
  std::string name;
  std::string role;
  std::vector<std::string> services;  // empty: all
  absl::Duration expires_in;          // zero: as the controller has it
  Output output = Output::kText;
};
int RunTokenCreate(const TokenCreateOptions& options, const Server& server, const Console& console);
int RunTokenList(Output output, const Server& server, const Console& console);
int RunTokenRevoke(const std::string& id, const Server& server, const Console& console);

// Reads the logs of rollouts (all when none is named) and computes their chains
// of digests anew, on this side of the wire.
struct AuditVerifyOptions {
  std::vector<std::string> rollouts;
  std::string heads_file;  // digests kept from an earlier run, to be found again; empty for none
  bool print_heads = false;
};
int RunAuditVerify(const AuditVerifyOptions& options, const Server& server, const Console& console);
int RunAuditList(uint32_t limit, Output output, const Server& server, const Console& console);

// Writes the log of a rollout to a file, its chain of digests verified.
int RunAuditExport(const std::string& rollout, const std::string& file, const Server& server,
                   const Console& console);

// Judges recordings again, with this program's judge and, if one is given, under
// another plan. A directory of them gives a table of what became what.
struct ReplayOptions {
  std::string path;       // a recording, or a directory of them
  std::string plan_file;  // empty: each under its own plan only
  Output output = Output::kText;
};
int RunReplay(const ReplayOptions& options, const Console& console);

// Makes a certificate authority for a trial and what it signs.
struct DevCaOptions {
  std::string directory;
  std::vector<std::string> controllers;  // names and addresses of the controller
  std::vector<std::string> agents;       // host names
};
int RunDevCa(const DevCaOptions& options, const Console& console);

}  // namespace haldane::cli
