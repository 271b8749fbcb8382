#pragma once

#include <string>

#include "cli/client.h"
#include "cli/commands/commands.h"
#include "cli/console.h"

// What the controller has learned of services. One function per command, as in
// commands.h.
namespace haldane::cli {

int RunProfileList(Output output, const Server& server, const Console& console);

struct ProfileOptions {
  std::string service;
  Output output = Output::kText;
};
int RunProfileGet(const ProfileOptions& options, const Server& server, const Console& console);
int RunProfileLearn(const ProfileOptions& options, const Server& server, const Console& console);

}  // namespace haldane::cli
