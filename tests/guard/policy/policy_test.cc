#include "guard/policy/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/guard/policies.h"

namespace haldane::guard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kStory[] = R"(
default: resolved
rules:
  - {deny: {suffix: github.com}, reason: circular, owner: team-infra}
  - {allow: {exact: api.github.com}}
  - {allow: {exact: mirror.corp.example, ports: [443]}}
  - {allow: {subdomains: pkgs.corp.example}}
  - {allow: {cidr: 10.0.0.0/8, ports: [22, 3306], proto: tcp}}
  - {deny: {cidr: 10.9.0.0/16}, reason: production}
  - {deny: {cidr: 2001:db8:bad::/48}, reason: production}
)";

TEST(JudgeQuestionTest, MatchesAtLabelsOnly) {
  const auto policy = PolicyOf(kStory);
  for (const absl::string_view name : {"github.com", "www.github.com", "a.b.github.com"}) {
    EXPECT_TRUE(policy->JudgeQuestion(name).denied) << name;
  }
  for (const absl::string_view name :
       {"notgithub.com", "github.com.evil.test", "xgithub.com", "com", "github.co", "a\\046github.com"}) {
    EXPECT_FALSE(policy->JudgeQuestion(name).denied) << name;
  }
}

TEST(JudgeQuestionTest, DenyBeatsAMoreSpecificAllow) {
  const auto policy = PolicyOf(kStory);
  const Decision decision = policy->JudgeQuestion("api.github.com");
  EXPECT_TRUE(decision.denied);
  EXPECT_EQ(decision.basis, Decision::Basis::kRule);
  EXPECT_EQ(decision.rule->text, "deny suffix github.com");
  EXPECT_EQ(decision.reason, "circular");
  EXPECT_EQ(decision.matched_name, "api.github.com");
}

TEST(JudgeQuestionTest, TheMostSpecificRuleExplains) {
  const auto policy =
      PolicyOf("rules: [{deny: {suffix: com}}, {deny: {suffix: github.com}}, {deny: {exact: github.com}}]");
  EXPECT_EQ(policy->JudgeQuestion("github.com").rule->text, "deny exact github.com");
  EXPECT_EQ(policy->JudgeQuestion("a.github.com").rule->text, "deny suffix github.com");
  EXPECT_EQ(policy->JudgeQuestion("a.com").rule->text, "deny suffix com");
}

TEST(JudgeQuestionTest, SubdomainsDoNotHoldTheNameItself) {
  const auto policy = PolicyOf("default: deny\nrules: [{allow: {subdomains: pkgs.example}}]");
  EXPECT_FALSE(policy->JudgeQuestion("a.pkgs.example").denied);
  EXPECT_FALSE(policy->JudgeQuestion("a.b.pkgs.example").denied);
  EXPECT_TRUE(policy->JudgeQuestion("pkgs.example").denied);
}

TEST(JudgeQuestionTest, TheDefaultDecidesWhatNoRuleNames) {
  EXPECT_FALSE(PolicyOf("default: allow")->JudgeQuestion("a.example").denied);
  EXPECT_FALSE(PolicyOf("default: resolved")->JudgeQuestion("a.example").denied);
  const auto policy = PolicyOf("default: deny");
  const Decision decision = policy->JudgeQuestion("a.example");
  EXPECT_TRUE(decision.denied);
  EXPECT_EQ(decision.basis, Decision::Basis::kDefault);
  EXPECT_TRUE(policy->JudgeQuestion("1.0.0.10.in-addr.arpa").denied);
}

TEST(JudgeQuestionTest, SingleLabelsPassUnlessDenied) {
  EXPECT_FALSE(PolicyOf("default: deny")->JudgeQuestion("db1").denied);
  const auto strict = PolicyOf("default: allow\ndns: {single_label: deny}\nrules: [{allow: {exact: db1}}]");
  EXPECT_FALSE(strict->JudgeQuestion("db1").denied);
  EXPECT_TRUE(strict->JudgeQuestion("db2").denied);
  EXPECT_EQ(strict->JudgeQuestion("db2").basis, Decision::Basis::kSingleLabel);
}

