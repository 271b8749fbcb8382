#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "controller/fleet/fleet.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::controller {

// The protocol of one stream: one hello, then reports. Every message is checked
// before anything of it is believed. Not thread-safe.
class AgentSession {
 public:
  // `certified_host` is the host in the agent's certificate, empty when the
  // stream is in the clear on loopback; then the hello is taken at its word.
  AgentSession(std::string certified_host, Fleet* fleet);

  // What a message turned out to be.
  enum class Outcome { kGreeted, kAccepted, kRepeated };
  // The stream must end with the status when it is not Ok: PERMISSION_DENIED
  // for another host's name, INVALID_ARGUMENT for anything else that an agent
  // must not send, naming field and value. `now` is monotonic time.
  absl::StatusOr<Outcome> Receive(const haldane::v1::AgentMessage& message, absl::Duration now);

  // Empty before the hello.
  const std::string& host() const { return host_; }
  // Sequence of the last report, 0 before it.
  uint64_t sequence() const { return sequence_; }
  // The host's when it was accepted.
  const HostStanding& standing() const { return standing_; }

 private:
  absl::StatusOr<Outcome> ReceiveHello(const haldane::v1::Hello& hello, absl::Duration now);
  absl::StatusOr<Outcome> ReceiveReport(const haldane::v1::Report& report, absl::Duration now);

  const std::string certified_host_;
  Fleet* const fleet_;
  std::string host_;
  uint64_t epoch_ = 0;
  uint64_t sequence_ = 0;
  HostStanding standing_;
};

}  // namespace haldane::controller
