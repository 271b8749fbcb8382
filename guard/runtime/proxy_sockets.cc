#include "guard/runtime/proxy_sockets.h"

#include <sys/socket.h>

#include <utility>

#include "base/status_macros.h"
#include "guard/address/ip.h"
#include "guard/proxy/sockets.h"

namespace haldane::guard {
namespace {

constexpr int kPortTries = 20;
// Queries of a busy script, for as long as a new proxy takes to come.
constexpr int kReceiveBuffer = 4 << 20;

absl::Status BindBoth(int type, std::vector<UniqueFd>* sockets, uint16_t* port) {
  const IpAddress v4 = *IpAddress::Parse("127.0.0.1"), v6 = *IpAddress::Parse("::1");
  // Without IPv6 on loopback no IPv6 name server can be led to it either.
  const bool has_v6 = BindSocket(type, v6, 0).ok();
  absl::Status status;
  for (int attempt = 0; attempt < kPortTries; attempt++) {
    absl::StatusOr<UniqueFd> first = BindSocket(type, v4, 0);
    if (!first.ok()) return first.status();
    *port = LocalPort(first->get());
    absl::StatusOr<UniqueFd> second = has_v6 ? BindSocket(type, v6, *port) : UniqueFd();
    status = second.status();
    if (!status.ok()) continue;  // somebody has that port
    sockets->push_back(*std::move(first));
    if (has_v6) sockets->push_back(*std::move(second));
    return absl::OkStatus();
  }
  return status;
}

}  // namespace

absl::StatusOr<ProxySockets> OpenProxySockets() {
  ProxySockets sockets;
  RETURN_IF_ERROR(BindBoth(SOCK_DGRAM, &sockets.udp, &sockets.udp_port));
  RETURN_IF_ERROR(BindBoth(SOCK_STREAM, &sockets.tcp, &sockets.tcp_port));
  for (const UniqueFd& socket : sockets.udp) {
    setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer);
  }
  return sockets;
}

}  // namespace haldane::guard
