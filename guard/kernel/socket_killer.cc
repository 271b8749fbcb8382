#include "guard/kernel/socket_killer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/unique_fd.h"

#ifndef SOCK_DESTROY
#define SOCK_DESTROY 21
#endif

namespace haldane::guard {
namespace {

void CopyForDiag(const IpAddress& address, bool v4, __be32* to) {
  memset(to, 0, 16);
  memcpy(to, address.bytes.data() + (v4 ? 12 : 0), v4 ? 4 : 16);
}

absl::Status Destroy(int family, const inet_diag_sockid& id) {
  struct {
    nlmsghdr head;
    inet_diag_req_v2 request;
  } message = {};
  message.head.nlmsg_len = sizeof message;
  message.head.nlmsg_type = SOCK_DESTROY;
  message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  message.request.sdiag_family = static_cast<__u8>(family);
  message.request.sdiag_protocol = IPPROTO_TCP;
  message.request.idiag_states = ~0u;
  message.request.id = id;
  const UniqueFd netlink(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!netlink.is_open() || send(netlink.get(), &message, sizeof message, 0) < 0) {
    return absl::ErrnoToStatus(errno, "cannot ask the kernel to close a connection");
  }
  struct {
    nlmsghdr head;
    nlmsgerr error;
    char rest[256];
  } answer = {};
  if (recv(netlink.get(), &answer, sizeof answer, 0) <
      static_cast<ssize_t>(sizeof answer.head + sizeof answer.error)) {
    return absl::ErrnoToStatus(errno, "cannot close a connection");
  }
  return answer.error.error == 0 ? absl::OkStatus()
                                 : absl::ErrnoToStatus(-answer.error.error, "cannot close a connection");
}

}  // namespace

absl::Status KillTcpConnection(const IpAddress& from, uint16_t from_port, const IpAddress& to,
                               uint16_t to_port, uint64_t cookie) {
  const bool v4 = to.is_v4();
  inet_diag_sockid id = {};
  id.idiag_sport = htons(from_port);
  id.idiag_dport = htons(to_port);
  CopyForDiag(from, v4, id.idiag_src);
  CopyForDiag(to, v4, id.idiag_dst);
  id.idiag_cookie[0] = static_cast<__u32>(cookie);
  id.idiag_cookie[1] = static_cast<__u32>(cookie >> 32);
  const absl::Status status = Destroy(v4 ? AF_INET : AF_INET6, id);
  if (status.ok() || !v4) return status;
  // An IPv6 socket may carry an IPv4 connection.
  CopyForDiag(from, false, id.idiag_src);
  CopyForDiag(to, false, id.idiag_dst);
  return Destroy(AF_INET6, id);
}

}  // namespace haldane::guard
