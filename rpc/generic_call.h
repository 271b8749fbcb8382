#pragma once

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "grpcpp/support/status.h"

namespace grpc {
class Channel;
class ClientContext;
}  // namespace grpc

namespace haldane {

// Calls a unary method, such as "/haldane.v1.Rollouts/Get", with the bytes of
// its request, and waits for the bytes of the response. For callers that know
// methods by name and messages by descriptor. Thread-safe; not for a thread of
// gRPC's own.
grpc::Status UnaryCall(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext* context,
                       const std::string& method, absl::string_view request, std::string* response);

}  // namespace haldane
