#include "controller/ingest/decoder.h"

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/proto_buffer_reader.h>

namespace haldane::controller {
namespace {

constexpr size_t kKeptBytes = 1 << 16;

google::protobuf::ArenaOptions Within(std::vector<char>& memory) {
  google::protobuf::ArenaOptions options;
  options.initial_block = memory.data();
  options.initial_block_size = memory.size();
  return options;
}

}  // namespace

Decoder::Decoder() : memory_(kKeptBytes), arena_(Within(memory_)) {}

v1::AgentMessage* Decoder::Decode(grpc::ByteBuffer* bytes) {
  arena_.Reset();
  auto* const message = google::protobuf::Arena::CreateMessage<v1::AgentMessage>(&arena_);
  bool is_message = false;
  {
    grpc::ProtoBufferReader reader(bytes);
    is_message = reader.status().ok() && message->ParseFromZeroCopyStream(&reader);
  }
  bytes->Clear();
  return is_message ? message : nullptr;
}

}  // namespace haldane::controller
