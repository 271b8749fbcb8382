#include "guard/dns/tcp_frames.h"

#include "guard/dns/message.h"

namespace haldane::guard {

bool TcpFrames::has_next() const {
  const size_t waiting = buffer_.size() - at_;
  return waiting >= 2 && waiting >= 2u + ReadU16(buffer_, at_);
}

std::optional<std::string> TcpFrames::Next() {
  if (!has_next()) {
    buffer_.erase(0, at_);
    at_ = 0;
    return std::nullopt;
  }
  const size_t size = ReadU16(buffer_, at_);
  std::string message = buffer_.substr(at_ + 2, size);
  at_ += 2 + size;
  return message;
}

std::string TcpFrame(absl::string_view message) {
  std::string frame;
  AppendU16(static_cast<uint16_t>(message.size()), &frame);
  frame.append(message.data(), message.size());
  return frame;
}

}  // namespace haldane::guard
