#include "guard/runtime/channel.h"

#include <errno.h>
#include <sys/socket.h>

#include <type_traits>

namespace haldane::guard {

absl::StatusOr<std::pair<UniqueFd, UniqueFd>> MakeChannel() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return absl::ErrnoToStatus(errno, "cannot make a socket pair");
  }
  return std::make_pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

template <typename Message>
bool SendMessage(int fd, const Message& message) {
  static_assert(std::is_trivially_copyable_v<Message>);
  return send(fd, &message, sizeof message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof message);
}

template <typename Message>
bool ReceiveMessage(int fd, Message* message) {
  return recv(fd, message, sizeof *message, MSG_DONTWAIT) == static_cast<ssize_t>(sizeof *message);
}

template bool SendMessage(int, const ToProxy&);
template bool SendMessage(int, const FromProxy&);
template bool ReceiveMessage(int, ToProxy*);
template bool ReceiveMessage(int, FromProxy*);

}  // namespace haldane::guard
