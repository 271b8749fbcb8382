#pragma once

#include <map>
#include <set>
#include <string>

#include "absl/strings/string_view.h"

namespace haldane::agent {

// Everything that can forbid counting on this host, whatever the controller
// asks for: a file, a file per service, a signal, the controller's own switch.
// Each works without the others; what is logged says which. Not thread-safe.
class KillSwitches {
 public:
  // While `file` exists everything is forbidden, and while `file`.SERVICE does,
  // that service is; empty for none. One that cannot be looked at counts as
  // thrown: detached is the safe side.
  explicit KillSwitches(std::string file) : file_(std::move(file)) {}

  // SIGUSR1 throws it, SIGUSR2 takes it back.
  void SetBySignal(bool killed);
  // The controller's, with who pulled it and why.
  void SetByController(bool killed, absl::string_view reason);

  // Looks at the file. True when nothing may be attached.
  bool Everything();
  // Those of `services` that may be counted.
  std::set<std::string> Allowed(const std::set<std::string>& services);

  // For people: which switch forbids everything, and how to take it back; empty
  // when none does.
  const std::string& reason() const { return reason_; }

 private:
  bool Exists(const std::string& path) const;

  const std::string file_;
  bool by_signal_ = false;
  bool by_controller_ = false;
  std::string controller_reason_;
  std::string reason_;
  std::set<std::string> killed_services_;
};

}  // namespace haldane::agent
