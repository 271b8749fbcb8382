#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace haldane::agent {

// Tells the service manager that started us (systemd, Type=notify) something,
// such as "READY=1". Nothing happens when there is none. Never blocks.
void NotifyServiceManager(absl::string_view state);

// How often the service manager wants to hear "WATCHDOG=1", halved so that one
// may be late; none when it does not.
std::optional<absl::Duration> WatchdogPeriod();

}  // namespace haldane::agent
