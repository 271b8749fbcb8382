#include "guard/proxy/tcp_front.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "guard/dns/tcp_frames.h"
#include "guard/proxy/sockets.h"

namespace haldane::guard {
namespace {

constexpr size_t kMostClients = 256;
constexpr size_t kMostUnanswered = 64;     // per connection; more wait in the socket
constexpr size_t kMostUnsent = 256 << 10;  // bytes per connection; as above
constexpr size_t kReadBytes = 16 << 10;

bool HasFailed(int fd) {
  int error = 0;
  socklen_t size = sizeof(error);
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0;
}

}  // namespace

struct TcpFront::Client {
  uint64_t key = 0;
  UniqueFd fd;
  QueryFlow flow;
  TcpFrames received;
  std::string unsent;
  size_t unanswered = 0;
  bool finished = false;  // the client sends no more, but may still read
  EventLoop::TimerId idle = 0;

  bool has_room() const { return unanswered < kMostUnanswered && unsent.size() < kMostUnsent; }
  bool may_read() const { return !finished && has_room(); }
};

TcpFront::TcpFront(EventLoop& loop, Handle handle, absl::Duration idle)
    : loop_(loop), handle_(std::move(handle)), idle_(idle) {}

TcpFront::~TcpFront() {
  for (const auto& [fd, listener] : listeners_) loop_.Unwatch(fd);
  while (!clients_.empty()) Drop(clients_.begin()->first);
}

void TcpFront::Serve(UniqueFd listener) {
  const int fd = listener.get();
  listeners_[fd] = std::move(listener);
  loop_.Watch(fd, EPOLLIN, [this, fd](uint32_t) { Accept(fd); });
}

void TcpFront::Accept(int listener) {
  while (true) {
    SocketAddress peer;
    UniqueFd fd(accept4(listener, peer.get(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.is_open()) return;
    // Whoever is too many gets a clear end at once.
    if (clients_.size() >= kMostClients) continue;
    auto client = std::make_unique<Client>();
    client->key = ++last_key_;
    client->fd = std::move(fd);
    client->flow.transport = Transport::kTcp;
    client->flow.client = peer.address();
    client->flow.client_port = peer.port();
    Client* raw = client.get();
    clients_[raw->key] = std::move(client);
    Touch(raw);
    Update(raw);
  }
}

void TcpFront::OnReady(uint64_t key, uint32_t events) {
  const auto found = clients_.find(key);
  if (found == clients_.end()) return;
  Client* client = found->second.get();
  bool alive = (events & (EPOLLERR | EPOLLHUP)) == 0 || !HasFailed(client->fd.get());
  // Messages that are handed over may be answered at once: written again.
  alive = alive && Write(client) && Read(client) && Handover(client) && Write(client);
  if (!alive || (client->finished && client->unanswered == 0 && client->unsent.empty())) return Drop(key);
  Update(client);
}

// False when the connection is to be closed.
bool TcpFront::Read(Client* client) {
  if (!client->may_read()) return true;
  char buffer[kReadBytes];
  const ssize_t size = recv(client->fd.get(), buffer, sizeof(buffer), 0);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  client->finished = size == 0;
  client->received.Append({buffer, static_cast<size_t>(size)});
  if (size > 0) Touch(client);
  return true;
}

bool TcpFront::Handover(Client* client) {
  while (client->has_room()) {
    std::optional<std::string> message = client->received.Next();
    if (!message.has_value()) break;
    ++client->unanswered;
    const uint64_t key = client->key;
    const auto reply = [this, key](const std::string& answer) { Answer(key, answer); };
    if (!handle_(*std::move(message), client->flow, reply)) return false;
  }
  return true;
}

bool TcpFront::Write(Client* client) {
  while (!client->unsent.empty()) {
    const ssize_t sent = send(client->fd.get(), client->unsent.data(), client->unsent.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    client->unsent.erase(0, static_cast<size_t>(sent));
  }
  return true;
}

void TcpFront::Answer(uint64_t key, const std::string& message) {
  const auto found = clients_.find(key);
  if (found == clients_.end()) return;
  Client* client = found->second.get();
  client->unsent += TcpFrame(message);
  --client->unanswered;
  Touch(client);
  // Sent from the loop: this may be called while the connection is being read.
  Update(client);
}

// Waits for what the connection can do next. Messages that had no room are in
// our own buffer, of which no descriptor tells: being writable stands for them.
void TcpFront::Update(Client* client) {
  const bool takes_up = client->has_room() && client->received.has_next();
  uint32_t wanted = client->may_read() ? EPOLLIN : 0u;
  if (takes_up || !client->unsent.empty()) wanted |= EPOLLOUT;
  const uint64_t key = client->key;
  loop_.Watch(client->fd.get(), wanted, [this, key](uint32_t events) { OnReady(key, events); });
}

void TcpFront::Touch(Client* client) {
  loop_.Cancel(client->idle);
  const uint64_t key = client->key;
  client->idle = loop_.After(idle_, [this, key] { Drop(key); });
}

void TcpFront::Drop(uint64_t key) {
  const auto found = clients_.find(key);
  if (found == clients_.end()) return;
  loop_.Cancel(found->second->idle);
  loop_.Unwatch(found->second->fd.get());
  clients_.erase(found);
}

}  // namespace haldane::guard
