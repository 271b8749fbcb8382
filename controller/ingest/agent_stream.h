#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::controller {

// The sending side of one agent's stream. Called on the controller's loop. What
// waits to be sent stays small however slowly the agent reads: a later message
// of a kind replaces an earlier one, for it says the same and more.
class AgentStream {
 public:
  virtual ~AgentStream() = default;

  virtual void Acknowledge(uint64_t sequence) = 0;
  virtual void Direct(const haldane::v1::Directive& directive) = 0;
  // Ends the stream. Nothing is sent afterwards.
  virtual void End(const absl::Status& status) = 0;
};

}  // namespace haldane::controller
