#include "controller/history/memory_profile_store.h"

#include "absl/strings/str_cat.h"
#include "controller/history/profile_windows.h"

namespace haldane::controller {

absl::StatusOr<std::vector<haldane::v1::Profile>> MemoryProfileStore::List() {
  std::vector<haldane::v1::Profile> profiles;
  for (const auto& [service, profile] : profiles_) profiles.push_back(WithoutWindows(profile));
  return profiles;
}

absl::StatusOr<haldane::v1::Profile> MemoryProfileStore::Get(const std::string& service) {
  const auto found = profiles_.find(service);
  if (found == profiles_.end())
    return absl::NotFoundError(absl::StrCat("no profile of ", service, " is stored"));
  return found->second;
}

absl::Status MemoryProfileStore::Put(const haldane::v1::Profile& profile) {
  if (!failure_.ok()) return failure_;
  profiles_[profile.service()] = profile;
  return absl::OkStatus();
}

}  // namespace haldane::controller
