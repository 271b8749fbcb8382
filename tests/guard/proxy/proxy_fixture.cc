#include "tests/guard/proxy/proxy_fixture.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "guard/dns/tcp_frames.h"
#include "guard/proxy/sockets.h"

namespace haldane::guard {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(5);
const IpAddress kLoopback = *IpAddress::Parse("127.0.0.1");

bool IsReadable(int fd) {
  pollfd wait = {fd, POLLIN, 0};
  return poll(&wait, 1, 0) > 0;
}

}  // namespace

absl::Status FakeEgress::Allow(const IpAddress& address, absl::string_view name,
                               const std::vector<const Rule*>& grants, absl::Duration lifetime) {
  const std::string rules =
      absl::StrJoin(grants, "; ", [](std::string* out, const Rule* rule) { *out += rule->text; });
  log_->push_back(absl::StrCat("allow ", address.ToString(), " ", name, " [", rules, "] ",
                               absl::FormatDuration(lifetime)));
  return full ? absl::ResourceExhaustedError("the table is full") : absl::OkStatus();
}

absl::Status FakeEgress::Deny(const IpAddress& address, absl::string_view name, const Rule& rule) {
  log_->push_back(absl::StrCat("deny ", address.ToString(), " ", name, " [", rule.text, "]"));
  return absl::OkStatus();
}

void FakeEgress::Know(const IpAddress& address, absl::string_view name) {
  log_->push_back(absl::StrCat("know ", address.ToString(), " ", name));
}

Asker FakeAskers::Find(const QueryFlow& flow) {
  flows.push_back(flow);
  Asker asker;
  asker.process.pid = flow.client_port;
  asker.process.attribution = Attribution::kFlow;
  asker.server = *IpAddress::Parse("10.0.0.53");
  asker.server_port = 53;
  return asker;
}

FakeServer::FakeServer(EventLoop& loop, Respond respond) : loop_(loop), respond_(std::move(respond)) {
  // A port free for UDP may be taken for TCP.
  absl::StatusOr<UniqueFd> listener = absl::UnknownError("");
  for (int i = 0; i < 100 && !listener.ok(); ++i) {
    udp_ = *BindSocket(SOCK_DGRAM, kLoopback, 0);
    listener = BindSocket(SOCK_STREAM, kLoopback, LocalPort(udp_.get()));
  }
  listener_ = *std::move(listener);
  loop_.Watch(udp_.get(), EPOLLIN, [this](uint32_t) { OnUdp(); });
  loop_.Watch(listener_.get(), EPOLLIN, [this](uint32_t) { OnAccept(); });
}

FakeServer::~FakeServer() {
  loop_.Unwatch(udp_.get());
  loop_.Unwatch(listener_.get());
  for (const auto& [fd, connection] : connections_) loop_.Unwatch(fd);
}

UpstreamServer FakeServer::address() const { return {kLoopback, LocalPort(udp_.get())}; }

void FakeServer::OnUdp() {
  char buffer[65535];
  SocketAddress client;
  const ssize_t size = recvfrom(udp_.get(), buffer, sizeof(buffer), 0, client.get(), &client.size);
  if (size < 0) return;
  udp_queries.emplace_back(buffer, static_cast<size_t>(size));
  udp_ports.push_back(client.port());
  for (const std::string& answer : respond_(std::string(udp_queries.back()), false)) {
    sendto(udp_.get(), answer.data(), answer.size(), 0, client.get(), client.size);
  }
}

void FakeServer::OnAccept() {
  UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd.is_open()) return;
  const int number = fd.get();
  connections_[number].first = std::move(fd);
  loop_.Watch(number, EPOLLIN, [this, number](uint32_t) { OnTcp(number); });
}