TEST(JudgeQuestionTest, KnowsNamesOfEncryptedResolvers) {
  const auto policy = PolicyOf("default: allow");
  EXPECT_EQ(policy->JudgeQuestion("dns.google").reason, "encrypted_dns.doh_names");
  EXPECT_TRUE(policy->JudgeQuestion("abc123.dns.nextdns.io").denied);
  EXPECT_TRUE(policy->JudgeQuestion("use-application-dns.net").denied);
  EXPECT_FALSE(policy->JudgeQuestion("google.com").denied);
  const auto warning = PolicyOf("default: allow\nencrypted_dns: {doh_names: warn}");
  EXPECT_FALSE(warning->JudgeQuestion("dns.google").denied);
  EXPECT_TRUE(warning->JudgeQuestion("dns.google").warned);
  EXPECT_FALSE(PolicyOf("encrypted_dns: {doh_names: allow}")->JudgeQuestion("dns.google").warned);
}

TEST(JudgeLinkTest, OnlyDenialsCount) {
  const auto policy = PolicyOf("default: deny\nrules: [{deny: {suffix: github.com}}]");
  EXPECT_TRUE(policy->JudgeLink("edge.github.com").denied);
  EXPECT_TRUE(policy->JudgeLink("dns.google").denied);
  EXPECT_FALSE(policy->JudgeLink("cdn.example").denied) << "an allowed name may be served by any CDN";
}

TEST(JudgeAnswerTest, NamesMustNotPointAtThisHost) {
  const auto policy = PolicyOf("rules: [{allow: {exact: lab.example}}]");
  const auto judge = [&](absl::string_view name, absl::string_view address, bool own = false) {
    return policy->JudgeAnswer(name, *IpAddress::Parse(address), own).denied;
  };
  EXPECT_TRUE(judge("evil.example", "127.0.0.1"));
  EXPECT_TRUE(judge("evil.example", "0.0.0.0"));
  EXPECT_TRUE(judge("evil.example", "::"));
  EXPECT_TRUE(judge("evil.example", "::1"));
  EXPECT_TRUE(judge("evil.example", "::ffff:127.0.0.1"));
  EXPECT_TRUE(judge("evil.example", "10.0.0.7", true));
  EXPECT_FALSE(judge("evil.example", "10.0.0.7"));
  EXPECT_FALSE(judge("lab.example", "127.0.0.1")) << "explicitly allowed";
  EXPECT_FALSE(judge("localhost", "127.0.0.1"));
  EXPECT_FALSE(PolicyOf("dns: {rebinding: allow}")
                   ->JudgeAnswer("a.example", *IpAddress::Parse("127.0.0.1"), false)
                   .denied);
}

TEST(JudgeDestinationTest, AddressesByRule) {
  const auto policy = PolicyOf(kStory);
  const auto denied = [&](const Destination& to) { return policy->JudgeDestination(to, {}).denied; };
  EXPECT_FALSE(denied(To("10.1.2.3", 22)));
  EXPECT_TRUE(denied(To("10.1.2.3", 23))) << "another port";
  EXPECT_TRUE(denied(To("10.1.2.3", 22, Transport::kUdp))) << "another protocol";
  EXPECT_TRUE(denied(To("10.9.2.3", 22))) << "deny beats allow";
  EXPECT_FALSE(denied(To("::ffff:10.1.2.3", 22))) << "the same address in IPv6 clothes";
  EXPECT_TRUE(denied(To("192.0.2.1", 443))) << "never resolved";
  EXPECT_EQ(policy->JudgeDestination(To("192.0.2.1", 443), {}).reason, "no_lookup");
}

