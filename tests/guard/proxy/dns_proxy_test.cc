#include "guard/proxy/dns_proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "guard/dns/tcp_frames.h"
#include "guard/proxy/sockets.h"
#include "tests/guard/proxy/proxy_fixture.h"

namespace haldane::guard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(DnsProxyTest, PassesTheAnswerOnByteByByteOverBothFamilies) {
  std::string sent;
  respond_ = [&](const std::string& query, bool) {
    sent = AnswerTo(query, [](DnsBuilder& b) {
      b.Address("A.Example", "192.0.2.1").Opt(1400, 0, {"\0\3\0\2hi", 6});
    });
    return std::vector<std::string>{sent};
  };
  Start(kBlocklist);
  for (const bool v6 : {false, true}) {
    if (v6 && !proxy_->has_ipv6()) continue;
    const std::string query =
        DnsBuilder(0xbeef).Question("A.Example", DnsType::kA).Opt(4096, 0, {"\xfd\xe9\0\1x", 5}).wire();
    const auto reply = AskUdp(query, v6);
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(ReadU16(*reply, 0), 0xbeef);
    EXPECT_EQ(reply->substr(2), sent.substr(2)) << "but for its id";
    EXPECT_EQ(server_.udp_queries.back().substr(2), query.substr(2)) << "with unknown EDNS options";
  }
}

TEST_F(DnsProxyTest, BlockedNamesGetAnAnswerWithoutTheServer) {
  Start(kBlocklist);
  for (const char* name : {"github.com", "GitHub.COM", "api.gItHuB.com"}) {
    for (const DnsType type : {DnsType::kA, DnsType::kAaaa, DnsType::kHttps, DnsType::kAny, DnsType::kTxt,
                               DnsType::kSrv, DnsType::kPtr}) {
      EXPECT_EQ(CodeOf(AskUdp(QueryFor(name, type))), 3)
          << name << " " << DnsTypeName(static_cast<uint16_t>(type));
    }
  }
  EXPECT_THAT(server_.udp_queries, IsEmpty());
  const Event& event = events_.events.front();
  EXPECT_EQ(event.action, Action::kBlocked);
  EXPECT_EQ(event.domain, "github.com");
  EXPECT_EQ(event.reason, "circular");
  EXPECT_EQ(event.owner, "infra");
  EXPECT_EQ(event.rcode, "NXDOMAIN");
  EXPECT_EQ(event.process.pid, askers_.flows.front().client_port);
}

TEST_F(DnsProxyTest, TheKernelKnowsTheAddressBeforeTheClientDoes) {
  AnswerWith("192.0.2.1");
  Start("default: resolved\nrules: [{allow: {exact: a.example, ports: [443]}}]");
  ASSERT_TRUE(AskUdp(QueryFor("a.example")).has_value());
  EXPECT_THAT(log_, ElementsAre("allow 192.0.2.1 a.example [allow exact a.example ports 443] inf", "reply"));
}

TEST_F(DnsProxyTest, LifetimesAreBoundedFromBelowAndAbove) {
  Start("dns: {allow_lifetime: {ttl: {min: 60s, grace: 300s}}}");
  for (const auto& [ttl, lifetime] : std::map<uint32_t, std::string>{
           {0, "6m"}, {59, "6m"}, {3600, "1h5m"}, {0x7fffffff, "168h5m"}, {0xffffffff, "6m"}}) {
    AnswerWith("192.0.2.1", ttl);
    log_.clear();
    ASSERT_TRUE(AskUdp(QueryFor("a.example")).has_value());
    EXPECT_EQ(log_.front(), absl::StrCat("allow 192.0.2.1 a.example [] ", lifetime)) << ttl;
  }
}

TEST_F(DnsProxyTest, EveryLinkOfAChainIsJudged) {
  respond_ = [](const std::string& query, bool) {
    return std::vector<std::string>{AnswerTo(query, [](DnsBuilder& b) {
      b.Cname("cdn.example", "x.cdn.example")
          .Cname("x.cdn.example", "Edge.GitHub.COM")
          .Address("edge.github.com", "192.0.2.1");
    })};
  };
  Start(kBlocklist);
  EXPECT_EQ(CodeOf(AskUdp(QueryFor("cdn.example"))), 3);
  ASSERT_THAT(events_.events, SizeIs(1));
  EXPECT_EQ(events_.events[0].domain, "cdn.example");
  EXPECT_EQ(events_.events[0].matched_name, "edge.github.com");
  EXPECT_EQ(events_.events[0].action, Action::kBlocked);
  EXPECT_THAT(log_, ElementsAre("know 192.0.2.1 cdn.example", "reply")) << "nothing was allowed";
}

TEST_F(DnsProxyTest, DnameAndServiceTargetsAreLinksToo) {
  Start(kBlocklist);
  respond_ = [](const std::string& query, bool) {
    return std::vector<std::string>{AnswerTo(query, [](DnsBuilder& b) {
      b.Record("b.example", DnsType::kDname, DnsBuilder::Name("github.com"));
    })};
  };
  EXPECT_EQ(CodeOf(AskUdp(QueryFor("a.b.example"))), 3);
  respond_ = [](const std::string& query, bool) {
    return std::vector<std::string>{AnswerTo(query, [](DnsBuilder& b) {
      b.Record("c.example", DnsType::kHttps, std::string(2, '\0') + DnsBuilder::Name("alias.github.com"));
    })};
  };
  EXPECT_EQ(CodeOf(AskUdp(QueryFor("c.example", DnsType::kHttps))), 3);
}

