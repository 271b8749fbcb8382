#include "cli/commands/commands.h"
#include "cli/commands/failure.h"
#include "cli/plan_file.h"
#include "cli/render/json.h"
#include "cli/render/words.h"

namespace haldane::cli {

int RunRolloutCreate(const RolloutCreateOptions& options, const Server& server, const Console& console) {
  const auto plan = LoadPlan(options.plan_file, options.rollout_name);
  if (!plan.ok()) return Fail(console, kExitUsage, plan.status());
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  const auto rollout = (*client)->CreateRollout(*plan);
  if (!rollout.ok()) return FailCall(console, rollout.status());

  if (options.output == Output::kJson) {
    console.out << Json(*rollout) << "\n";
  } else {
    console.out << Printable(rollout->name()) << "\n";
    console.err << "the rollout is " << WordOf(rollout->verdict().state()).word
                << "; look: haldane rollout get " << Printable(rollout->name()) << std::endl;
  }
  return kExitDone;
}

}  // namespace haldane::cli
