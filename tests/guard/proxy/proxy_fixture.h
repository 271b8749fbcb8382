#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "guard/dns/tcp_frames.h"
#include "guard/proxy/dns_proxy.h"
#include "tests/guard/dns_builder.h"
#include "tests/guard/policies.h"

namespace haldane::guard {

// What the proxy told the kernel, in order, with all other things that happen.
class FakeEgress final : public EgressTable {
 public:
  explicit FakeEgress(std::vector<std::string>* log) : log_(log) {}
  absl::Status Allow(const IpAddress& address, absl::string_view name, const std::vector<const Rule*>& grants,
                     absl::Duration lifetime) override;
  absl::Status Deny(const IpAddress& address, absl::string_view name, const Rule& rule) override;
  void Know(const IpAddress& address, absl::string_view name) override;

  bool full = false;

 private:
  std::vector<std::string>* log_;
};

// Says that the asker's pid is the client's port.
class FakeAskers final : public AskerLookup {
 public:
  Asker Find(const QueryFlow& flow) override;
  std::vector<QueryFlow> flows;
};

class EventList final : public EventSink {
 public:
  void Take(const Event& event) override { events.push_back(event); }
  std::vector<Event> events;
};

// A name server on loopback that answers as a test says.
class FakeServer {
 public:
  // What to send back to a query; several messages, or none.
  using Respond = std::function<std::vector<std::string>(const std::string& query, bool tcp)>;

  FakeServer(EventLoop& loop, Respond respond);
  ~FakeServer();

  UpstreamServer address() const;
  std::vector<std::string> udp_queries, tcp_queries;
  std::vector<uint16_t> udp_ports;  // where each of udp_queries came from

 private:
  struct Connection;
  void OnUdp();
  void OnAccept();
  void OnTcp(int fd);

  EventLoop& loop_;
  Respond respond_;
  UniqueFd udp_, listener_;
  std::map<int, std::pair<UniqueFd, TcpFrames>> connections_;
};

// The answer to `query` with what `add` adds.
std::string AnswerTo(const std::string& query, const std::function<void(DnsBuilder&)>& add,
                     uint16_t flags = kAnswerFlags);

inline constexpr char kBlocklist[] =
    "default: allow\nrules: [{deny: {suffix: github.com}, reason: circular, owner: infra}]";

// A proxy with all its parts, on a loop that runs while a test waits.
class DnsProxyTest : public testing::Test {
 protected:
  // Starts with the policy of these lines, asking `server_`.
  void Start(absl::string_view policy_lines);
  // The server answers every question with this address.
  void AnswerWith(const std::string& address, uint32_t ttl = 60);
  static int CodeOf(const std::optional<std::string>& reply);
  // Runs the loop until `done`, at most five seconds.
  bool RunUntil(const std::function<bool()>& done);
  // Sends over UDP from a socket of its own and gives the reply, or nothing
  // when none has come within `wait`.
  std::optional<std::string> AskUdp(const std::string& query, bool v6 = false,
                                    absl::Duration wait = absl::Seconds(5));
  // Sends the pieces over one TCP connection, and reads `count` messages.
  std::vector<std::string> AskTcp(const std::vector<std::string>& pieces, size_t count,
                                  bool half_close = false);

  EventLoop loop_;
  std::vector<std::string> log_;
  FakeEgress egress_{&log_};
  FakeAskers askers_;
  EventList events_;
  std::unique_ptr<Policy> policy_;
  std::function<std::vector<std::string>(const std::string&, bool tcp)> respond_;
  FakeServer server_{loop_, [this](const std::string& q, bool tcp) { return respond_(q, tcp); }};
  std::vector<UpstreamServer> more_servers_;  // asked before server_
  UpstreamTimes times_;
  std::unique_ptr<DnsProxy> proxy_;
};

}  // namespace haldane::guard
