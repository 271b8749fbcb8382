#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "controller/auth/caller.h"
#include "controller/controller.h"

namespace haldane::controller {

// PERMISSION_DENIED when the caller's token is for other services than this.
absl::Status CheckService(const Caller& caller, absl::string_view service);

// The same for the service of a rollout. A rollout that does not exist is for
// everybody: that it is missing is said by what comes next. On the controller's loop.
absl::Status CheckRollout(const Caller& caller, const Controller& controller, const std::string& rollout);

}  // namespace haldane::controller
