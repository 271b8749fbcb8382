#pragma once

#include <cstdint>
#include <string>

#include "base/unique_fd.h"

namespace haldane::agent {

// A connection to a server on this machine.
class HttpConnection {
 public:
  explicit HttpConnection(uint16_t port);
  // To a Unix socket.
  explicit HttpConnection(const std::string& path);

  void Send(const std::string& bytes);
  // Sends a GET that keeps the connection open, and reads the response.
  int Get(const std::string& path);
  // Reads one response, interim ones before it skipped; its status, 0 when the
  // connection ended.
  int ReadResponse();
  const std::string& body() const { return body_; }

 private:
  bool ReadMore();
  // Removes and returns what comes before `end`, which is removed too.
  std::string ReadThrough(const std::string& end);
  std::string ReadBytes(size_t count);
  void ReadBody(const std::string& head);

  UniqueFd socket_;
  std::string unread_;
  std::string body_;
};

}  // namespace haldane::agent
