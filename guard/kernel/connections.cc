#include "guard/kernel/connections.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "absl/functional/function_ref.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

#ifndef SOCK_DESTROY
#define SOCK_DESTROY 21
#endif

namespace haldane::guard {
namespace {

struct DiagRequest {
  nlmsghdr head;
  inet_diag_req_v2 request;
};

DiagRequest RequestFor(__u16 type, __u16 flags, int family, Transport transport) {
  DiagRequest message = {};
  message.head.nlmsg_len = sizeof message;
  message.head.nlmsg_type = type;
  message.head.nlmsg_flags = static_cast<__u16>(NLM_F_REQUEST | flags);
  message.request.sdiag_family = static_cast<__u8>(family);
  message.request.sdiag_protocol = transport == Transport::kUdp ? IPPROTO_UDP : IPPROTO_TCP;
  message.request.idiag_states = ~0u;
  return message;
}

absl::StatusOr<UniqueFd> Send(const DiagRequest& message) {
  UniqueFd netlink(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!netlink.is_open() || send(netlink.get(), &message, sizeof message, 0) < 0) {
    return absl::ErrnoToStatus(errno, "cannot ask the kernel about connections");
  }
  return netlink;
}

void CopyForDiag(const IpAddress& address, bool v4, __be32* to) {
  memset(to, 0, 16);
  memcpy(to, address.bytes.data() + (v4 ? 12 : 0), v4 ? 4 : 16);
}

IpAddress AddressFromDiag(int family, const __be32* from) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(from);
  return family == AF_INET ? IpAddress::V4(bytes) : IpAddress::V6(bytes);
}

uint64_t GroupOf(const nlmsghdr* head, const inet_diag_msg& socket) {
  const auto* attribute = reinterpret_cast<const rtattr*>(&socket + 1);
  auto left = static_cast<int>(head->nlmsg_len - NLMSG_LENGTH(sizeof socket));
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    uint64_t group = 0;
    if (attribute->rta_type != INET_DIAG_CGROUP_ID || RTA_PAYLOAD(attribute) < sizeof group) continue;
    memcpy(&group, RTA_DATA(attribute), sizeof group);
    return group;
  }
  return 0;
}

Connection ConnectionOf(const inet_diag_msg& socket, Transport transport) {
  Connection connection;
  connection.from = AddressFromDiag(socket.idiag_family, socket.id.idiag_src);
  connection.to = AddressFromDiag(socket.idiag_family, socket.id.idiag_dst);
  connection.from_port = ntohs(socket.id.idiag_sport);
  connection.to_port = ntohs(socket.id.idiag_dport);
  connection.transport = transport;
  connection.cookie = socket.id.idiag_cookie[0] | static_cast<uint64_t>(socket.id.idiag_cookie[1]) << 32;
  connection.inode = socket.idiag_inode;
  return connection;
}

using EachSocket = absl::FunctionRef<void(const nlmsghdr* head, const inet_diag_msg& socket)>;

absl::Status ForEachSocket(int family, Transport transport, EachSocket each) {
  ASSIGN_OR_RETURN(const UniqueFd netlink,
                   Send(RequestFor(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, family, transport)));
  alignas(nlmsghdr) char buffer[32768];
  while (true) {
    const ssize_t size = recv(netlink.get(), buffer, sizeof buffer, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return absl::ErrnoToStatus(errno, "cannot read the kernel's list of connections");
    auto left = static_cast<unsigned>(size);
    for (auto* head = reinterpret_cast<nlmsghdr*>(buffer); NLMSG_OK(head, left);
         head = NLMSG_NEXT(head, left)) {
      if (head->nlmsg_type == NLMSG_DONE) return absl::OkStatus();
      if (head->nlmsg_type == NLMSG_ERROR) {
        return absl::UnavailableError("the kernel gives no list of connections; is CONFIG_INET_DIAG set?");
      }
      if (head->nlmsg_len >= NLMSG_LENGTH(sizeof(inet_diag_msg))) {
        each(head, *static_cast<const inet_diag_msg*>(NLMSG_DATA(head)));
      }
    }
  }
}

absl::Status Destroy(const Connection& connection, int family) {
  DiagRequest message = RequestFor(SOCK_DESTROY, NLM_F_ACK, family, connection.transport);
  inet_diag_sockid& id = message.request.id;
  id.idiag_sport = htons(connection.from_port);
  id.idiag_dport = htons(connection.to_port);
  CopyForDiag(connection.from, family == AF_INET, id.idiag_src);
  CopyForDiag(connection.to, family == AF_INET, id.idiag_dst);
  id.idiag_cookie[0] = static_cast<__u32>(connection.cookie);
  id.idiag_cookie[1] = static_cast<__u32>(connection.cookie >> 32);
  ASSIGN_OR_RETURN(const UniqueFd netlink, Send(message));
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

absl::StatusOr<std::vector<Connection>> ConnectionsTo(const IpAddress& address,
                                                      const std::set<uint64_t>& groups) {
  std::vector<Connection> found;
  for (const Transport transport : {Transport::kTcp, Transport::kUdp}) {
    // An IPv6 socket may carry an IPv4 connection.
    for (const int family : {AF_INET, AF_INET6}) {
      RETURN_IF_ERROR(
          ForEachSocket(family, transport, [&](const nlmsghdr* head, const inet_diag_msg& socket) {
            const Connection connection = ConnectionOf(socket, transport);
            if (connection.to_port != 0 && connection.to == address &&
                groups.count(GroupOf(head, socket)) > 0) {
              found.push_back(connection);
            }
          }));
    }
  }
  return found;
}

absl::Status CloseConnection(const Connection& connection) {
  const absl::Status status = Destroy(connection, connection.to.is_v4() ? AF_INET : AF_INET6);
  return status.ok() || !connection.to.is_v4() ? status : Destroy(connection, AF_INET6);
}

}  // namespace haldane::guard
