#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/history/profile_store.h"

namespace haldane::controller {

// Profiles that nothing outlives.
class MemoryProfileStore final : public ProfileStore {
 public:
  absl::StatusOr<std::vector<haldane::v1::Profile>> List() override;
  absl::StatusOr<haldane::v1::Profile> Get(const std::string& service) override;
  absl::Status Put(const haldane::v1::Profile& profile) override;

  // Every Put fails with it until it is Ok again.
  void FailPuts(absl::Status failure) { failure_ = std::move(failure); }

 private:
  std::map<std::string, haldane::v1::Profile> profiles_;
  absl::Status failure_;
};

}  // namespace haldane::controller
