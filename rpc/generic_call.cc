#include "rpc/generic_call.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/stub_options.h>

#include <vector>

#include "absl/synchronization/notification.h"

namespace haldane {

grpc::Status UnaryCall(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext* context,
                       const std::string& method, absl::string_view request, std::string* response) {
  const grpc::Slice bytes(request.data(), request.size());
  const grpc::ByteBuffer sent(&bytes, 1);
  grpc::ByteBuffer received;
  grpc::Status status;
  absl::Notification done;
  grpc::GenericStub(channel).UnaryCall(context, method, grpc::StubOptions(), &sent, &received,
                                       [&](grpc::Status result) {
                                         status = std::move(result);
                                         done.Notify();
                                       });
  done.WaitForNotification();
  if (!status.ok()) return status;
  std::vector<grpc::Slice> slices;
  received.Dump(&slices);
  response->clear();
  for (const grpc::Slice& slice : slices) {
    response->append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return status;
}

}  // namespace haldane
