// Servers that lie, fail and fall silent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "guard/dns/tcp_frames.h"
#include "guard/proxy/sockets.h"
#include "tests/guard/proxy/proxy_fixture.h"

namespace haldane::guard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

TEST_F(DnsProxyTest, AsksUnderIdsAndFromPortsThatCannotBeForeseen) {
  AnswerWith("192.0.2.1");
  Start(kBlocklist);
  std::set<uint16_t> ids;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(AskUdp(QueryFor("a.example", DnsType::kA, 7)).has_value());
    ids.insert(ReadU16(server_.udp_queries.back(), 0));
  }
  EXPECT_GT(ids.size(), 15u);
  const std::set<uint16_t> ports(server_.udp_ports.begin(), server_.udp_ports.end());
  EXPECT_GT(ports.size(), 15u) << "a question goes out from a port of its own";
}

TEST_F(DnsProxyTest, UpstreamErrorsAreRelayedWithTheirAuthority) {
  respond_ = [](const std::string& query, bool) {
    return std::vector<std::string>{AnswerTo(
        query,
        [](DnsBuilder& b) {
          b.Record("example", DnsType::kSoa,
                   DnsBuilder::Name("a") + DnsBuilder::Name("b") + std::string(20, 1), 900, 8);
        },
        0x8583)};
  };
  Start(kBlocklist);
  const auto reply = AskUdp(QueryFor("gone.example"));
  ASSERT_TRUE(reply.has_value());
  const DnsMessage message = *ParseDnsMessage(*reply);
  EXPECT_EQ(message.header.code, 3);
  EXPECT_TRUE(message.header.authoritative);
  EXPECT_EQ(message.header.authorities, 1);
  EXPECT_EQ(events_.events[0].rcode, "NXDOMAIN");
  EXPECT_EQ(events_.events[0].action, Action::kAllowed);
}

TEST_F(DnsProxyTest, SpoofedAnswersAreIgnored) {
  respond_ = [](const std::string& query, bool) {
    const auto answer = [&](DnsBuilder& b) { b.Address("a.example", "192.0.2.1"); };
    const auto spoof = [&](DnsBuilder& b) { b.Address("a.example", "203.0.113.66"); };
    std::string wrong_id = AnswerTo(query, spoof);
    wrong_id[0] = static_cast<char>(wrong_id[0] ^ 1);
    std::string wrong_name = AnswerTo(query, spoof);
    wrong_name[13] = 'b';
    std::string wrong_type = AnswerTo(query, spoof);
    wrong_type[wrong_type.find(std::string({"\0\1\0\1", 4})) + 1] = 16;
    return std::vector<std::string>{
        wrong_id, wrong_name, wrong_type, query, "", "short", AnswerTo(query, answer)};
  };
  Start(kBlocklist);
  const auto reply = AskUdp(QueryFor("a.example"));
  ASSERT_TRUE(reply.has_value());
  EXPECT_THAT(events_.events[0].answers, ElementsAre("192.0.2.1"));
  EXPECT_EQ(proxy_->ignored_answers(), 6u);
}

TEST_F(DnsProxyTest, WhatComesAfterTheAnswerChangesNothing) {
  respond_ = [](const std::string& query, bool) {
    const auto add = [](const char* address) {
      return [address](DnsBuilder& b) { b.Address("a.example", address); };
    };
    return std::vector<std::string>{AnswerTo(query, add("192.0.2.1")), AnswerTo(query, add("192.0.2.2")),
                                    AnswerTo(
                                        query, [](DnsBuilder&) {}, 0x8182)};
  };
  Start(kBlocklist);
  for (int i = 0; i < 3; ++i) ASSERT_EQ(CodeOf(AskUdp(QueryFor("a.example"))), 0);
  for (int i = 0; i < 5; ++i) loop_.RunOnce(absl::Milliseconds(10));
  EXPECT_THAT(events_.events, SizeIs(3));
  for (const Event& event : events_.events) EXPECT_THAT(event.answers, ElementsAre("192.0.2.1"));
  EXPECT_THAT(server_.udp_queries, SizeIs(3)) << "a failure that comes late is no reason to ask again";
}

