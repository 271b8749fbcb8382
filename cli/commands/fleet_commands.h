#pragma once

#include <string>

#include "cli/client.h"
#include "cli/commands/commands.h"
#include "cli/console.h"

// Hosts and kill switches. One function per command, as in commands.h.
namespace haldane::cli {

struct FleetListOptions {
  std::string service;  // empty: every host
  Output output = Output::kText;
};
int RunFleetList(const FleetListOptions& options, const Server& server, const Console& console);

struct FleetGetOptions {
  std::string host;
  Output output = Output::kText;
};
int RunFleetGet(const FleetGetOptions& options, const Server& server, const Console& console);

struct FleetSwitchOptions {
  std::string service;  // empty: everything, which `everything` must say
  bool everything = false;
  std::string reason;
  Output output = Output::kText;
};
int RunFleetKill(const FleetSwitchOptions& options, const Server& server, const Console& console);
int RunFleetArm(const FleetSwitchOptions& options, const Server& server, const Console& console);

}  // namespace haldane::cli
