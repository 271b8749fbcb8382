#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/bpf/http_client.h"

namespace haldane::agent {

HttpConnection::HttpConnection(uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

HttpConnection::HttpConnection(const std::string& path)
    : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  EXPECT_EQ(connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0) << path;
}

void HttpConnection::Send(const std::string& bytes) {
  EXPECT_EQ(send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(bytes.size()));
}

int HttpConnection::Get(const std::string& path) {
  Send("GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n");
  return ReadResponse();
}

int HttpConnection::ReadResponse() {
  for (;;) {
    const std::string head = ReadThrough("\r\n\r\n");
    if (head.size() < 12) return 0;
    const int status = std::stoi(head.substr(9, 3));
    if (status < 200) continue;
    ReadBody(head);
    return status;
  }
}

void HttpConnection::ReadBody(const std::string& head) {
  body_.clear();
  const size_t length = head.find("Content-Length: ");
  if (length != std::string::npos) {
    body_ = ReadBytes(std::stoul(head.substr(length + 16)));
    return;
  }
  if (head.find("chunked") == std::string::npos) return;
  for (;;) {
    const size_t size = std::stoul(ReadThrough("\r\n"), nullptr, 16);
    body_ += ReadBytes(size);
    ReadBytes(2);
    if (size == 0) return;
  }
}

bool HttpConnection::ReadMore() {
  char buffer[65536];
  const ssize_t n = recv(socket_.get(), buffer, sizeof buffer, 0);
  if (n > 0) unread_.append(buffer, static_cast<size_t>(n));
  return n > 0;
}

std::string HttpConnection::ReadThrough(const std::string& end) {
  size_t found;
  while ((found = unread_.find(end)) == std::string::npos) {
    if (!ReadMore()) return "";
  }
  const std::string text = unread_.substr(0, found);
  unread_.erase(0, found + end.size());
  return text;
}

std::string HttpConnection::ReadBytes(size_t count) {
  while (unread_.size() < count && ReadMore()) {
  }
  const std::string text = unread_.substr(0, count);
  unread_.erase(0, text.size());
  return text;
}

}  // namespace haldane::agent
