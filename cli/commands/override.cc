#include "absl/strings/str_cat.h"
#include "cli/commands/failure.h"
#include "cli/commands/operator_commands.h"
#include "cli/render/json.h"
#include "cli/render/numbers.h"
#include "cli/render/overrides.h"
#include "cli/render/table.h"
#include "cli/render/words.h"
#include "google/protobuf/util/time_util.h"
#include "haldane/v1/overrides.pb.h"

namespace haldane::cli {
namespace {

google::protobuf::Duration ToDuration(absl::Duration duration) {
  return google::protobuf::util::TimeUtil::NanosecondsToDuration(absl::ToInt64Nanoseconds(duration));
}

// Says what the override made of the rollout.
int Answer(const haldane::v1::OverrideResponse& response, Output output, const Console& console) {
  if (output == Output::kJson) {
    console.out << Json(response) << "\n";
    return kExitDone;
  }
  const haldane::v1::Override& override = response.override();
  console.out << Printable(override.rollout()) << " override " << override.id() << ": "
              << OverrideWord(override.kind()) << ", " << StatusWord(override.status()) << ", by "
              << Printable(override.author().name()) << ", " << UntilText(override) << "\n";
  console.err << "the rollout is " << WordOf(response.rollout().verdict().state()).word << ", revision "
              << response.rollout().revision() << "; look: haldane rollout get "
              << Printable(override.rollout()) << std::endl;
  return kExitDone;
}

}  // namespace

int RunOverrideApply(const OverrideApplyOptions& options, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  haldane::v1::ApplyOverrideRequest request;
  request.set_rollout(options.rollout);
  request.set_kind(options.kind);
  request.set_reason(options.reason);
  request.set_signal(options.signal);
  if (options.extend_by > absl::ZeroDuration()) *request.mutable_extend_by() = ToDuration(options.extend_by);
  if (options.expires_in > absl::ZeroDuration())
    *request.mutable_expires_in() = ToDuration(options.expires_in);
  request.set_idempotency_key(options.idempotency_key);
  request.set_expected_revision(options.revision);
  haldane::v1::OverrideResponse response;
  const absl::Status status = (*client)->Unary("/haldane.v1.Overrides/Apply", request, &response);
  if (!status.ok()) return FailCall(console, status);
  return Answer(response, options.output, console);
}

int RunOverrideRevoke(const OverrideRevokeOptions& options, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  haldane::v1::RevokeOverrideRequest request;
  request.set_rollout(options.rollout);
  request.set_id(options.id);
  request.set_reason(options.reason);
  request.set_expected_revision(options.revision);
  haldane::v1::OverrideResponse response;
  const absl::Status status = (*client)->Unary("/haldane.v1.Overrides/Revoke", request, &response);
  if (!status.ok()) return FailCall(console, status);
  return Answer(response, options.output, console);
}

int RunOverrideList(const OverrideListOptions& options, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  haldane::v1::ListOverridesRequest request;
  request.set_rollout(options.rollout);
  request.set_in_effect(options.in_effect);
  request.set_limit(options.limit);
  haldane::v1::ListOverridesResponse response;
  const absl::Status status = (*client)->Unary("/haldane.v1.Overrides/List", request, &response);
  if (!status.ok()) return FailCall(console, status);
  if (options.output == Output::kJson) {
    console.out << Json(response) << "\n";
    return kExitDone;
  }
  Table table({"ROLLOUT", "ID", "KIND", "STATUS", "AUTHOR", "ROLE", "UNTIL", "REASON"});
  for (const haldane::v1::Override& override : response.overrides()) {
    table.AddRow({Printable(override.rollout()), absl::StrCat(override.id()), OverrideWord(override.kind()),
                  StatusWord(override.status()), Printable(override.author().name()),
                  Printable(override.author().role()), UntilText(override), Printable(override.reason())});
  }
  if (table.empty()) {
    console.err << "there are no overrides" << std::endl;
  } else {
    console.out << table.Render();
  }
  return kExitDone;
}

}  // namespace haldane::cli
