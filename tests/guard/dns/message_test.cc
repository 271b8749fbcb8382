#include "guard/dns/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "guard/dns/answer.h"
#include "guard/dns/tcp_frames.h"
#include "tests/guard/dns_builder.h"

namespace haldane::guard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

AnswerFacts Facts(const std::string& wire) {
  const auto message = ParseDnsMessage(wire);
  EXPECT_TRUE(message.ok()) << message.status();
  if (!message.ok()) return {};
  const auto facts = ReadAnswer(wire, *message);
  EXPECT_TRUE(facts.ok()) << facts.status();
  return facts.ok() ? *facts : AnswerFacts();
}

std::vector<std::string> Addresses(const AnswerFacts& facts) {
  std::vector<std::string> texts;
  for (const AnsweredAddress& one : facts.addresses) texts.push_back(one.address.ToString());
  return texts;
}

// Refused, by the reader of messages or of answers.
bool IsRefused(const std::string& wire) {
  const auto message = ParseDnsMessage(wire);
  return !message.ok() || !ReadAnswer(wire, *message).ok();
}

TEST(ParseDnsMessageTest, ReadsHeaderQuestionAndEdns) {
  const auto message =
      ParseDnsMessage(DnsBuilder(7, 0x0110).Question("Git.Example", DnsType::kAaaa).Opt(4096, 0x8000).wire());
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->header.id, 7);
  EXPECT_FALSE(message->header.response);
  EXPECT_TRUE(message->header.recursion_desired);
  EXPECT_TRUE(message->header.checking_disabled);
  ASSERT_EQ(message->questions.size(), 1u);
  EXPECT_EQ(message->questions[0].name, "git.example");
  EXPECT_EQ(message->questions[0].type, 28);
  ASSERT_TRUE(message->edns.has_value());
  EXPECT_EQ(message->edns->udp_size, 4096);
  EXPECT_TRUE(message->edns->dnssec_ok);
}

TEST(ParseDnsMessageTest, EdnsSizesBelowTheMinimumMeanTheMinimum) {
  EXPECT_EQ(ParseDnsMessage(DnsBuilder().Question("a", DnsType::kA).Opt(0).wire())->edns->udp_size, 512);
}

TEST(ParseDnsMessageTest, RefusesEveryTruncation) {
  const std::string whole = DnsBuilder(1, kAnswerFlags)
                                .Question("a.example", DnsType::kA)
                                .Cname("a.example", "b.example")
                                .Address("b.example", "192.0.2.1")
                                .Opt(1232)
                                .wire();
  ASSERT_TRUE(ParseDnsMessage(whole).ok());
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_TRUE(IsRefused(whole.substr(0, size))) << size;
}

TEST(ParseDnsMessageTest, RefusesImpossibleRecords) {
  EXPECT_TRUE(IsRefused(DnsBuilder().Record("a", DnsType::kA, "12345").wire()));
  EXPECT_TRUE(IsRefused(DnsBuilder().Record("a", DnsType::kAaaa, "1234").wire()));
  EXPECT_TRUE(IsRefused(DnsBuilder().Opt(512).Opt(512).wire())) << "two OPT";
  EXPECT_TRUE(IsRefused(DnsBuilder().Record("", DnsType::kOpt, "").wire())) << "OPT among answers";
  EXPECT_TRUE(IsRefused(DnsBuilder().Record("a", DnsType::kOpt, "", 0, 10).wire())) << "OPT with a name";
  EXPECT_TRUE(IsRefused(std::string(65536, '\0')));
}

TEST(ParseDnsMessageTest, LeavesBytesBehindTheMessageToTheCaller) {
  const std::string query = QueryFor("a.example");
  const auto message = ParseDnsMessage(query + "more");
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->end, query.size());
}

TEST(ReadAnswerTest, FollowsChains) {
  const AnswerFacts facts = Facts(DnsBuilder(1, kAnswerFlags)
                                      .Question("www.shop.test", DnsType::kA)
                                      .Record("shop.test", DnsType::kDname, DnsBuilder::Name("cdn.test"))
                                      .Cname("www.shop.test", "WWW.cdn.test")
                                      .Cname("www.cdn.test", "edge.GITHUB.com")
                                      .Address("edge.github.com", "192.0.2.7", 0x80000000u)
                                      .Address("edge.github.com", "2001:db8::7", 5)
                                      .wire());
  EXPECT_THAT(facts.links,
              ElementsAre("shop.test", "cdn.test", "www.shop.test", "www.cdn.test", "edge.github.com"));
  EXPECT_THAT(Addresses(facts), ElementsAre("192.0.2.7", "2001:db8::7"));
  EXPECT_EQ(facts.addresses[0].ttl, 0u) << "a TTL with the highest bit is zero";
  EXPECT_EQ(facts.addresses[1].ttl, 5u);
  EXPECT_THAT(facts.shown, ElementsAre("DNAME cdn.test", "CNAME www.cdn.test", "CNAME edge.github.com",
                                       "192.0.2.7", "2001:db8::7"));
}

