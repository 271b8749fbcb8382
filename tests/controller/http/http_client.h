#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"

namespace haldane::testing {

// An answer as it came over the wire.
struct HttpReply {
  int status = 0;
  std::string head, body;
};

// A connection that sends one request and reads as it likes. Gives up after 20 s.
class HttpCall {
 public:
  HttpCall(int port, const std::string& request) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    timeval limit = {.tv_sec = 20, .tv_usec = 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) return;
    (void)!write(fd_.get(), request.data(), request.size());
  }

  // Everything until `text` has come, or the end.
  const std::string& ReadUntil(const std::string& text) {
    char buffer[8192];
    while (text.empty() || received_.find(text) == std::string::npos) {
      const ssize_t count = read(fd_.get(), buffer, sizeof(buffer));
      if (count <= 0) break;
      received_.append(buffer, static_cast<size_t>(count));
    }
    return received_;
  }

  HttpReply Reply() {
    ReadUntil("");
    HttpReply reply;
    const size_t end = received_.find("\r\n\r\n");
    if (received_.size() < 12 || end == std::string::npos) return reply;
    reply.status = std::stoi(received_.substr(9, 3));
    reply.head = received_.substr(0, end + 2);
    reply.body = received_.substr(end + 4);
    return reply;
  }

 private:
  UniqueFd fd_;
  std::string received_;
};

inline HttpReply Http(int port, const std::string& method, const std::string& path,
                      const std::string& body = "",
                      const std::string& headers = "Content-Type: application/json\r\n") {
  return HttpCall(port, absl::StrCat(method, " ", path, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n",
                                     headers, "Content-Length: ", body.size(), "\r\n\r\n", body))
      .Reply();
}

}  // namespace haldane::testing
