#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "cli/commands/commands.h"
#include "cli/commands/failure.h"
#include "cli/render/json.h"
#include "cli/render/numbers.h"
#include "cli/render/table.h"
#include "cli/render/words.h"

namespace haldane::cli {
namespace {

std::string Values(const google::protobuf::RepeatedPtrField<haldane::v1::Label>& labels) {
  return absl::StrJoin(labels, ",", [](std::string* out, const haldane::v1::Label& label) {
    absl::StrAppend(out, Printable(label.value()));
  });
}

}  // namespace

int RunRolloutList(const RolloutListOptions& options, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  const auto list = (*client)->ListRollouts(options.service, options.limit);
  if (!list.ok()) return FailCall(console, list.status());
  if (options.output == Output::kJson) {
    console.out << Json(*list) << "\n";
    return kExitDone;
  }
  Table table({"ROLLOUT", "STATE", "SERVICE", "CANARY", "BASELINE", "AGE"});
  for (const haldane::v1::Rollout& rollout : list->rollouts()) {
    const absl::Time created = absl::FromUnixSeconds(rollout.created_at().seconds());
    table.AddRow({Printable(rollout.name()), Label(console.out_style, WordOf(rollout.verdict().state())),
                  Printable(rollout.plan().service()), Values(rollout.plan().canary()),
                  Values(rollout.plan().baseline()), ShortTime(absl::Now() - created)});
  }
  if (table.empty()) {
    console.err << "there are no rollouts" << (options.service.empty() ? "" : " of this service")
                << "; open one: haldane gate --plan FILE" << std::endl;
  } else {
    console.out << table.Render();
  }
  return kExitDone;
}

}  // namespace haldane::cli
