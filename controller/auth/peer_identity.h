#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/metrics/metrics.h"

namespace grpc {
class ServerContextBase;
}  // namespace grpc

namespace haldane::controller {

// What a caller may do.
enum class Role {
  kAgent,     // Telemetry
  kDeployer,  // Rollouts and Gate
};

// Who a certificate says is calling.
struct PeerIdentity {
  Role role;
  std::string name;  // host of an agent, name of a deployer
};

// The identity among the URIs of a certificate's subject alternative names:
// haldane://agent/HOST or haldane://deployer/NAME. UNAUTHENTICATED when there
// is not exactly one haldane:// URI, or when it is malformed.
absl::StatusOr<PeerIdentity> IdentityFromUris(const std::vector<std::string>& uris);

// The one place that decides who may call what. Thread-safe.
class PeerCheck {
 public:
  // Without TLS, which only a loopback address may be, everybody is allowed.
  PeerCheck(bool tls, Metrics* metrics) : tls_(tls), metrics_(metrics) {}

  // The caller's name, empty without TLS; PERMISSION_DENIED when its role is
  // another, UNAUTHENTICATED when it has none.
  absl::StatusOr<std::string> Require(Role role, const grpc::ServerContextBase& context) const;

 private:
  const bool tls_;
  Metrics* const metrics_;
};

}  // namespace haldane::controller