TEST(ReadAnswerTest, ReadsServiceTargetsAndHints) {
  std::string data({"\0\1", 2});
  data += DnsBuilder::Name("Svc.Example");
  data += std::string({"\0\4\0\10\300\0\2\1\300\0\2\2", 12});  // ipv4hint
  data += std::string({"\0\6\0\20\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1", 20});
  const AnswerFacts facts = Facts(DnsBuilder(1, kAnswerFlags)
                                      .Question("a.example", DnsType::kHttps)
                                      .Record("a.example", DnsType::kHttps, data)
                                      .Address("svc.example", "192.0.2.9", 60, 10)
                                      .Address("unrelated.example", "192.0.2.66", 60, 10)
                                      .wire());
  EXPECT_THAT(facts.links, ElementsAre("a.example", "svc.example"));
  EXPECT_THAT(Addresses(facts), ElementsAre("192.0.2.1", "192.0.2.2", "2001:db8::1", "192.0.2.9"));
}

TEST(ReadAnswerTest, RefusesServiceDataThatIsOpenToInterpretation) {
  const auto https = [](const std::string& data) {
    return DnsBuilder(1, kAnswerFlags).Record("a", DnsType::kHttps, data).wire();
  };
  const std::string head({"\0\1\0", 3});
  EXPECT_FALSE(IsRefused(https(head)));
  EXPECT_TRUE(IsRefused(https("\0")));
  EXPECT_TRUE(IsRefused(https(std::string({"\0\1\1", 3}))));
  EXPECT_TRUE(IsRefused(https(head + std::string({"\0\4\0\3abc", 7})))) << "hint of three bytes";
  EXPECT_TRUE(IsRefused(https(head + std::string({"\0\4\0\0", 4})))) << "empty hint";
  EXPECT_TRUE(IsRefused(https(head + std::string({"\0\3\0\2ab\0\1\0\2ab", 12})))) << "keys out of order";
  EXPECT_TRUE(IsRefused(https(head + std::string({"\0\3\0\3ab", 6})))) << "leaves the record";
  EXPECT_TRUE(IsRefused(https(std::string({"\0\1\xc0\0", 4})))) << "compressed target";
}

TEST(ReadAnswerTest, RefusesAliasesWithBytesBehindTheName) {
  EXPECT_TRUE(IsRefused(DnsBuilder().Record("a", DnsType::kCname, DnsBuilder::Name("b") + "x").wire()));
}

TEST(ReadAnswerTest, RefusesNamesThatDoNotFillTheirRecord) {
  const std::string name = DnsBuilder::Name("b");
  for (const DnsType type : {DnsType::kNs, DnsType::kPtr, DnsType::kCname, DnsType::kDname}) {
    EXPECT_FALSE(IsRefused(DnsBuilder().Record("a", type, name).wire()));
    EXPECT_TRUE(IsRefused(DnsBuilder().Record("a", type, name + "x").wire()));
    EXPECT_TRUE(IsRefused(DnsBuilder().Record("a", type, name.substr(0, 2), 1, 8).Raw({"\0", 1}).wire()));
  }
  EXPECT_FALSE(IsRefused(DnsBuilder().Record("a", DnsType::kMx, "pr" + name).wire()));
  EXPECT_TRUE(IsRefused(DnsBuilder().Record("a", DnsType::kMx, "p").wire()));
  EXPECT_FALSE(
      IsRefused(DnsBuilder().Record("a", DnsType::kSoa, name + name + std::string(20, 1), 1, 8).wire()));
  EXPECT_TRUE(
      IsRefused(DnsBuilder().Record("a", DnsType::kSoa, name + name + std::string(19, 1), 1, 8).wire()));
}

TEST(ReadAnswerTest, OnlyTheInternetClassCounts) {
  EXPECT_THAT(Facts(DnsBuilder().Record("a", DnsType::kA, "1234", 1, 6, 3).wire()).addresses, IsEmpty());
}

TEST(TcpFramesTest, TakesPiecesAsTheyCome) {
  const std::string stream = TcpFrame("first") + TcpFrame("") + TcpFrame(std::string(65535, 'x'));
  TcpFrames frames;
  std::vector<std::string> got;
  for (size_t i = 0; i < stream.size(); i += 3) {
    frames.Append(absl::string_view(stream).substr(i, 3));
    while (auto message = frames.Next()) got.push_back(*message);
  }
  EXPECT_THAT(got, ElementsAre("first", "", std::string(65535, 'x')));
  EXPECT_FALSE(frames.has_next());
}

TEST(DnsNamesTest, TypesAndCodesAreWordsWhereTheyHaveThem) {
  EXPECT_EQ(DnsTypeName(65), "HTTPS");
  EXPECT_EQ(DnsTypeName(1234), "TYPE1234");
  EXPECT_EQ(DnsCodeName(3), "NXDOMAIN");
  EXPECT_EQ(DnsCodeName(14), "RCODE14");
}

}  // namespace
}  // namespace haldane::guard
