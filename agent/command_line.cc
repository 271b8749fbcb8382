#include "agent/command_line.h"

#include <stdlib.h>
#include <unistd.h>

#include <iostream>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/build_info.h"

ABSL_FLAG(std::string, config, "", "Configuration file (YAML). Required.");

namespace haldane::agent {
namespace {

// absl ends the process with 1 after --help and on a bad flag alike; ours ends
// with 0 and kExitUsage.
bool parsing_flags = false;
bool help_wanted = false;
void CorrectExitStatus(int status, void*) {
  if (!parsing_flags || status != 1) return;
  std::cout.flush();
  std::cerr.flush();
  _exit(help_wanted ? 0 : kExitUsage);
}

bool IsOurs(absl::string_view file) { return absl::EndsWith(file, "agent/command_line.cc"); }

}  // namespace

absl::StatusOr<std::string> ParseCommandLine(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "counts what Ruby processes on this host do, when the controller asks for it.\n\n"
      "  haldane-agent --config FILE\n\n"
      "Exit status: 0 stopped by a signal, 1 failure, 2 wrong command line or configuration.");
  absl::FlagsUsageConfig usage;
  usage.version_string = [] { return absl::StrCat("haldane-agent ", kVersion, "\n"); };
  usage.contains_help_flags = IsOurs;
  usage.normalize_filename = [](absl::string_view file) {
    return IsOurs(file) ? std::string("agent/command_line.cc") : std::string(file);
  };
  absl::SetFlagsUsageConfig(usage);

  for (int i = 1; i < argc; ++i) help_wanted |= absl::string_view(argv[i]) == "--help";
  on_exit(CorrectExitStatus, nullptr);
  parsing_flags = true;
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  parsing_flags = false;

  if (arguments.size() > 1)
    return absl::InvalidArgumentError(absl::StrCat("unexpected argument ", arguments[1]));
  const std::string path = absl::GetFlag(FLAGS_config);
  if (path.empty()) return absl::InvalidArgumentError("--config is missing: name the configuration file");
  return path;
}

}  // namespace haldane::agent
