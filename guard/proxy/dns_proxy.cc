#include "guard/proxy/dns_proxy.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/status_macros.h"
#include "guard/proxy/sockets.h"

namespace haldane::guard {
namespace {

constexpr int kMostAtOnce = 64;    // datagrams, before the rest of the loop has its turn
constexpr int kPortAttempts = 20;  // a port free for UDP may be taken for TCP

IpAddress Loopback4() { return *IpAddress::Parse("127.0.0.1"); }
IpAddress Loopback6() { return *IpAddress::Parse("::1"); }

}  // namespace

absl::StatusOr<std::unique_ptr<DnsProxy>> DnsProxy::Start(EventLoop& loop, const Policy& policy,
                                                          EgressTable& egress, AskerLookup& askers,
                                                          EventSink& events, const Clock& clock,
                                                          DnsProxyOptions options) {
  if (options.upstream.empty()) return absl::InvalidArgumentError("the DNS proxy has no server to ask");
  const uint16_t port = options.port;
  std::vector<UniqueFd> udp = std::move(options.udp), listeners = std::move(options.listeners);
  QueryJudge::Parts parts{policy, egress, askers, events, clock, options.own_addresses};
  std::unique_ptr<DnsProxy> proxy(new DnsProxy(loop, std::move(parts), std::move(options)));
  if (!udp.empty()) {
    proxy->Serve(std::move(udp), std::move(listeners));
    return proxy;
  }
  absl::Status status = proxy->Listen(port);
  for (int i = 1; port == 0 && !status.ok() && i < kPortAttempts; ++i) status = proxy->Listen(0);
  RETURN_IF_ERROR(status);
  return proxy;
}

DnsProxy::DnsProxy(EventLoop& loop, QueryJudge::Parts parts, DnsProxyOptions options)
    : loop_(loop),
      judge_(std::move(parts)),
      tcp_(loop, [this](std::string wire, const QueryFlow& flow,
                        TcpFront::Reply reply) { return Handle(std::move(wire), flow, std::move(reply)); }),
      upstream_(loop, std::move(options.upstream), options.times) {}

DnsProxy::~DnsProxy() {
  for (const UniqueFd& fd : udp_) loop_.Unwatch(fd.get());
}

absl::Status DnsProxy::Listen(uint16_t port) {
  std::vector<UniqueFd> udp, tcp;
  for (const IpAddress& address : {Loopback4(), Loopback6()}) {
    // A host without IPv6 has no script that could use it.
    if (!address.is_v4() && !BindSocket(SOCK_DGRAM, address, 0).ok()) break;
    ASSIGN_OR_RETURN(UniqueFd datagrams, BindSocket(SOCK_DGRAM, address, port));
    port = LocalPort(datagrams.get());
    ASSIGN_OR_RETURN(UniqueFd listener, BindSocket(SOCK_STREAM, address, port));
    udp.push_back(std::move(datagrams));
    tcp.push_back(std::move(listener));
  }
  Serve(std::move(udp), std::move(tcp));
  return absl::OkStatus();
}

void DnsProxy::Serve(std::vector<UniqueFd> udp, std::vector<UniqueFd> listeners) {
  port_ = LocalPort(udp.front().get());
  udp_ = std::move(udp);
  for (const UniqueFd& fd : udp_) {
    const int number = fd.get();
    loop_.Watch(number, EPOLLIN, [this, number](uint32_t) { OnUdp(number); });
  }
  for (UniqueFd& listener : listeners) tcp_.Serve(std::move(listener));
}

void DnsProxy::OnUdp(int fd) {
  static char buffer[kMaxDnsMessage];
  for (int i = 0; i < kMostAtOnce; ++i) {
    SocketAddress client;
    const ssize_t size = recvfrom(fd, buffer, sizeof(buffer), 0, client.get(), &client.size);
    if (size < 0) {
      // ICMP errors of earlier replies are nobody's concern.
      if (errno == EAGAIN) return;
      continue;
    }
    QueryFlow flow;
    flow.transport = Transport::kUdp;
    flow.client = client.address();
    flow.client_port = client.port();
    Handle(std::string(buffer, static_cast<size_t>(size)), flow, [fd, client](const std::string& reply) {
      // A client that has gone, or a full buffer: as on any network, it asks again.
      sendto(fd, reply.data(), reply.size(), MSG_NOSIGNAL, client.get(), client.size);
    });
  }
}

bool DnsProxy::Handle(std::string wire, const QueryFlow& flow, TcpFront::Reply reply) {
  QueryJudge::Outcome outcome = judge_.TakeQuery(std::move(wire), flow);
  if (outcome.reply.has_value()) {
    reply(*outcome.reply);
    return true;
  }
  if (outcome.ask == nullptr) return false;
  const std::shared_ptr<const PendingQuery> query = std::move(outcome.ask);
  upstream_.Ask(query->wire, query->message.questions[0], query->transport,
                [this, query, reply = std::move(reply)](std::optional<std::string> answer) {
                  reply(judge_.TakeAnswer(*query, std::move(answer)));
                });
  return true;
}

}  // namespace haldane::guard
