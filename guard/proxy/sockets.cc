#include "guard/proxy/sockets.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace haldane::guard {
namespace {

constexpr int kBacklog = 1024;
constexpr int kReceiveBuffer = 4 << 20;  // the kernel cuts it to what it allows

void SetFlag(int fd, int level, int option) {
  const int on = 1;
  setsockopt(fd, level, option, &on, sizeof(on));
}

}  // namespace

SocketAddress::SocketAddress() : size(sizeof(storage)) {}

SocketAddress::SocketAddress(const IpAddress& address, uint16_t port) {
  if (address.is_v4()) {
    auto* in = reinterpret_cast<sockaddr_in*>(&storage);
    in->sin_family = AF_INET;
    in->sin_port = htons(port);
    std::memcpy(&in->sin_addr, &address.bytes[12], 4);
    size = sizeof(sockaddr_in);
  } else {
    auto* in6 = reinterpret_cast<sockaddr_in6*>(&storage);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(port);
    std::memcpy(&in6->sin6_addr, address.bytes.data(), 16);
    size = sizeof(sockaddr_in6);
  }
}

IpAddress SocketAddress::address() const {
  if (family() == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&storage);
    return IpAddress::V4(reinterpret_cast<const uint8_t*>(&in->sin_addr));
  }
  const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&storage);
  return IpAddress::V6(in6->sin6_addr.s6_addr);
}

uint16_t SocketAddress::port() const {
  // Both families have it in the same place.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

absl::StatusOr<UniqueFd> BindSocket(int type, const IpAddress& address, uint16_t port) {
  const SocketAddress to(address, port);
  UniqueFd fd(socket(to.family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.is_open() && to.family() == AF_INET6) SetFlag(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  if (fd.is_open() && type == SOCK_STREAM) SetFlag(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  if (fd.is_open() && type == SOCK_DGRAM) {
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof(kReceiveBuffer));
  }
  if (!fd.is_open() || bind(fd.get(), to.get(), to.size) != 0 ||
      (type == SOCK_STREAM && listen(fd.get(), kBacklog) != 0)) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot listen for DNS on ", address.ToString(), " port ",
                                                   port, "; is the loopback interface up?"));
  }
  return fd;
}

uint16_t LocalPort(int fd) {
  SocketAddress local;
  if (getsockname(fd, local.get(), &local.size) != 0) return 0;
  return local.port();
}

UniqueFd ConnectSocket(int type, const IpAddress& address, uint16_t port) {
  const SocketAddress to(address, port);
  UniqueFd fd(socket(to.family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fd;
  if (type == SOCK_STREAM) SetFlag(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  if (connect(fd.get(), to.get(), to.size) != 0 && errno != EINPROGRESS) return UniqueFd();
  return fd;
}

}  // namespace haldane::guard
