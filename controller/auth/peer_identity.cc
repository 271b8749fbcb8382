#include "controller/auth/peer_identity.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/server_context.h>
#include <openssl/crypto.h>

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "controller/host_name.h"

namespace haldane::controller {
namespace {

constexpr absl::string_view kScheme = "haldane://";
constexpr absl::string_view kExpected =
    "haldane://agent/HOST or haldane://ROLE/NAME with role viewer, deployer, oncall or admin";

std::optional<PeerIdentity> ParseUri(absl::string_view uri) {
  absl::ConsumePrefix(&uri, kScheme);
  const size_t slash = uri.find('/');
  if (slash == uri.npos) return std::nullopt;
  const std::optional<Role> role = RoleNamed(uri.substr(0, slash));
  const absl::string_view name = uri.substr(slash + 1);
  if (!role || !IsHostName(name)) return std::nullopt;
  return PeerIdentity{*role, std::string(name)};
}

Caller CallerOf(PeerIdentity peer) {
  return {.name = std::move(peer.name), .role = peer.role, .credential = "certificate", .services = {}};
}

// The one value of a metadata key; empty when there is none or more than one.
std::string Metadata(const grpc::ServerContextBase& context, const char* key) {
  const auto [begin, end] = context.client_metadata().equal_range(key);
  if (begin == end || std::next(begin) != end) return "";
  return std::string(begin->second.data(), begin->second.size());
}

bool SameSecret(absl::string_view a, absl::string_view b) {
  return !a.empty() && a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

absl::Status Insufficient(const Caller& caller, Role needs) {
  return absl::PermissionDeniedError(
      absl::StrCat("the ", caller.credential == "none" ? "caller" : caller.credential, " is that of ",
                   RoleName(caller.role), " ", caller.name, ", but this call is for role ", RoleName(needs)));
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

PeerCheck::PeerCheck(Options options, Metrics* metrics) : options_(std::move(options)), metrics_(metrics) {}

absl::StatusOr<Caller> PeerCheck::Credential(const grpc::ServerContextBase& context) const {
  const bool forwarded = SameSecret(Metadata(context, ForwardedCaller::kSecret), options_.gateway_secret);
  std::string bearer = Metadata(context, "authorization");
  if (!bearer.empty()) {
    absl::string_view token = bearer;
    if (!absl::ConsumePrefix(&token, "Bearer ") && !absl::ConsumePrefix(&token, "bearer ")) {
      return absl::UnauthenticatedError("the authorization header must be of the form: Bearer TOKEN");
    }
    if (options_.bearers == nullptr) {
      return absl::UnauthenticatedError("this controller takes no bearer credentials");
    }
    return options_.bearers->Check(token);
  }
  bool proxied = false;
  if (forwarded) {
    if (std::string name = Metadata(context, ForwardedCaller::kProxyName); !name.empty()) {
      const auto role = RoleNamed(Metadata(context, ForwardedCaller::kProxyRole));
      if (!role || *role == Role::kAgent) {
        return absl::PermissionDeniedError(absl::StrCat(name, " is in no group that has a role here"));
      }
      return Caller{.name = std::move(name), .role = *role, .credential = "proxy", .services = {}};
    }
    proxied = !Metadata(context, ForwardedCaller::kProxied).empty();
  } else if (const auto auth = context.auth_context(); options_.tls && auth != nullptr) {
    std::vector<std::string> uris;
    // The property for URIs alone: a DNS name must not pass for one.
    for (const grpc::string_ref& uri : auth->FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME)) {
      uris.emplace_back(uri.data(), uri.size());
    }
    if (auth->IsPeerAuthenticated() || !uris.empty()) {
      ASSIGN_OR_RETURN(PeerIdentity peer, IdentityFromUris(uris));
      return CallerOf(std::move(peer));
    }
  }
  if (options_.anonymous && !proxied) {
    return Caller{.name = "anonymous", .role = *options_.anonymous, .credential = "none", .services = {}};
  }
  return absl::UnauthenticatedError(
      absl::StrCat("the call shows no credential; it needs a certificate with a name such as ", kExpected,
                   ", or a bearer token"));
}

absl::StatusOr<Caller> PeerCheck::Identify(const Needs& needs, absl::string_view action,
                                           const grpc::ServerContextBase& context) const {
  absl::StatusOr<Caller> caller = Credential(context);
  absl::Status denied = caller.status();
  if (caller.ok() && !Suffices(caller->role, needs)) denied = Insufficient(*caller, needs.role);
  if (denied.ok()) return caller;
  metrics_->calls_denied.Increment();
  std::string peer = Metadata(context, ForwardedCaller::kAddress);
  if (peer.empty() || !SameSecret(Metadata(context, ForwardedCaller::kSecret), options_.gateway_secret)) {
    peer = context.peer();
  }
  LogWarning("call denied", {{"peer", peer}, {"action", action}, {"why", denied.message()}});
  if (options_.refusals != nullptr) {
    options_.refusals->Refused(caller.ok() ? caller->name : peer, action, denied);
  }
  return denied;
}

absl::StatusOr<std::string> PeerCheck::Require(Role role, const grpc::ServerContextBase& context) const {
  // Hosts are believed on loopback.
  if (role == Role::kAgent && !options_.tls) return "";
  ASSIGN_OR_RETURN(Caller caller, Identify(role, absl::StrCat("a call for role ", RoleName(role)), context));
  return std::move(caller.name);
}

void PeerCheck::Refused(const Caller& caller, absl::string_view action, const absl::Status& why) const {
  metrics_->calls_denied.Increment();
  LogWarning("call denied", {{"peer", caller.name}, {"action", action}, {"why", why.message()}});
  if (options_.refusals != nullptr) options_.refusals->Refused(caller.name, action, why);
}

}  // namespace haldane::controller
