#include "cli/plan_file.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "plan/defaults.h"
#include "plan/limits.h"
#include "plan/plan_yaml.h"

namespace haldane::cli {
namespace {

// Larger than any plan; ParsePlan has the narrower bound and the better words.
constexpr size_t kFileLimit = 1 << 20;

}  // namespace

absl::StatusOr<haldane::v1::Plan> LoadPlan(const std::string& path, const std::string& rollout_name) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kFileLimit));
  ASSIGN_OR_RETURN(haldane::v1::Plan plan, plan::ParsePlan(text, path));
  if (!rollout_name.empty()) {
    if (const std::optional<std::string> problem = plan::RolloutNameProblem(rollout_name)) {
      return absl::InvalidArgumentError(absl::StrCat("--rollout-name ", *problem));
    }
    plan.set_rollout(rollout_name);
  }
  return plan::WithDefaults(plan);
}

}  // namespace haldane::cli