void FakeServer::OnTcp(int fd) {
  char buffer[65535];
  const ssize_t size = recv(fd, buffer, sizeof(buffer), 0);
  if (size <= 0) {
    loop_.Unwatch(fd);
    connections_.erase(fd);
    return;
  }
  connections_[fd].second.Append({buffer, static_cast<size_t>(size)});
  while (auto query = connections_[fd].second.Next()) {
    tcp_queries.push_back(*query);
    for (const std::string& answer : respond_(*query, true)) {
      const std::string frame = TcpFrame(answer);
      send(fd, frame.data(), frame.size(), MSG_NOSIGNAL);
    }
  }
}

std::string AnswerTo(const std::string& query, const std::function<void(DnsBuilder&)>& add, uint16_t flags) {
  const DnsMessage message = *ParseDnsMessage(query);
  DnsBuilder answer(message.header.id, flags);
  answer.Raw(absl::string_view(query).substr(12, message.questions_end - 12)).Count(4);
  add(answer);
  return answer.wire();
}

void DnsProxyTest::Start(absl::string_view policy_lines) {
  policy_ = PolicyOf(policy_lines);
  DnsProxyOptions options;
  options.upstream = more_servers_;
  options.upstream.push_back(server_.address());
  options.own_addresses = {*IpAddress::Parse("198.51.100.1")};
  options.times = times_;
  auto proxy = DnsProxy::Start(loop_, *policy_, egress_, askers_, events_, Clock::Real(), std::move(options));
  ASSERT_TRUE(proxy.ok()) << proxy.status();
  proxy_ = *std::move(proxy);
}

void DnsProxyTest::AnswerWith(const std::string& address, uint32_t ttl) {
  respond_ = [=](const std::string& query, bool) {
    const std::string name = ParseDnsMessage(query)->questions[0].name;
    return std::vector<std::string>{AnswerTo(query, [&](DnsBuilder& b) { b.Address(name, address, ttl); })};
  };
}

int DnsProxyTest::CodeOf(const std::optional<std::string>& reply) {
  return reply.has_value() ? ParseDnsMessage(*reply)->header.code : -1;
}

bool DnsProxyTest::RunUntil(const std::function<bool()>& done) {
  const absl::Time end = absl::Now() + kPatience;
  while (!done() && absl::Now() < end) loop_.RunOnce(absl::Milliseconds(20));
  return done();
}

std::optional<std::string> DnsProxyTest::AskUdp(const std::string& query, bool v6, absl::Duration wait) {
  const IpAddress address = v6 ? *IpAddress::Parse("::1") : kLoopback;
  const UniqueFd fd = ConnectSocket(SOCK_DGRAM, address, proxy_->port());
  EXPECT_EQ(send(fd.get(), query.data(), query.size(), 0), static_cast<ssize_t>(query.size()));
  const absl::Time end = absl::Now() + wait;
  while (!IsReadable(fd.get()) && absl::Now() < end) loop_.RunOnce(absl::Milliseconds(20));
  char buffer[65535];
  const ssize_t size = recv(fd.get(), buffer, sizeof(buffer), 0);
  if (size < 0) return std::nullopt;
  log_.push_back("reply");
  return std::string(buffer, static_cast<size_t>(size));
}

std::vector<std::string> DnsProxyTest::AskTcp(const std::vector<std::string>& pieces, size_t count,
                                              bool half_close) {
  const UniqueFd fd = ConnectSocket(SOCK_STREAM, kLoopback, proxy_->port());
  for (const std::string& piece : pieces) {
    EXPECT_EQ(send(fd.get(), piece.data(), piece.size(), MSG_NOSIGNAL), static_cast<ssize_t>(piece.size()));
    for (int i = 0; i < 3; ++i) loop_.RunOnce(absl::Milliseconds(1));
  }
  if (half_close) shutdown(fd.get(), SHUT_WR);
  TcpFrames frames;
  std::vector<std::string> replies;
  bool closed = false;
  RunUntil([&] {
    char buffer[65535];
    const ssize_t size = recv(fd.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
    closed = closed || size == 0;
    if (size > 0) frames.Append({buffer, static_cast<size_t>(size)});
    while (auto reply = frames.Next()) replies.push_back(*reply);
    return closed || replies.size() >= count;
  });
  return replies;
}

}  // namespace haldane::guard
