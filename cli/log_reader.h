#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/client.h"
#include "haldane/v1/audit.pb.h"

namespace haldane::cli {

// A log whose chain of digests was computed anew, event by event.
struct VerifiedLog {
  uint64_t events = 0;
  std::string digest;  // of the last event, raw
};

// Reads a whole log from the controller and gives each event to `consume`.
// DATA_LOSS, naming the event, where the chain does not hold; `consume`'s
// failure ends it.
absl::StatusOr<VerifiedLog> ReadVerifiedLog(
    Client& client, const std::string& rollout,
    const std::function<absl::Status(const haldane::v1::LoggedEvent&)>& consume);

// The chain's next digest: SHA-256 over the previous one and the event's bytes.
std::string NextDigest(const std::string& previous, const std::string& payload);

}  // namespace haldane::cli
