#include "agent/service_manager.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "absl/strings/numbers.h"
#include "base/unique_fd.h"

namespace haldane::agent {

void NotifyServiceManager(absl::string_view state) {
  const char* path = getenv("NOTIFY_SOCKET");
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const size_t length = path == nullptr ? 0 : strlen(path);
  if (length == 0 || length >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@')) return;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';  // an abstract name
  const UniqueFd socket_fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket_fd.is_open()) return;
  // What cannot be delivered is the manager's loss: it will think us late.
  (void)sendto(socket_fd.get(), state.data(), state.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address),
               static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
}

std::optional<absl::Duration> WatchdogPeriod() {
  const char* period = getenv("WATCHDOG_USEC");
  const char* pid = getenv("WATCHDOG_PID");
  uint64_t microseconds = 0, wanted_pid = 0;
  if (period == nullptr || !absl::SimpleAtoi(period, &microseconds) || microseconds == 0) return std::nullopt;
  if (pid != nullptr &&
      (!absl::SimpleAtoi(pid, &wanted_pid) || wanted_pid != static_cast<uint64_t>(getpid()))) {
    return std::nullopt;  // meant for the process that started us
  }
  return absl::Microseconds(static_cast<int64_t>(microseconds / 2));
}

}  // namespace haldane::agent
