#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/unique_fd.h"
#include "guard/loop/event_loop.h"
#include "guard/proxy/query_judge.h"
#include "guard/proxy/tcp_front.h"
#include "guard/proxy/upstream.h"

namespace haldane::guard {

struct DnsProxyOptions {
  std::vector<UpstreamServer> upstream;  // at least one: UpstreamOf (proxy/resolv_conf.h)
  std::vector<IpAddress> own_addresses;  // of this host, beside loopback
  UpstreamTimes times;
  uint16_t port = 0;  // to listen on; 0: any that is free
  // Sockets that are bound already, instead of a port: queries wait in them
  // while one proxy follows another.
  std::vector<UniqueFd> udp, listeners;
};

// The name server that the script's lookups are led to. It listens on loopback
// with UDP and TCP and passes on, byte by byte, what the policy allows.
//
// Runs on its caller's event loop and on no thread of its own: everything given
// to it is called from that loop, and outlives it. An address is in the
// EgressTable before the answer with it is sent.
class DnsProxy {
 public:
  // `policy`, `egress`, `askers` and `events` as QueryJudge has them.
  static absl::StatusOr<std::unique_ptr<DnsProxy>> Start(EventLoop& loop, const Policy& policy,
                                                         EgressTable& egress, AskerLookup& askers,
                                                         EventSink& events, const Clock& clock,
                                                         DnsProxyOptions options);
  ~DnsProxy();
  DnsProxy(const DnsProxy&) = delete;
  DnsProxy& operator=(const DnsProxy&) = delete;

  // One port for everything: UDP and TCP of 127.0.0.1 and, if the host has
  // IPv6, of ::1.
  uint16_t port() const { return port_; }
  bool has_ipv6() const { return udp_.size() > 1; }

  // Upstream answers that did not match a question and were ignored.
  uint64_t ignored_answers() const { return upstream_.ignored_answers(); }

 private:
  DnsProxy(EventLoop& loop, QueryJudge::Parts parts, DnsProxyOptions options);

  absl::Status Listen(uint16_t port);
  void Serve(std::vector<UniqueFd> udp, std::vector<UniqueFd> listeners);
  void OnUdp(int fd);
  bool Handle(std::string wire, const QueryFlow& flow, TcpFront::Reply reply);

  EventLoop& loop_;
  QueryJudge judge_;
  std::vector<UniqueFd> udp_;
  TcpFront tcp_;
  Upstream upstream_;
  uint16_t port_ = 0;
};

}  // namespace haldane::guard
