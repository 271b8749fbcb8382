#include "cli/commands/commands.h"
#include "cli/commands/failure.h"
#include "cli/plan_file.h"
#include "plan/render.h"

namespace haldane::cli {

int RunPlanLint(const std::string& plan_file, const Console& console) {
  const auto plan = LoadPlan(plan_file, "");
  if (!plan.ok()) return Fail(console, kExitUsage, plan.status());
  console.out << plan::RenderPlan(*plan);
  console.err << plan_file << " is sound; above it is with every default filled in" << std::endl;
  return kExitDone;
}

}  // namespace haldane::cli
