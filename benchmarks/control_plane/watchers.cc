#include "benchmarks/control_plane/watchers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"

namespace haldane::benchmarks {
namespace {

constexpr absl::string_view kView = "event: rollout\n";
constexpr char kRequest[] = "GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n";

UniqueFd Connect(int port) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) fd.reset();
  if (fd.is_open()) (void)!write(fd.get(), kRequest, sizeof(kRequest) - 1);
  return fd;
}

uint64_t ViewsIn(absl::string_view text) {
  uint64_t views = 0;
  for (size_t at = 0; (at = text.find(kView, at)) != text.npos; at += kView.size()) ++views;
  return views;
}

}  // namespace

Watchers::Watchers(int http_port, int count) {
  for (int i = 0; i < count; ++i) {
    watchers_.push_back({.socket = Connect(http_port), .last = absl::Now(), .tail = ""});
    connected_ += watchers_.back().socket.is_open();
  }
  thread_ = std::thread([this] { Read(); });
}

Watchers::~Watchers() {
  stopping_ = true;
  thread_.join();
}

void Watchers::Read() {
  const UniqueFd all(epoll_create1(EPOLL_CLOEXEC));
  for (size_t i = 0; i < watchers_.size(); ++i) {
    epoll_event wanted = {.events = EPOLLIN, .data = {.u64 = i}};
    epoll_ctl(all.get(), EPOLL_CTL_ADD, watchers_[i].socket.get(), &wanted);
  }
  std::vector<char> buffer(1 << 20);
  std::vector<epoll_event> ready(256);
  absl::Time next_look = absl::Now();
  while (!stopping_) {
    if (absl::Now() >= next_look) {
      // Who sees nothing at all must count too.
      for (const Watcher& watcher : watchers_) {
        if (watcher.socket.is_open()) NoteGap(watcher);
      }
      next_look = absl::Now() + absl::Milliseconds(100);
    }
    const int count = epoll_wait(all.get(), ready.data(), static_cast<int>(ready.size()), 100);
    for (int i = 0; i < count; ++i) {
      Watcher& watcher = watchers_[ready[static_cast<size_t>(i)].data.u64];
      const ssize_t size = read(watcher.socket.get(), buffer.data(), buffer.size());
      if (size <= 0) {
        connected_ -= 1;
        watcher.socket.reset();
        continue;
      }
      bytes_ += static_cast<uint64_t>(size);
      watcher.tail.append(buffer.data(), static_cast<size_t>(size));
      const uint64_t views = ViewsIn(watcher.tail);
      watcher.tail.erase(0, watcher.tail.size() - std::min(watcher.tail.size(), kView.size() - 1));
      if (views == 0) continue;
      events_ += views;
      NoteGap(watcher);
      watcher.last = absl::Now();
    }
  }
}

void Watchers::NoteGap(const Watcher& watcher) {
  longest_gap_ = std::max(longest_gap_.load(), absl::ToDoubleSeconds(absl::Now() - watcher.last));
}

Seen Watchers::Take() {
  return {.connected = connected_,
          .events = events_.exchange(0),
          .longest_gap = longest_gap_.exchange(0),
          .megabytes = static_cast<double>(bytes_.exchange(0)) / 1e6};
}

}  // namespace haldane::benchmarks
