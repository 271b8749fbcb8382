#include "controller/api/scope.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace haldane::controller {

absl::Status CheckService(const Caller& caller, absl::string_view service) {
  if (caller.MayTouch(service)) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat("the token of ", caller.name, " is for service ",
                                                  absl::StrJoin(caller.services, ", "), " and not for ",
                                                  service));
}

absl::Status CheckRollout(const Caller& caller, const Controller& controller, const std::string& rollout) {
  if (caller.services.empty()) return absl::OkStatus();
  const absl::StatusOr<haldane::v1::Rollout> found = controller.Get(rollout);
  return found.ok() ? CheckService(caller, found->plan().service()) : absl::OkStatus();
}

}  // namespace haldane::controller
