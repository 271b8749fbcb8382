#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/unique_fd.h"
#include "guard/attribution/asker.h"
#include "guard/loop/event_loop.h"

namespace haldane::guard {

// The TCP side of the proxy: many messages per connection, in any pieces,
// answered in any order (RFC 7766). Belongs to one event loop.
class TcpFront {
 public:
  using Reply = std::function<void(const std::string& message)>;
  // Gets a client's message. `reply` may be called once, at any time while the
  // front lives, also when the client has gone. False: the message deserves no
  // answer; its connection is closed.
  using Handle = std::function<bool(std::string message, const QueryFlow& flow, Reply reply)>;

  // `idle`: how long a connection may say nothing.
  TcpFront(EventLoop& loop, Handle handle, absl::Duration idle = absl::Seconds(15));
  ~TcpFront();
  TcpFront(const TcpFront&) = delete;
  TcpFront& operator=(const TcpFront&) = delete;

  // Serves who connects to this listening socket.
  void Serve(UniqueFd listener);

  size_t connections() const { return clients_.size(); }

 private:
  struct Client;

  void Accept(int listener);
  void OnReady(uint64_t key, uint32_t events);
  bool Read(Client* client);
  bool Handover(Client* client);
  bool Write(Client* client);
  void Answer(uint64_t key, const std::string& message);
  void Update(Client* client);
  void Touch(Client* client);
  void Drop(uint64_t key);

  EventLoop& loop_;
  const Handle handle_;
  const absl::Duration idle_;
  std::map<int, UniqueFd> listeners_;
  uint64_t last_key_ = 0;
  std::map<uint64_t, std::unique_ptr<Client>> clients_;
};

}  // namespace haldane::guard
