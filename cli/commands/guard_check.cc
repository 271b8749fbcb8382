#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/commands/failure.h"
#include "cli/commands/guard_commands.h"
#include "guard/policy/explain.h"
#include "guard/policy/policy_yaml.h"

namespace haldane::cli {

int RunGuardCheck(const GuardCheckOptions& options, const Console& console) {
  const auto policy = guard::LoadPolicy(options.policy_file);
  if (!policy.ok()) return Fail(console, kExitUsage, policy.status());
  if (!options.explain.empty()) {
    const auto text = guard::Explain(**policy, options.policy_file, options.explain);
    if (!text.ok()) return Fail(console, kExitUsage, text.status());
    console.out << *text;
    return kExitDone;
  }
  for (const std::string& oddity : guard::FindOddities(**policy, options.policy_file, absl::Now())) {
    console.err << oddity << std::endl;
  }
  const guard::Settings& settings = (*policy)->settings();
  console.out << options.policy_file << " is sound: mode " << guard::ModeName(settings.mode) << ", default "
              << guard::DefaultName(settings.default_verdict) << ", " << (*policy)->rules().size()
              << ((*policy)->rules().size() == 1 ? " rule" : " rules") << std::endl;
  return kExitDone;
}

}  // namespace haldane::cli
