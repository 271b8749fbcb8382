#include "cli/commands/commands.h"
#include "cli/commands/failure.h"
#include "cli/render/json.h"
#include "cli/render/report.h"

namespace haldane::cli {

int RunRolloutGet(const RolloutOptions& options, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  const auto rollout = (*client)->GetRollout(options.name);
  if (!rollout.ok()) return FailCall(console, rollout.status());

  if (options.output == Output::kJson) {
    console.out << Json(*rollout) << "\n";
    return kExitDone;
  }
  console.out << VerdictReport(*rollout, console.out_style);
  const std::string hosts = HostsReport(*rollout);
  console.out << (hosts.empty() ? "\nno host reports processes of this service yet\n" : "\n" + hosts);
  return kExitDone;
}

}  // namespace haldane::cli
