#include "cli/commands/failure.h"
#include "cli/commands/guard_commands.h"

#ifdef HALDANE_WITH_AGENT

#include <algorithm>
#include <string>

#include "absl/strings/str_format.h"
#include "guard/cgroup/hierarchy.h"
#include "guard/kernel/features.h"

namespace haldane::cli {
namespace {

void PrintTrial(const guard::FeatureTrial& trial, const Console& console) {
  const Color color = trial.works ? Color::kGreen : trial.needed ? Color::kRed : Color::kYellow;
  const char* word = trial.works ? "yes" : trial.needed ? "NO" : "no";
  console.out << absl::StrFormat("%-18s ", trial.name) << Paint(console.out_style, color, word)
              << std::string(5 - std::string(word).size(), ' ') << trial.gives << "\n";
  if (trial.works) return;
  console.out << "  why      " << Printable(trial.problem) << "\n  do       " << trial.remedy << "\n";
}

// Who would hold the limits of a policy, and whether that is all of them.
bool PrintGroups(const Console& console) {
  const absl::StatusOr<guard::CgroupHierarchy> hierarchy = guard::FindCgroups();
  if (!hierarchy.ok()) {
    console.out << absl::StrFormat("%-18s ", "cgroup2") << Paint(console.out_style, Color::kRed, "NO")
                << "   " << hierarchy.status().message() << "\n";
    return false;
  }
  console.out << absl::StrFormat("%-18s ", "cgroup2") << Paint(console.out_style, Color::kGreen, "yes")
              << "  scripts run in a group below " << Printable(hierarchy->unified) << "\n";
  for (const char* controller : {"cpu", "memory", "pids"}) {
    const std::string who(hierarchy->WhoLimits(controller));
    console.out << absl::StrFormat("%-18s ", absl::StrFormat("limits.%s", controller))
                << Paint(console.out_style, who == "none" ? Color::kYellow : Color::kGreen,
                         who == "none" ? "no" : "yes")
                << (who == "none"
                        ? "   no group hierarchy has this controller: policies that limit it are refused"
                        : absl::StrFormat("  held by cgroup %s", who))
                << "\n";
  }
  return true;
}

}  // namespace

int RunGuardProbe(const Console& console) {
  const std::vector<guard::FeatureTrial> trials = guard::TryFeatures();
  for (const guard::FeatureTrial& trial : trials) PrintTrial(trial, console);
  const bool groups = PrintGroups(console);
  const auto broken = [](const guard::FeatureTrial& t) { return t.needed && !t.works; };
  if (!groups || std::any_of(trials.begin(), trials.end(), broken)) return kExitError;
  const bool all = std::all_of(trials.begin(), trials.end(), [](const auto& t) { return t.works; });
  return all ? kExitDone : kExitRollback;
}

}  // namespace haldane::cli

#else

namespace haldane::cli {

int RunGuardProbe(const Console& console) {
  return Fail(console, kExitError,
              absl::UnimplementedError("this haldane was built without the kernel side (HALDANE_BPF=OFF)"));
}

}  // namespace haldane::cli

#endif
