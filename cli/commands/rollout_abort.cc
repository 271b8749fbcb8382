#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/commands/failure.h"
#include "cli/render/json.h"
#include "cli/render/words.h"

namespace haldane::cli {

int RunRolloutAbort(const RolloutAbortOptions& options, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  const auto rollout = (*client)->AbortRollout(options.name, options.reason);
  if (!rollout.ok()) return FailCall(console, rollout.status());

  if (options.output == Output::kJson) console.out << Json(*rollout) << "\n";
  const haldane::v1::RolloutState state = rollout->verdict().state();
  if (state != haldane::v1::ROLLOUT_STATE_ABORTED) {
    return Fail(console, kExitError,
                absl::FailedPreconditionError(absl::StrCat(options.name, " had its verdict already, ",
                                                           WordOf(state).word, "; nothing was changed")));
  }
  if (options.output == Output::kText) console.out << Printable(rollout->name()) << " aborted\n";
  return kExitDone;
}

}  // namespace haldane::cli
