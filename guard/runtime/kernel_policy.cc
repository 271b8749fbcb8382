#include "guard/runtime/kernel_policy.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"
#include "bpf/abi/guard_event.h"
#include "guard/kernel/kernel_egress_table.h"

namespace haldane::guard {
namespace {

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

constexpr const char* kSocketFiles[] = {
    "/run/nscd/socket",
    "/var/run/nscd/socket",
    "/run/systemd/resolve/io.systemd.Resolve",
    "/run/systemd/resolve/io.systemd.Resolve.Monitor",
    "/run/dbus/system_bus_socket",
    "/var/run/dbus/system_bus_socket",
    "/run/systemd/private",
    "/run/docker.sock",
    "/var/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/var/run/containerd/containerd.sock",
    "/run/podman/podman.sock",
};

uint8_t HandlingCode(Handling handling) {
  static_assert(static_cast<int>(Handling::kAllow) == HALDANE_GUARD_ALLOW);
  static_assert(static_cast<int>(Handling::kWarn) == HALDANE_GUARD_WARN);
  static_assert(static_cast<int>(Handling::kDeny) == HALDANE_GUARD_DENY);
  return static_cast<uint8_t>(handling);
}

absl::StatusOr<uint64_t> NetworkNamespaceCookie() {
  const UniqueFd socket_fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  if (getsockopt(socket_fd.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) == 0) return cookie;
  return absl::ErrnoToStatus(errno, "cannot name this network namespace (SO_NETNS_COOKIE, Linux 5.14)");
}

absl::Status WriteSockets(const Policy& policy, int unix_paths_fd) {
  for (const WatchedSocket& watched : WatchedSockets(policy)) {
    char path[HALDANE_GUARD_PATH_LENGTH] = {};
    if (watched.path.size() >= sizeof path) continue;
    memcpy(path, watched.path.data(), watched.path.size());
    const uint32_t handling = HandlingCode(watched.handling);
    if (bpf_map_update_elem(unix_paths_fd, path, &handling, BPF_ANY) != 0) {
      return absl::ErrnoToStatus(errno, "cannot write the watched socket files to the kernel");
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<WatchedSocket> WatchedSockets(const Policy& policy) {
  std::vector<WatchedSocket> watched;
  for (const char* path : kSocketFiles) {
    const std::optional<Delegate> delegate = DelegateOfSocket(path);
    if (delegate.has_value()) watched.push_back({path, *delegate, policy.delegation(*delegate)});
  }
  return watched;
}

haldane_guard_config KernelConfigOf(const Policy& policy) {
  const Settings& settings = policy.settings();
  haldane_guard_config config = {};
  config.enforce = policy.mode() == Mode::kEnforce;
  switch (settings.default_verdict) {
    case DefaultVerdict::kAllow:
      config.verdict = HALDANE_GUARD_DEFAULT_ALLOW;
      break;
    case DefaultVerdict::kResolved:
      config.verdict = HALDANE_GUARD_DEFAULT_RESOLVED;
      break;
    case DefaultVerdict::kDeny:
      config.verdict = HALDANE_GUARD_DEFAULT_DENY;
      break;
  }
  config.open_if_stale = settings.failure.proxy_dead == WhenProxyDead::kOpen;
  config.deny_ipv6 = settings.deny_ipv6;
  config.dot = HandlingCode(settings.encrypted_dns.dot);
  config.quic = HandlingCode(settings.encrypted_dns.quic);
  config.loopback = HandlingCode(policy.delegation(Delegate::kLoopbackProxy));
  config.sni = HALDANE_GUARD_SNI_COPY;
  if (settings.sni == SniMode::kOff) config.sni = HALDANE_GUARD_SNI_OFF;
  if (settings.sni == SniMode::kEnforce && config.enforce) config.sni = HALDANE_GUARD_SNI_HOLD;
  return config;
}

absl::StatusOr<std::unique_ptr<Programs>> LoadRun(const Policy& policy, const Features& features,
                                                  const RunGroup& group, uint16_t udp_port,
                                                  uint16_t tcp_port) {
  ASSIGN_OR_RETURN(const std::vector<NetworkClauses> networks, TabulateNetworks(policy.rules()));
  haldane_guard_config config = KernelConfigOf(policy);
  config.cgroup_id = group.id();
  config.cgroup_level = group.level();
  config.proxy_udp_port = udp_port;
  config.proxy_tcp_port = tcp_port;
  config.current_in_egress = features.current_in_egress;
  ASSIGN_OR_RETURN(config.netns_cookie, NetworkNamespaceCookie());

  Programs::Sizes sizes;
  sizes.networks = std::max<uint32_t>(1, static_cast<uint32_t>(networks.size()));
  uint32_t clauses = 0;
  for (const NetworkClauses& network : networks) clauses += static_cast<uint32_t>(network.clauses.size());
  sizes.clauses = std::max<uint32_t>(1, clauses);

  ASSIGN_OR_RETURN(std::unique_ptr<Programs> programs, Programs::Load(config, sizes, features));
  RETURN_IF_ERROR(WriteNetworks(networks, programs->networks(), programs->clauses()));
  RETURN_IF_ERROR(WriteSockets(policy, programs->unix_paths()));
  RETURN_IF_ERROR(programs->Attach(group.fd()));
  return programs;
}

}  // namespace haldane::guard