TEST_F(DnsProxyTest, ADeadServerIsPassedOver) {
  {
    const UniqueFd taken = *BindSocket(SOCK_DGRAM, *IpAddress::Parse("127.0.0.1"), 0);
    more_servers_ = {{*IpAddress::Parse("127.0.0.1"), LocalPort(taken.get())}};
  }
  AnswerWith("192.0.2.1");
  times_.next_attempt = absl::Seconds(60);
  Start(kBlocklist);
  EXPECT_EQ(CodeOf(AskUdp(QueryFor("a.example"))), 0) << "refused, so the next at once";
}

TEST_F(DnsProxyTest, AServerThatFailsIsPassedOver) {
  FakeServer failing(loop_, [](const std::string& query, bool) {
    return std::vector<std::string>{AnswerTo(
        query, [](DnsBuilder&) {}, 0x8182)};
  });
  more_servers_ = {failing.address()};
  AnswerWith("192.0.2.1");
  times_.next_attempt = absl::Seconds(60);
  Start(kBlocklist);
  EXPECT_EQ(CodeOf(AskUdp(QueryFor("a.example"))), 0);
  EXPECT_THAT(failing.udp_queries, SizeIs(1));
}

TEST_F(DnsProxyTest, AFailureOfEveryServerIsRelayedAtOnce) {
  respond_ = [](const std::string& query, bool) {
    return std::vector<std::string>{AnswerTo(
        query, [](DnsBuilder& b) { b.Opt(1232, 0, "from the server"); }, 0x8182)};
  };
  times_ = {absl::Seconds(60), absl::Seconds(60)};
  Start(kBlocklist);
  const auto reply = AskUdp(QueryFor("a.example"));
  ASSERT_TRUE(reply.has_value());
  EXPECT_THAT(*reply, HasSubstr("from the server"));
  EXPECT_THAT(server_.udp_queries, SizeIs(1)) << "not asked again for the same failure";
}

TEST_F(DnsProxyTest, ASilentServerIsAskedAgainThenOverTcpThenGivenUp) {
  respond_ = [](const std::string&, bool) { return std::vector<std::string>{}; };
  times_ = {absl::Milliseconds(50), absl::Milliseconds(250)};
  Start(kBlocklist);
  EXPECT_EQ(CodeOf(AskUdp(QueryFor("a.example"))), 2);
  EXPECT_THAT(server_.udp_queries, SizeIs(2));
  EXPECT_THAT(server_.tcp_queries, SizeIs(1));
  EXPECT_EQ(events_.events.at(0).rcode, "SERVFAIL");
  EXPECT_THAT(events_.events.at(0).detail, HasSubstr("did not answer"));
}

TEST_F(DnsProxyTest, AnswersOverTcpThatDoNotFitTheClientAreTruncated) {
  respond_ = [](const std::string& query, bool tcp) {
    std::vector<std::string> answers;
    if (tcp)
      answers.push_back(AnswerTo(query, [](DnsBuilder& b) {
        for (int i = 0; i < 60; ++i) b.Address("a.example", absl::StrCat("192.0.2.", i));
      }));
    return answers;
  };
  times_ = {absl::Milliseconds(30), absl::Seconds(5)};
  Start(kBlocklist);
  const auto reply = AskUdp(QueryFor("a.example"));
  ASSERT_TRUE(reply.has_value());
  EXPECT_LE(reply->size(), 512u);
  EXPECT_TRUE(ParseDnsMessage(*reply)->header.truncated);
}

TEST_F(DnsProxyTest, MalformedAnswersAreNotPassedOn) {
  respond_ = [](const std::string& query, bool) {
    return std::vector<std::string>{AnswerTo(query, [](DnsBuilder& b) {
      b.Address("a.example", "192.0.2.1").Record("a.example", DnsType::kCname, {"\xc0\xff", 2});
    })};
  };
  Start(kBlocklist);
  EXPECT_EQ(CodeOf(AskUdp(QueryFor("a.example"))), 2);
  EXPECT_THAT(log_, ElementsAre("reply"));
}

}  // namespace
}  // namespace haldane::guard
