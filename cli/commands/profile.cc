#include "cli/render/profile.h"
#include "absl/time/clock.h"
#include "cli/commands/failure.h"
#include "cli/commands/profile_commands.h"
#include "cli/render/json.h"
#include "haldane/v1/profile.pb.h"

namespace haldane::cli {
namespace {

int ShowProfile(const haldane::v1::Profile& profile, Output output, const Console& console) {
  if (output == Output::kJson) {
    console.out << Json(profile) << "\n";
  } else {
    console.out << ProfileReport(profile, absl::Now(), console.out_style);
  }
  return kExitDone;
}

// Gets a profile by a method of the service Profiles.
template <typename Request>
int Call(const std::string& method, const ProfileOptions& options, const Server& server,
         const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  Request request;
  request.set_service(options.service);
  haldane::v1::Profile profile;
  const absl::Status status = (*client)->Unary("/haldane.v1.Profiles/" + method, request, &profile);
  if (!status.ok()) return FailCall(console, status);
  return ShowProfile(profile, options.output, console);
}

}  // namespace

int RunProfileList(Output output, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  haldane::v1::ListProfilesResponse list;
  const absl::Status status =
      (*client)->Unary("/haldane.v1.Profiles/List", haldane::v1::ListProfilesRequest(), &list);
  if (!status.ok()) return FailCall(console, status);
  if (output == Output::kJson) {
    console.out << Json(list) << "\n";
  } else if (list.profiles().empty()) {
    console.err << "there are no profiles; a service gets one from quiet time after its first rollout"
                << std::endl;
  } else {
    console.out << ProfilesTable(list, absl::Now());
  }
  return kExitDone;
}

int RunProfileGet(const ProfileOptions& options, const Server& server, const Console& console) {
  return Call<haldane::v1::GetProfileRequest>("Get", options, server, console);
}

int RunProfileLearn(const ProfileOptions& options, const Server& server, const Console& console) {
  return Call<haldane::v1::LearnProfileRequest>("Learn", options, server, console);
}

}  // namespace haldane::cli
