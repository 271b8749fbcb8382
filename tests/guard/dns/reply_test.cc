#include "guard/dns/reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/guard/dns_builder.h"

namespace haldane::guard {
namespace {

using testing::HasSubstr;

DnsMessage Parsed(const std::string& wire) {
  const auto message = ParseDnsMessage(wire);
  EXPECT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->end, wire.size());
  return *message;
}

TEST(MakeBlockReplyTest, IsNxdomainWithAShortLivedSoaAndTheReasonForThoseWhoAsk) {
  const std::string query = DnsBuilder(9).Question("GitHub.COM", DnsType::kA).Opt(4096, 0x8000).wire();
  const std::string reply = MakeBlockReply(query, Parsed(query), {DnsCode::kNxDomain, "rule circular"});
  const DnsMessage message = Parsed(reply);
  EXPECT_EQ(message.header.id, 9);
  EXPECT_TRUE(message.header.response);
  EXPECT_FALSE(message.header.authoritative);
  EXPECT_TRUE(message.header.recursion_desired);
  EXPECT_TRUE(message.header.recursion_available);
  EXPECT_EQ(message.header.code, 3);
  EXPECT_EQ(reply.substr(12, 12), query.substr(12, 12)) << "the question in the client's own case";
  ASSERT_EQ(message.records.size(), 2u);
  EXPECT_EQ(message.records[0].type, 6);
  EXPECT_EQ(message.records[0].owner, "github.com");
  EXPECT_EQ(message.records[0].ttl, 1u);
  EXPECT_TRUE(message.edns->dnssec_ok);
  EXPECT_THAT(reply, HasSubstr(std::string({"\0\17\0\17\0\17rule circular", 19})));
}

TEST(MakeBlockReplyTest, SaysNothingInEdnsToWhoDoesNotSpeakIt) {
  const std::string query = QueryFor("a.example");
  const std::string reply = MakeBlockReply(query, Parsed(query), {DnsCode::kNoError, "secret plans"});
  EXPECT_EQ(Parsed(reply).header.code, 0);
  EXPECT_FALSE(Parsed(reply).edns.has_value());
  EXPECT_EQ(reply.find("secret"), std::string::npos);
}

TEST(MakeBlockReplyTest, RefusedCarriesNoSoa) {
  const std::string query = QueryFor("a.example");
  EXPECT_EQ(Parsed(MakeBlockReply(query, Parsed(query), {DnsCode::kRefused, ""})).records.size(), 0u);
}

TEST(MakeBlockReplyTest, FitsADatagramWithTheLongestNameAndText) {
  const std::string label(63, 'a');
  const std::string name = label + "." + label + "." + label + "." + std::string(61, 'b');
  const std::string query = DnsBuilder().Question(name, DnsType::kA).Opt(512).wire();
  const std::string reply =
      MakeBlockReply(query, Parsed(query), {DnsCode::kNxDomain, std::string(5000, 'x')});
  EXPECT_LE(reply.size(), 1232u);
  EXPECT_EQ(Parsed(reply).questions[0].name, name);
}

TEST(MakeErrorReplyTest, AnswersWhatCannotBeParsed) {
  const std::string reply =
      MakeErrorReply("\x12\x34\x01\x10\xff\xff\xff\xff\xff\xff\xff\xff garbage", nullptr, DnsCode::kFormErr);
  const DnsMessage message = Parsed(reply);
  EXPECT_EQ(reply.size(), 12u);
  EXPECT_EQ(message.header.id, 0x1234);
  EXPECT_EQ(message.header.code, 1);
  EXPECT_TRUE(message.header.checking_disabled);
}

TEST(MakeTruncatedReplyTest, KeepsQuestionAndOptAndSaysThatItIsTruncated) {
  const std::string answer = DnsBuilder(5, kAnswerFlags)
                                 .Question("a.example", DnsType::kA)
                                 .Address("a.example", "192.0.2.1")
                                 .Opt(4096)
                                 .wire();
  const std::string reply = MakeTruncatedReply(answer, Parsed(answer));
  const DnsMessage message = Parsed(reply);
  EXPECT_TRUE(message.header.truncated);
  EXPECT_EQ(message.header.answers, 0);
  EXPECT_TRUE(message.edns.has_value());
  EXPECT_EQ(message.questions[0].name, "a.example");
}

TEST(UdpLimitTest, IsWhatTheClientSays) {
  EXPECT_EQ(UdpLimit(Parsed(QueryFor("a"))), 512u);
  EXPECT_EQ(UdpLimit(Parsed(DnsBuilder().Question("a", DnsType::kA).Opt(1232).wire())), 1232u);
  EXPECT_EQ(UdpLimit(Parsed(DnsBuilder().Question("a", DnsType::kA).Opt(65535).wire())), 65507u);
}

}  // namespace
}  // namespace haldane::guard
