#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "haldane/v1/profile.pb.h"

namespace haldane::controller {

// Where profiles outlive the controller. One per service. Not thread-safe.
class ProfileStore {
 public:
  virtual ~ProfileStore() = default;

  // All of them, without windows, sorted by service.
  virtual absl::StatusOr<std::vector<haldane::v1::Profile>> List() = 0;
  // One with its windows; NOT_FOUND.
  virtual absl::StatusOr<haldane::v1::Profile> Get(const std::string& service) = 0;
  // Replaces the service's. On failure nothing was changed, and the same call
  // may be tried again; codes as EventStore::Append.
  virtual absl::Status Put(const haldane::v1::Profile& profile) = 0;
};

}  // namespace haldane::controller
