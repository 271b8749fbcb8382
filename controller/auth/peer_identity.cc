#include "controller/auth/peer_identity.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/server_context.h>

#include <memory>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "controller/host_name.h"

namespace haldane::controller {
namespace {

constexpr absl::string_view kScheme = "haldane://";
constexpr absl::string_view kExpected = "haldane://agent/HOST or haldane://deployer/NAME";

absl::string_view RoleName(Role role) { return role == Role::kAgent ? "agent" : "deployer"; }

std::optional<PeerIdentity> ParseUri(absl::string_view uri) {
  absl::ConsumePrefix(&uri, kScheme);
  for (const Role role : {Role::kAgent, Role::kDeployer}) {
    absl::string_view name = uri;
    if (absl::ConsumePrefix(&name, absl::StrCat(RoleName(role), "/")) && IsHostName(name)) {
      return PeerIdentity{role, std::string(name)};
    }
  }
  return std::nullopt;
}

absl::StatusOr<std::string> NameInRole(Role role, const std::vector<std::string>& uris) {
  ASSIGN_OR_RETURN(PeerIdentity peer, IdentityFromUris(uris));
  if (peer.role == role) return std::move(peer.name);
  return absl::PermissionDeniedError(absl::StrCat("the certificate is that of ", RoleName(peer.role), " ",
                                                  peer.name, ", but this call is for role ", RoleName(role)));
}

}  // namespace

absl::StatusOr<PeerIdentity> IdentityFromUris(const std::vector<std::string>& uris) {
  std::vector<std::string> ours;
  for (const std::string& uri : uris) {
    if (absl::StartsWith(uri, kScheme)) ours.push_back(uri);
  }
  if (ours.size() != 1) {
    return absl::UnauthenticatedError(
        absl::StrCat("the certificate has ", ours.size(), " haldane:// names; it must have ",
                     "one URI among its subject alternative names, ", kExpected));
  }
  std::optional<PeerIdentity> peer = ParseUri(ours.front());
  if (!peer) {
    return absl::UnauthenticatedError(absl::StrCat("the certificate's name ",
                                                   JsonQuote(ours.front().substr(0, 300)),
                                                   " is not of the form ", kExpected));
  }
  return *std::move(peer);
}

absl::StatusOr<std::string> PeerCheck::Require(Role role, const grpc::ServerContextBase& context) const {
  if (!tls_) return "";
  std::vector<std::string> uris;
  const std::shared_ptr<const grpc::AuthContext> auth = context.auth_context();
  // The property for URIs alone: a DNS name must not pass for one.
  for (const grpc::string_ref& uri : auth->FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME)) {
    uris.emplace_back(uri.data(), uri.size());
  }
  absl::StatusOr<std::string> name = NameInRole(role, uris);
  if (!name.ok()) {
    metrics_->calls_denied.Increment();
    LogWarning("call denied", {{"peer", context.peer()}, {"why", name.status().message()}});
  }
  return name;
}

}  // namespace haldane::controller
