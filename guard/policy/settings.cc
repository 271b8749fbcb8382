#include "guard/policy/settings.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace haldane::guard {

absl::string_view ModeName(Mode mode) { return mode == Mode::kObserve ? "observe" : "enforce"; }

absl::string_view DefaultName(DefaultVerdict verdict) {
  static constexpr absl::string_view kNames[] = {"allow", "resolved", "deny"};
  return kNames[static_cast<int>(verdict)];
}

absl::string_view HandlingName(Handling handling) {
  static constexpr absl::string_view kNames[] = {"allow", "warn", "deny"};
  return kNames[static_cast<int>(handling)];
}

absl::string_view DelegateName(Delegate delegate) {
  static constexpr absl::string_view kNames[kDelegates] = {"nscd",       "resolved", "docker",
                                                           "containerd", "systemd",  "loopback_proxy"};
  return kNames[static_cast<int>(delegate)];
}

absl::string_view MethodName(DefaultVerdict verdict) {
  static constexpr absl::string_view kNames[] = {"blocklist", "resolved", "allowlist"};
  return kNames[static_cast<int>(verdict)];
}

const std::vector<absl::string_view>& KnownFeatures() {
  static const auto* const kFeatures =
      new std::vector<absl::string_view>{"unix_connect", "current_in_egress"};
  return *kFeatures;
}

std::optional<Delegate> DelegateOfSocket(absl::string_view path) {
  if (!absl::ConsumePrefix(&path, "/run/") && !absl::ConsumePrefix(&path, "/var/run/")) return std::nullopt;
  static constexpr std::pair<absl::string_view, Delegate> kSockets[] = {
      {"nscd/", Delegate::kNscd},
      {".nscd_socket", Delegate::kNscd},
      {"systemd/resolve/", Delegate::kResolved},
      {"docker.sock", Delegate::kDocker},
      {"docker/", Delegate::kDocker},
      {"podman/", Delegate::kDocker},
      {"containerd/", Delegate::kContainerd},
      {"crio/", Delegate::kContainerd},
      // systemd-run speaks to either of these.
      {"systemd/private", Delegate::kSystemd},
      {"dbus/system_bus_socket", Delegate::kSystemd},
  };
  for (const auto& [prefix, delegate] : kSockets) {
    if (absl::StartsWith(path, prefix)) return delegate;
  }
  return std::nullopt;
}

}  // namespace haldane::guard
