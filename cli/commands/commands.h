#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "cli/client.h"
#include "cli/console.h"

// One function per command, each in a file of its own. They return the exit
// code (exit_code.h) and print failures to the console's err.
namespace haldane::cli {

// kGithub is of gate alone: text, and outputs, summary and annotation of a step
// of a GitHub workflow.
enum class Output { kText, kJson, kGithub };

struct GateOptions {
  std::string plan_file;
  std::string rollout_name;  // empty: the plan's
  std::string stage;         // until it is passed; empty: to the end
  // For a verdict; zero: the plan's observe.max, at which the controller itself
  // ends the rollout, and a grace of five minutes.
  absl::Duration timeout;
  absl::Duration unreachable_after = absl::Seconds(30);
  absl::Duration silent_after = absl::Seconds(15);
  bool pass_when_unreachable = false;
  Output output = Output::kText;
  int interrupt_fd = -1;  // readable when somebody interrupts
};
int RunGate(const GateOptions& options, const Server& server, const Console& console);

struct RolloutCreateOptions {
  std::string plan_file;
  std::string rollout_name;  // empty: the plan's
  Output output = Output::kText;
};
int RunRolloutCreate(const RolloutCreateOptions& options, const Server& server, const Console& console);

struct RolloutListOptions {
  std::string service;  // empty: all
  uint32_t limit = 100;
  Output output = Output::kText;
};
int RunRolloutList(const RolloutListOptions& options, const Server& server, const Console& console);

struct RolloutOptions {
  std::string name;
  Output output = Output::kText;
};
int RunRolloutGet(const RolloutOptions& options, const Server& server, const Console& console);
int RunRolloutExplain(const RolloutOptions& options, const Server& server, const Console& console);

struct WatchOptions {
  std::string rollout;  // empty: all
  std::string service;  // of all: only those of this service; empty: any
  absl::Duration every = absl::Seconds(1);
  int interrupt_fd = -1;  // readable when somebody interrupts
};
// Shows one rollout until it ends, or all of them until it is interrupted.
int RunWatch(const WatchOptions& options, const Server& server, const Console& console);

struct RolloutAbortOptions {
  std::string name;
  std::string reason;
  Output output = Output::kText;
};
int RunRolloutAbort(const RolloutAbortOptions& options, const Server& server, const Console& console);

int RunPlanLint(const std::string& plan_file, const Console& console);

// `rubies`: also list the Ruby interpreters of this host.
int RunDoctor(bool rubies, const Console& console);

int RunVersion(const Console& console);

}  // namespace haldane::cli
