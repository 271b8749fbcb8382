#pragma once

#include <memory>

#include "controller/auth/peer_identity.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace haldane::controller {

// gRPC service Identity.
std::unique_ptr<grpc::Service> MakeIdentityService(const PeerCheck* peers);

}  // namespace haldane::controller
