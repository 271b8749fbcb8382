#pragma once

#include <google/protobuf/arena.h>

#include <vector>

#include "haldane/v1/telemetry.pb.h"

namespace grpc {
class ByteBuffer;
}  // namespace grpc

namespace haldane::controller {

// Decodes messages of agents one after the other, all in the same memory: a
// report has some fifty parts, which gRPC would allocate one by one.
// Not thread-safe.
class Decoder {
 public:
  Decoder();

  // Valid until the next call; null when the bytes are no such message. Takes
  // `bytes`, which are empty afterwards.
  haldane::v1::AgentMessage* Decode(grpc::ByteBuffer* bytes);

 private:
  std::vector<char> memory_;  // that is kept; what is needed beyond it is freed with the next message
  google::protobuf::Arena arena_;
};

}  // namespace haldane::controller
