#pragma once

#include <sys/socket.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "base/unique_fd.h"
#include "guard/address/ip.h"

// Sockets that never block, in terms of IpAddress.
namespace haldane::guard {

// An address as the kernel takes and gives it.
struct SocketAddress {
  SocketAddress(const IpAddress& address, uint16_t port);
  // For the kernel to fill; `size` is then what it can hold.
  SocketAddress();

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
  IpAddress address() const;
  uint16_t port() const;

  sockaddr_storage storage = {};
  socklen_t size;
};

// A UDP or listening TCP socket (`type` is SOCK_DGRAM or SOCK_STREAM) bound to
// the address. Port 0: any. Failures name the address and what to do.
absl::StatusOr<UniqueFd> BindSocket(int type, const IpAddress& address, uint16_t port);

// The port that a socket was bound to.
uint16_t LocalPort(int fd);

// A socket connected, or for TCP about to be, from a random port. Not open when
// the address cannot be reached at all.
UniqueFd ConnectSocket(int type, const IpAddress& address, uint16_t port);

}  // namespace haldane::guard
