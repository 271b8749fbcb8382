#include "cli/commands/commands.h"
#include "cli/commands/failure.h"

#ifdef HALDANE_WITH_AGENT

#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "agent/discovery/process_finder.h"
#include "agent/kernel/compatibility.h"
#include "cli/render/compatibility.h"

namespace haldane::cli {
namespace {

// "usdt", "symbol", "disassembly", "degraded" or "none".
std::string SourceName(haldane::v1::ProbeSource source) {
  return absl::AsciiStrToLower(absl::StripPrefix(haldane::v1::ProbeSource_Name(source), "PROBE_SOURCE_"));
}

void PrintRubies(const Console& console) {
  agent::ProcessFinder finder("/proc", {}, {});
  std::map<agent::BinaryKey, std::vector<uint32_t>> pids;
  for (const agent::RubyProcess& process : finder.Scan()) pids[process.binary].push_back(process.pid);

  if (pids.empty()) console.out << "\nno process on this host runs Ruby\n";
  for (const auto& [key, processes] : pids) {
    const agent::Interpreter* ruby = finder.interpreter(key);
    if (ruby == nullptr) continue;
    console.out << "\n"
                << Paint(console.out_style, Color::kBold, absl::StrCat("ruby ", Printable(ruby->version)))
                << "  exceptions counted by: " << SourceName(ruby->raise.source) << "\n"
                << "  pids      " << absl::StrJoin(processes, ", ") << "\n"
                << "  build id  " << (ruby->build_id.empty() ? "none" : Printable(ruby->build_id)) << "\n"
                << "  why       " << Printable(ruby->raise.explanation) << "\n";
  }
  for (const auto& [path, why] : finder.rejected()) {
    console.out << "\nnot usable: " << Printable(path) << "\n  why       " << Printable(why) << "\n";
  }
  if (finder.unreadable() > 0) {
    console.err << "\nprocesses that could not be examined: " << finder.unreadable()
                << " (root of the host sees all)" << std::endl;
  }
}

}  // namespace

int RunDoctor(bool rubies, const Console& console) {
  const haldane::v1::Compatibility compatibility = agent::ProbeCompatibility();
  console.out << CompatibilityReport(compatibility, console.out_style);
  if (rubies) PrintRubies(console);
  return CompatibilityExitCode(compatibility);
}

}  // namespace haldane::cli

#else

namespace haldane::cli {

int RunDoctor(bool, const Console& console) {
  return Fail(console, kExitError,
              absl::UnimplementedError(
                  "this haldane was built without the kernel side (HALDANE_BPF=OFF); run the one "
                  "that is installed with haldane-agent"));
}

}  // namespace haldane::cli

#endif
