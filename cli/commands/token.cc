#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "cli/commands/failure.h"
#include "cli/commands/operator_commands.h"
#include "cli/render/json.h"
#include "cli/render/numbers.h"
#include "cli/render/table.h"
#include "cli/render/words.h"
#include "google/protobuf/util/time_util.h"
#include "haldane/v1/token.pb.h"

namespace haldane::cli {
namespace {

std::string StandingOf(const haldane::v1::Token& token) {
  if (token.has_revoked_at()) return "revoked";
  const absl::Duration left = absl::FromUnixSeconds(token.expires_at().seconds()) - absl::Now();
  return left <= absl::ZeroDuration() ? "expired" : absl::StrCat("expires in ", ShortTime(left));
}

}  // namespace

int RunTokenCreate(const TokenCreateOptions& options, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  haldane::v1::CreateTokenRequest request;
  request.set_name(options.name);
  request.set_role(options.role);
  for (const std::string& service : options.services) request.add_services(service);
  if (options.expires_in > absl::ZeroDuration()) {
    *request.mutable_expires_in() =
        google::protobuf::util::TimeUtil::NanosecondsToDuration(absl::ToInt64Nanoseconds(options.expires_in));
  }
  haldane::v1::CreateTokenResponse response;
  const absl::Status status = (*client)->Unary("/haldane.v1.Tokens/Create", request, &response);
  if (!status.ok()) return FailCall(console, status);
  if (options.output == Output::kJson) {
    console.out << Json(response) << "\n";
    return kExitDone;
  }
  console.out << response.secret() << "\n";
  console.err << "token " << response.token().id() << " of " << Printable(response.token().role()) << " "
              << Printable(response.token().name()) << ", " << StandingOf(response.token())
              << "; it is shown this once: keep it as a secret of your pipeline (HALDANE_TOKEN)" << std::endl;
  return kExitDone;
}

int RunTokenList(Output output, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  haldane::v1::ListTokensResponse response;
  const absl::Status status =
      (*client)->Unary("/haldane.v1.Tokens/List", haldane::v1::ListTokensRequest(), &response);
  if (!status.ok()) return FailCall(console, status);
  if (output == Output::kJson) {
    console.out << Json(response) << "\n";
    return kExitDone;
  }
  Table table({"ID", "NAME", "ROLE", "SERVICES", "STATUS", "CREATED BY"});
  for (const haldane::v1::Token& token : response.tokens()) {
    const std::string services = absl::StrJoin(token.services(), ",");
    table.AddRow({Printable(token.id()), Printable(token.name()), Printable(token.role()),
                  services.empty() ? "all" : Printable(services), StandingOf(token),
                  Printable(token.created_by().name())});
  }
  if (table.empty()) {
    console.err << "there are no tokens" << std::endl;
  } else {
    console.out << table.Render();
  }
  return kExitDone;
}

int RunTokenRevoke(const std::string& id, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  haldane::v1::RevokeTokenRequest request;
  request.set_id(id);
  haldane::v1::Token token;
  const absl::Status status = (*client)->Unary("/haldane.v1.Tokens/Revoke", request, &token);
  if (!status.ok()) return FailCall(console, status);
  console.out << Printable(token.id()) << " of " << Printable(token.name()) << " revoked\n";
  return kExitDone;
}

}  // namespace haldane::cli
