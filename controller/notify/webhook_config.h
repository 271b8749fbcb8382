#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace haldane::controller {

// One receiver of notifications.
struct Webhook {
  std::string name;                // what logs, metrics and the outbox call it
  std::string url;                 // https, or http on loopback; may be confidential
  std::string secret_file;         // signs what is sent; read at each delivery
  std::set<std::string> services;  // none: of all services
  std::set<std::string> states;    // words of VerdictWord; none: all
};

// Reads the file of --webhooks. INVALID_ARGUMENT with one "FILE:LINE: key: what
// is wrong; what to do" per mistake.
absl::StatusOr<std::vector<Webhook>> ParseWebhooks(absl::string_view text, absl::string_view file_name);
// The same from the file, whose secrets must be readable. Fails as ReadFile does
// besides.
absl::StatusOr<std::vector<Webhook>> LoadWebhooks(const std::string& file);

// The secret in a file, white space around it removed. INVALID_ARGUMENT when it
// has fewer than 16 bytes; otherwise fails as ReadFile does. The secret is in no
// message.
absl::StatusOr<std::string> ReadSecret(const std::string& file);

}  // namespace haldane::controller