TEST(JudgeDestinationTest, AddressesByName) {
  const auto policy = PolicyOf(kStory);
  const auto judge = [&](uint16_t port, std::vector<std::string> names) {
    return policy->JudgeDestination(To("192.0.2.1", port), names);
  };
  EXPECT_FALSE(judge(443, {"any.example"}).denied);
  EXPECT_EQ(judge(443, {"any.example"}).matched_name, "any.example");
  EXPECT_FALSE(judge(443, {"mirror.corp.example"}).denied);
  EXPECT_EQ(judge(443, {"mirror.corp.example"}).rule->text, "allow exact mirror.corp.example ports 443");
  EXPECT_TRUE(judge(80, {"mirror.corp.example"}).denied) << "its rule names the ports";
  EXPECT_FALSE(judge(80, {"mirror.corp.example", "any.example"}).denied) << "another name of the address may";
  EXPECT_FALSE(judge(443, {"github.com", "any.example"}).denied) << "a shared address stays reachable";
  EXPECT_FALSE(judge(443, {"any.example", "github.com"}).denied) << "in any order";
  const Decision only = judge(443, {"github.com"});
  EXPECT_TRUE(only.denied) << "an address that only a denied name gave";
  EXPECT_EQ(only.reason, "circular");
}

TEST(JudgeDestinationTest, StrictRulesDenySharedAddressesToo) {
  const auto policy = PolicyOf("default: allow\nrules: [{deny: {suffix: github.com}, strict_ip: true}]");
  EXPECT_TRUE(policy->JudgeDestination(To("192.0.2.1", 443), {"any.example", "github.com"}).denied);
  EXPECT_FALSE(policy->JudgeDestination(To("192.0.2.1", 443), {"any.example"}).denied);
}

TEST(JudgeDestinationTest, DefaultsDiffer) {
  const auto judge = [](absl::string_view lines, const std::vector<std::string>& names) {
    return PolicyOf(lines)->JudgeDestination(To("192.0.2.1", 443), names).denied;
  };
  EXPECT_FALSE(judge("default: allow", {}));
  EXPECT_TRUE(judge("default: resolved", {}));
  EXPECT_FALSE(judge("default: resolved", {"a.example"}));
  EXPECT_TRUE(judge("default: deny", {"a.example"}));
  EXPECT_FALSE(judge("default: deny", {"db1"}));
}

TEST(JudgeDestinationTest, EncryptedDnsAndIpv6AndLoopback) {
  const auto policy = PolicyOf("default: allow\nipv6: deny\nrules: [{allow: {cidr: 192.0.2.0/24}}]");
  EXPECT_EQ(policy->JudgeDestination(To("192.0.2.1", 853), {}).reason, "encrypted_dns.dot");
  EXPECT_EQ(policy->JudgeDestination(To("192.0.2.1", 443, Transport::kUdp), {}).reason, "encrypted_dns.quic");
  EXPECT_EQ(policy->JudgeDestination(To("2001:db8::1", 443), {}).reason, "ipv6");
  EXPECT_FALSE(policy->JudgeDestination(To("::1", 443), {}).denied);
  const Decision loopback = policy->JudgeDestination(To("127.0.0.1", 3128), {});
  EXPECT_TRUE(loopback.warned);
  EXPECT_EQ(loopback.reason, "delegation.loopback_proxy");
  EXPECT_TRUE(
      PolicyOf("delegation: {loopback_proxy: deny}")->JudgeDestination(To("127.0.0.1", 80), {}).denied);
  const auto warning = PolicyOf("default: allow\nencrypted_dns: {dot: warn}");
  EXPECT_TRUE(warning->JudgeDestination(To("192.0.2.1", 853), {}).warned);
}

TEST(JudgeServerNameTest, ComparesWithRulesAndLookups) {
  const auto policy = PolicyOf(kStory);
  EXPECT_TRUE(policy->JudgeServerName("github.com", {"any.example"}).denied);
  EXPECT_FALSE(policy->JudgeServerName("any.example", {"any.example"}).warned);
  const Decision unknown = policy->JudgeServerName("other.example", {"any.example"});
  EXPECT_TRUE(unknown.warned) << "a name that was never looked up";
  EXPECT_EQ(unknown.basis, Decision::Basis::kUnknownServer);
  EXPECT_TRUE(policy->JudgeServerName("", {"any.example"}).warned);
  EXPECT_EQ(policy->sni_mode(), Mode::kObserve);
  EXPECT_EQ(PolicyOf("sni: enforce")->sni_mode(), Mode::kEnforce);
  EXPECT_EQ(PolicyOf("mode: observe\nsni: enforce")->sni_mode(), Mode::kObserve);
  EXPECT_FALSE(
      PolicyOf("sni: off\nrules: [{deny: {suffix: github.com}}]")->JudgeServerName("github.com", {}).denied);
}

