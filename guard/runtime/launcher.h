#pragma once

#include <signal.h>

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "base/unique_fd.h"
#include "guard/launch/child.h"
#include "guard/loop/event_loop.h"
#include "guard/runtime/channel.h"
#include "guard/runtime/proxy_process.h"
#include "guard/runtime/run.h"

namespace haldane::guard {

// Watches over one run from its group's making to its removal: the script, the
// proxy, the clock, and the signals that somebody sends. It does as little as
// possible itself, so that it lives when the proxy does not.
class Launcher {
 public:
  // `run` is prepared, and outlives this. `signal_mask`: what was blocked before.
  Launcher(Run* run, UniqueFd signals, const sigset_t& signal_mask);

  // Starts proxy and script and sees both through. The exit code, or why nothing
  // was started.
  absl::StatusOr<int> Execute();

 private:
  absl::Status StartProxyNow();
  void StopProxy();
  void OnChannel();
  void OnProxyDead();
  void WatchHeartbeat();
  void OnScriptDead();
  void OnSignal();
  void OnWall();
  void NoteStrays();
  void EndStrays();
  void Finish();
  void Conclude();
  int ExitCode() const;

  Run& run_;
  const UniqueFd signals_;
  const sigset_t signal_mask_;
  std::optional<EventLoop> loop_;
  std::optional<Child> script_;
  ProxyProcess proxy_;
  uint32_t restarts_ = 0;
  bool proxy_ready_ = false, script_dead_ = false, finishing_ = false, given_up_ = false;
  absl::Status proxy_failure_;
  Ending ending_;
  bool killed_ = false;  // the script, by a signal
  std::optional<FromProxy> result_;
};

}  // namespace haldane::guard
