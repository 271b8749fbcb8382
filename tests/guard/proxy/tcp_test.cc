// The proxy over TCP: pieces, pipelines, ends.
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

using testing::IsEmpty;
using testing::SizeIs;

TEST_F(DnsProxyTest, TcpTakesPipelinedQueriesAndPieces) {
  respond_ = [](const std::string& query, bool) {
    const std::string name = ParseDnsMessage(query)->questions[0].name;
    return std::vector<std::string>{AnswerTo(query, [&](DnsBuilder& b) { b.Address(name, "192.0.2.1"); })};
  };
  Start(kBlocklist);
  const std::string two =
      TcpFrame(QueryFor("a.example", DnsType::kA, 1)) + TcpFrame(QueryFor("github.com", DnsType::kA, 2));
  std::map<int, int> codes;
  for (const std::string& reply : AskTcp({two}, 2)) codes[ReadU16(reply, 0)] = CodeOf(reply);
  EXPECT_EQ(codes, (std::map<int, int>{{1, 0}, {2, 3}})) << "each message of a segment is judged";
  EXPECT_THAT(server_.tcp_queries, SizeIs(1)) << "TCP stays TCP";

  const std::string one = TcpFrame(QueryFor("github.com"));
  const auto replies = AskTcp({one.substr(0, 1), one.substr(1, 9), one.substr(10)}, 1);
  ASSERT_THAT(replies, SizeIs(1));
  EXPECT_EQ(CodeOf(replies[0]), 3);
}

TEST_F(DnsProxyTest, TcpAnswersClientsThatFinishedSending) {
  AnswerWith("192.0.2.1");
  Start(kBlocklist);
  EXPECT_THAT(AskTcp({TcpFrame(QueryFor("a.example"))}, 2, true), SizeIs(1)) << "then it closes";
}

TEST_F(DnsProxyTest, TcpManyMessagesAtOnceAreAllAnswered) {
  AnswerWith("192.0.2.1");
  Start(kBlocklist);
  std::string all;
  for (uint16_t i = 0; i < 300; ++i)
    all += TcpFrame(QueryFor(i % 2 == 0 ? "github.com" : "a.example", DnsType::kA, i));
  std::set<int> ids;
  for (const std::string& reply : AskTcp({all}, 300)) ids.insert(ReadU16(reply, 0));
  EXPECT_THAT(ids, SizeIs(300));
}

TEST_F(DnsProxyTest, TcpClosesOnNonsense) {
  Start(kBlocklist);
  EXPECT_THAT(AskTcp({TcpFrame("")}, 1), IsEmpty());
  EXPECT_THAT(AskTcp({TcpFrame(std::string(65535, '\xff'))}, 1), IsEmpty()) << "marked as an answer";
  EXPECT_THAT(AskTcp({TcpFrame(std::string(65535, '\0'))}, 1), SizeIs(1)) << "FORMERR";
}

TEST_F(DnsProxyTest, TruncatedAnswersAreRelayedForTheClientToComeBack) {
  respond_ = [](const std::string& query, bool tcp) {
    return std::vector<std::string>{AnswerTo(
        query,
        [&](DnsBuilder& b) {
          for (int i = 0; tcp && i < 60; ++i) b.Address("big.example", absl::StrCat("192.0.2.", i));
        },
        tcp ? 0x8180 : 0x8380)};
  };
  Start(kBlocklist);
  const auto udp = AskUdp(QueryFor("big.example"));
  ASSERT_TRUE(udp.has_value());
  EXPECT_TRUE(ParseDnsMessage(*udp)->header.truncated);
  const auto tcp = AskTcp({TcpFrame(QueryFor("big.example"))}, 1);
  ASSERT_THAT(tcp, SizeIs(1));
  EXPECT_EQ(ParseDnsMessage(tcp[0])->header.answers, 60);
  EXPECT_THAT(log_, SizeIs(61)) << "sixty addresses, one reply over UDP";
}

TEST_F(DnsProxyTest, ClientsThatGoAwayHarmNobody) {
  AnswerWith("192.0.2.1");
  Start(kBlocklist);
  for (int i = 0; i < 50; ++i) {
    const UniqueFd fd = ConnectSocket(SOCK_STREAM, *IpAddress::Parse("127.0.0.1"), proxy_->port());
    const std::string frame = TcpFrame(QueryFor("a.example"));
    send(fd.get(), frame.data(), frame.size(), MSG_NOSIGNAL);
    linger reset = {1, 0};
    if (i % 2 == 0) setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  }
  EXPECT_EQ(CodeOf(AskUdp(QueryFor("b.example"))), 0);
}

}  // namespace
}  // namespace haldane::guard