TEST(GrantsTest, PortsNarrowUnlessSomethingWidensThem) {
  const auto grants = [](const Policy& policy, absl::string_view name) {
    std::vector<std::string> texts;
    for (const Rule* rule : policy.GrantsOf(name)) texts.push_back(rule->text);
    return texts;
  };
  const auto policy = PolicyOf(R"(
rules:
  - {allow: {suffix: example, ports: [80]}}
  - {allow: {exact: a.example, ports: [443], proto: tcp}}
  - {allow: {exact: b.example}}
)");
  EXPECT_THAT(grants(*policy, "a.example"),
              ElementsAre("allow exact a.example ports 443 proto tcp", "allow suffix example ports 80"));
  EXPECT_THAT(grants(*policy, "b.example"), IsEmpty());
  EXPECT_THAT(grants(*policy, "other.test"), IsEmpty());
}

TEST(ModeTest, ObserveDecidesAsEnforceAndActsOtherwise) {
  const auto policy = PolicyOf(kStory);
  for (const absl::string_view name : {"github.com", "a.example", "dns.google", "db1"}) {
    policy->set_mode(Mode::kObserve);
    const Decision observed = policy->JudgeQuestion(name);
    policy->set_mode(Mode::kEnforce);
    const Decision enforced = policy->JudgeQuestion(name);
    EXPECT_EQ(observed.denied, enforced.denied) << name;
    EXPECT_EQ(observed.rule, enforced.rule) << name;
    EXPECT_EQ(ActionOf(observed, Mode::kObserve), observed.denied ? Action::kWouldBlock : Action::kAllowed);
    EXPECT_EQ(ActionOf(enforced, Mode::kEnforce), enforced.denied ? Action::kBlocked : Action::kAllowed);
  }
}

TEST(PolicyTest, TenThousandRulesAndTheRightOneAnswers) {
  std::string lines = "default: deny\nrules:\n";
  for (int i = 0; i < 5000; ++i) {
    absl::StrAppend(&lines, "  - {allow: {suffix: h", i, ".example}}\n");
    absl::StrAppend(&lines, "  - {deny: {cidr: 10.", i / 250, ".", i % 250, ".0/24}}\n");
  }
  const auto policy = PolicyOf(lines);
  ASSERT_EQ(policy->rules().size(), 10000u);
  EXPECT_EQ(policy->JudgeQuestion("a.h4321.example").rule->text, "allow suffix h4321.example");
  EXPECT_EQ(policy->JudgeDestination(To("10.19.249.7", 80), {}).rule->text, "deny cidr 10.19.249.0/24");
}

TEST(DelegateTest, SocketsOfDaemonsThatActForOthers) {
  EXPECT_EQ(DelegateOfSocket("/var/run/nscd/socket"), Delegate::kNscd);
  EXPECT_EQ(DelegateOfSocket("/run/systemd/resolve/io.systemd.Resolve"), Delegate::kResolved);
  EXPECT_EQ(DelegateOfSocket("/var/run/docker.sock"), Delegate::kDocker);
  EXPECT_EQ(DelegateOfSocket("/run/containerd/containerd.sock"), Delegate::kContainerd);
  EXPECT_EQ(DelegateOfSocket("/run/systemd/private"), Delegate::kSystemd);
  EXPECT_EQ(DelegateOfSocket("/run/dbus/system_bus_socket"), Delegate::kSystemd);
  EXPECT_EQ(DelegateOfSocket("/run/puma.sock"), std::nullopt);
  EXPECT_EQ(DelegateOfSocket("/tmp/docker.sock"), std::nullopt);
}

}  // namespace
}  // namespace haldane::guard