TEST_F(DnsProxyTest, LoopsOfAliasesEnd) {
  respond_ = [](const std::string& query, bool) {
    return std::vector<std::string>{AnswerTo(
        query, [](DnsBuilder& b) { b.Cname("a.example", "b.example").Cname("b.example", "a.example"); })};
  };
  Start(kBlocklist);
  EXPECT_EQ(CodeOf(AskUdp(QueryFor("a.example"))), 0);
}

TEST_F(DnsProxyTest, ObserveDecidesAlikeAndLetsThrough) {
  AnswerWith("192.0.2.1");
  Start(absl::StrCat("mode: observe\n", kBlocklist));
  EXPECT_EQ(CodeOf(AskUdp(QueryFor("github.com"))), 0);
  ASSERT_THAT(events_.events, SizeIs(1));
  EXPECT_EQ(events_.events[0].action, Action::kWouldBlock);
  EXPECT_EQ(events_.events[0].rcode, "NOERROR");
  EXPECT_THAT(events_.events[0].answers, ElementsAre("192.0.2.1"));
  EXPECT_THAT(log_, ElementsAre("know 192.0.2.1 github.com", "reply"));
}

TEST_F(DnsProxyTest, StrictRulesLearnWhatTheyDeny) {
  AnswerWith("192.0.2.1");
  Start("default: allow\nrules: [{deny: {suffix: github.com}, strict_ip: true}]");
  EXPECT_EQ(CodeOf(AskUdp(QueryFor("github.com"))), 3);
  EXPECT_THAT(log_, ElementsAre("deny 192.0.2.1 github.com [deny suffix github.com strict_ip]", "reply"));
  EXPECT_THAT(events_.events, SizeIs(1));
}

TEST_F(DnsProxyTest, NamesThatPointAtThisHostAreBlocked) {
  Start(kBlocklist);
  for (const char* address : {"127.0.0.1", "0.0.0.0", "198.51.100.1"}) {
    AnswerWith(address);
    EXPECT_EQ(CodeOf(AskUdp(QueryFor("evil.example"))), 3) << address;
  }
  EXPECT_EQ(events_.events[0].reason, "dns.rebinding");
}

TEST_F(DnsProxyTest, MalformedQueriesGetFormErr) {
  Start(kBlocklist);
  const std::string good = QueryFor("a.example");
  const std::vector<std::string> bad = {
      DnsBuilder().wire(),                                                        // no question
      DnsBuilder().Question("a", DnsType::kA).Question("b", DnsType::kA).wire(),  // two
      good.substr(0, good.size() - 1),                                            // cut
      good + "x",                                                                 // more behind it
      DnsBuilder().Raw({"\xc0\x0c\0\1\0\1", 6}).Count(4).wire(),                  // a pointer to itself
      DnsBuilder().Raw("\x40" + std::string(64, 'a')).Raw({"\0\0\1\0\1", 5}).Count(4).wire(),  // a label of
                                                                                               // 64
      DnsBuilder().Question("a", DnsType::kA).Address("a", "192.0.2.1").wire(),  // an answer in it
  };
  for (size_t i = 0; i < bad.size(); ++i) {
    const auto reply = AskUdp(bad[i]);
    ASSERT_TRUE(reply.has_value()) << i;
    EXPECT_EQ(ParseDnsHeader(*reply)->code, 1) << i;
  }
  EXPECT_THAT(server_.udp_queries, IsEmpty());
  EXPECT_THAT(events_.events, SizeIs(bad.size()));
}

TEST_F(DnsProxyTest, WhatIsNoQueryGetsNothing) {
  Start(kBlocklist);
  for (const std::string& message : {std::string(), std::string("\0\1\2", 3), DnsBuilder(1, 0x8000).wire()}) {
    EXPECT_EQ(AskUdp(message, false, absl::Milliseconds(100)), std::nullopt);
  }
  EXPECT_EQ(CodeOf(AskUdp(DnsBuilder(1, 0x2000).Question("a", DnsType::kSoa).wire())), 4) << "NOTIFY";
  EXPECT_EQ(CodeOf(AskUdp(QueryFor("a.example", DnsType::kAxfr))), 5);
}

TEST_F(DnsProxyTest, AFullTableIsSaidOnce) {
  egress_.full = true;
  AnswerWith("192.0.2.1");
  Start(kBlocklist);
  AskUdp(QueryFor("a.example"));
  AskUdp(QueryFor("b.example"));
  ASSERT_THAT(events_.events, SizeIs(3));
  EXPECT_EQ(events_.events[0].kind, EventKind::kGuard);
  EXPECT_EQ(events_.events[0].reason, "address_table");
}

TEST_F(DnsProxyTest, StopsWithQuestionsUnderWay) {
  respond_ = [](const std::string&, bool) { return std::vector<std::string>{}; };
  Start(kBlocklist);
  EXPECT_EQ(AskUdp(QueryFor("a.example"), false, absl::Milliseconds(50)), std::nullopt);
  proxy_.reset();
  loop_.RunOnce(absl::Milliseconds(10));
}

}  // namespace
}  // namespace haldane::guard
