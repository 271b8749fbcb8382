#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "cli/commands/failure.h"
#include "cli/commands/guard_commands.h"
#include "cli/render/guard.h"
#include "cli/render/json.h"
#include "haldane/v1/guard.pb.h"

namespace haldane::cli {
namespace {

int ListFindings(const GuardListOptions& options, Client& client, const Console& console) {
  haldane::v1::ListGuardFindingsRequest request;
  request.set_deploy_id(options.deploy_id);
  request.set_service(options.service);
  request.set_limit(options.limit);
  haldane::v1::ListGuardFindingsResponse list;
  const absl::Status status = client.Unary("/haldane.v1.Guard/ListFindings", request, &list);
  if (!status.ok()) return FailCall(console, status);
  if (options.output == Output::kJson) {
    console.out << Json(list) << "\n";
  } else if (list.findings().empty()) {
    console.err << "no guarded run found a dependency" << std::endl;
  } else {
    console.out << GuardFindingsTable(list);
  }
  return kExitDone;
}

}  // namespace

int RunGuardList(const GuardListOptions& options, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  if (options.findings) return ListFindings(options, **client, console);
  haldane::v1::ListGuardRunsRequest request;
  request.set_deploy_id(options.deploy_id);
  request.set_service(options.service);
  request.set_host(options.host);
  request.set_limit(options.limit);
  haldane::v1::ListGuardRunsResponse list;
  const absl::Status status = (*client)->Unary("/haldane.v1.Guard/List", request, &list);
  if (!status.ok()) return FailCall(console, status);
  if (options.output == Output::kJson) {
    console.out << Json(list) << "\n";
  } else if (list.runs().empty()) {
    console.err << "no guarded run was reported; haldane guard run --controller ADDR reports one"
                << std::endl;
  } else {
    console.out << GuardRunsTable(list.runs(), absl::Now());
  }
  return kExitDone;
}

int RunGuardGet(const GuardGetOptions& options, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  haldane::v1::GetGuardRunRequest request;
  request.set_run_id(options.run_id);
  haldane::v1::GuardRun run;
  const absl::Status status = (*client)->Unary("/haldane.v1.Guard/Get", request, &run);
  if (!status.ok()) return FailCall(console, status);
  console.out << (options.output == Output::kJson ? Json(run) + "\n" : GuardRunReport(run));
  return kExitDone;
}

}  // namespace haldane::cli
