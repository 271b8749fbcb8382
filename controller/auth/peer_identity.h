#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "controller/auth/caller.h"
#include "controller/auth/role.h"
#include "controller/metrics/metrics.h"

namespace grpc {
class ServerContextBase;
}  // namespace grpc

namespace haldane::controller {

// Who a certificate says is calling.
struct PeerIdentity {
  Role role;
  std::string name;  // host of an agent, name of a person or pipeline
};

// The identity among the URIs of a certificate's subject alternative names:
// haldane://ROLE/NAME, such as haldane://agent/HOST. UNAUTHENTICATED when there
// is not exactly one haldane:// URI, or when it is malformed.
absl::StatusOr<PeerIdentity> IdentityFromUris(const std::vector<std::string>& uris);

// Knows whom a bearer credential (a token or a JWT) belongs to. Thread-safe.
class BearerCheck {
 public:
  virtual ~BearerCheck() = default;
  // UNAUTHENTICATED, without the credential in the message.
  virtual absl::StatusOr<Caller> Check(absl::string_view bearer) const = 0;
};

// Keeps account of refusals. Thread-safe.
class RefusalLog {
 public:
  virtual ~RefusalLog() = default;
  // `who` is what the caller shows (a name, or its address), `action` what it
  // wanted, `why` the answer that it got.
  virtual void Refused(absl::string_view who, absl::string_view action, const absl::Status& why) = 0;
};

// What the gateway says of a call that it passes on, as gRPC metadata. Believed
// only together with the process's own secret.
struct ForwardedCaller {
  static constexpr char kSecret[] = "haldane-gateway";
  static constexpr char kAddress[] = "haldane-address";  // of the HTTP client
  // Set when the call came through a proxy: it is not from this machine then.
  static constexpr char kProxied[] = "haldane-proxied";
  static constexpr char kProxyName[] = "haldane-proxy-name";
  static constexpr char kProxyRole[] = "haldane-proxy-role";
};

// The one place that decides who may call what, for gRPC, JSON and events alike.
// Thread-safe.
class PeerCheck {
 public:
  struct Options {
    bool tls = false;
    // What a caller without any credential may do: on loopback only, and not
    // through a proxy.
    std::optional<Role> anonymous;
    const BearerCheck* bearers = nullptr;  // none: bearer credentials are refused
    RefusalLog* refusals = nullptr;
    std::string gateway_secret;  // empty: nobody may forward
  };
  // Everything outlives it.
  PeerCheck(Options options, Metrics* metrics);
  // Without TLS, which only a loopback address may be, everybody is allowed.
  PeerCheck(bool tls, Metrics* metrics)
      : PeerCheck(Options{.tls = tls, .anonymous = tls ? std::nullopt : std::optional(Role::kAdmin)},
                  metrics) {}

  // The caller; PERMISSION_DENIED when its role does not suffice,
  // UNAUTHENTICATED when it has no credential or a bad one. `action` is what it
  // wants, for the account of refusals.
  absl::StatusOr<Caller> Identify(const Needs& needs, absl::string_view action,
                                  const grpc::ServerContextBase& context) const;
  // The same for its name alone, which is empty for an agent without TLS.
  absl::StatusOr<std::string> Require(Role role, const grpc::ServerContextBase& context) const;
  // Accounts for a refusal that was decided elsewhere (a scope, a limit).
  void Refused(const Caller& caller, absl::string_view action, const absl::Status& why) const;

 private:
  absl::StatusOr<Caller> Credential(const grpc::ServerContextBase& context) const;

  const Options options_;
  Metrics* const metrics_;
};

}  // namespace haldane::controller
