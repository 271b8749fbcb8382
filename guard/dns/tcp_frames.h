#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace haldane::guard {

// DNS messages in a stream: each after its length in two bytes. Pieces come as
// they come: several messages at once, or one in many parts.
class TcpFrames {
 public:
  void Append(absl::string_view bytes) { buffer_.append(bytes.data(), bytes.size()); }
  // The next whole message, which may be empty.
  std::optional<std::string> Next();
  // True when Next would give one.
  bool has_next() const;

 private:
  std::string buffer_;
  size_t at_ = 0;  // where the next length begins
};

// The message with its length in front. REQUIRES: at most kMaxDnsMessage bytes.
std::string TcpFrame(absl::string_view message);

}  // namespace haldane::guard
