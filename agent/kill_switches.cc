#include "agent/kill_switches.h"

#include <errno.h>
#include <sys/stat.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"

namespace haldane::agent {

void KillSwitches::SetBySignal(bool killed) { by_signal_ = killed; }

void KillSwitches::SetByController(bool killed, absl::string_view reason) {
  by_controller_ = killed;
  controller_reason_ = std::string(reason);
}

bool KillSwitches::Everything() {
  std::string reason;
  if (Exists(file_)) {
    reason = absl::StrCat("the file ", file_, " exists; remove it to go on");
  } else if (by_signal_) {
    reason = "the agent got SIGUSR1; send it SIGUSR2 to go on";
  } else if (by_controller_) {
    reason = absl::StrCat("the controller's switch is on: ", controller_reason_);
  }
  if (reason != reason_) {
    if (!reason.empty()) LogWarning("kill switch is on: nothing is attached", {{"reason", reason}});
    if (reason.empty()) LogInfo("kill switch is off", {{"was", reason_}});
    reason_ = std::move(reason);
  }
  return !reason_.empty();
}

std::set<std::string> KillSwitches::Allowed(const std::set<std::string>& services) {
  std::set<std::string> allowed, killed;
  for (const std::string& service : services) {
    const bool can_be_a_file = !service.empty() && service.find('/') == std::string::npos;
    (can_be_a_file && Exists(absl::StrCat(file_, ".", service)) ? killed : allowed).insert(service);
  }
  for (const std::string& service : killed) {
    if (killed_services_.count(service) > 0) continue;
    LogWarning("kill switch of a service is on",
               {{"service", service}, {"hint", absl::StrCat("remove ", file_, ".", service, " to go on")}});
  }
  killed_services_ = std::move(killed);
  return allowed;
}

bool KillSwitches::Exists(const std::string& path) const {
  if (file_.empty()) return false;
  struct stat unused;
  return stat(path.c_str(), &unused) == 0 || (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG);
}

}  // namespace haldane::agent
