#include "cli/commands/commands.h"
#include "cli/commands/failure.h"
#include "cli/render/explain.h"
#include "cli/render/json.h"

namespace haldane::cli {

int RunRolloutExplain(const RolloutOptions& options, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  const auto rollout = (*client)->GetRollout(options.name);
  if (!rollout.ok()) return FailCall(console, rollout.status());

  if (options.output == Output::kJson) {
    console.out << Json(rollout->verdict()) << "\n";
  } else {
    console.out << ExplainReport(*rollout, console.out_style);
  }
  return kExitDone;
}

}  // namespace haldane::cli
