#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "controller/auth/role_groups.h"
#include "controller/http/http_message.h"
#include "controller/http/routes.h"
#include "google/protobuf/message.h"
#include "haldane/v1/token.pb.h"

namespace grpc {
class Channel;
}  // namespace grpc

namespace haldane::controller {

// JSON in, gRPC inside the process, JSON out: what a caller may do, limits and
// checks are those of the gRPC services, in one place. Thread-safe.
class RpcGateway {
 public:
  struct Options {
    std::string secret;  // lets PeerCheck believe what is said of the caller
    // Names of headers, in lower case, by which a proxy on this machine says who
    // the caller is and in which groups (separated by commas); empty for none.
    std::string proxy_user_header, proxy_groups_header;
    RoleGroups groups;
  };
  RpcGateway(Options options, std::shared_ptr<grpc::Channel> channel);

  // The answer to a request of this route.
  HttpResponse Handle(const Match& match, const HttpRequest& request) const;
  // Calls "haldane.v1.Rollouts.Get" and the like as the caller of `request`.
  absl::Status Call(const std::string& rpc, const HttpRequest& request,
                    const google::protobuf::Message& input, google::protobuf::Message* output) const;
  // Who calls; fails unless it may at least read.
  absl::StatusOr<haldane::v1::CallerIdentity> Identify(const HttpRequest& request) const;

 private:
  absl::StatusOr<std::string> CallJson(const Match& match, const HttpRequest& request) const;

  const Options options_;
  const std::shared_ptr<grpc::Channel> channel_;
};

// A message as JSON: names as in the proto, every field present, 64-bit numbers
// as strings.
std::string ToJson(const google::protobuf::Message& message);

}  // namespace haldane::controller
