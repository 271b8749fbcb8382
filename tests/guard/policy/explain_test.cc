#include "guard/policy/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/guard/policies.h"

namespace haldane::guard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Explained(const Policy& policy, absl::string_view subject) {
  const auto text = Explain(policy, "p.yaml", subject);
  return text.ok() ? *text : std::string(text.status().message());
}

TEST(ExplainTest, NamesTheDecidingRule) {
  const auto policy = PolicyOf(R"(rules:
  - {deny: {suffix: github.com}, reason: circular, owner: infra, note: "see runbook"}
  - {allow: {exact: m.example, ports: [443, 8443], proto: tcp}}
  - {deny: {cidr: 10.0.0.0/8}, reason: production}
)");
  EXPECT_EQ(Explained(*policy, "API.GitHub.com."),
            "api.github.com: denied by rule 1 (p.yaml:3): deny suffix github.com\n"
            "  reason: circular\n  owner: infra\n  note: see runbook\n"
            "  mode enforce: the lookup is answered NXDOMAIN\n");
  EXPECT_EQ(Explained(*policy, "m.example"),
            "m.example: allowed by rule 2 (p.yaml:4): allow exact m.example ports 443,8443 proto tcp\n"
            "  its addresses: port 443, 8443 over TCP\n");
  EXPECT_EQ(Explained(*policy, "x.example"),
            "x.example: allowed by default: resolved\n  its addresses: every port\n");
  EXPECT_EQ(Explained(*policy, "10.1.2.3:22"),
            "10.1.2.3:22: denied by rule 3 (p.yaml:5): deny cidr 10.0.0.0/8\n  reason: production\n"
            "  mode enforce: connect fails at once with EPERM\n");
  EXPECT_THAT(Explained(*policy, "192.0.2.1:443"),
              HasSubstr("denied by default: resolved\n  unless a lookup"));
  EXPECT_THAT(Explained(*policy, "[2001:db8::1]:853/udp"), HasSubstr("denied by encrypted_dns.dot"));
  EXPECT_THAT(Explained(*policy, "2001:db8::1"), HasSubstr("denied by default"));
  EXPECT_THAT(Explained(*policy, "192.0.2.1:443/udp"), HasSubstr("encrypted_dns.quic"));
  EXPECT_THAT(Explained(*policy, "127.0.0.1:3128"),
              HasSubstr("allowed, with a warning, by delegation.loopback_proxy"));
  EXPECT_THAT(Explained(*policy, "dns.google"), HasSubstr("denied by encrypted_dns.doh_names"));
}

TEST(ExplainTest, SaysWhatObserveDoes) {
  const auto policy = PolicyOf("mode: observe\nrules: [{deny: {suffix: github.com}}]");
  EXPECT_THAT(Explained(*policy, "github.com"), HasSubstr("recorded as would_block"));
}

TEST(ExplainTest, RefusesWhatIsNeitherNameNorAddress) {
  const auto policy = PolicyOf("");
  EXPECT_THAT(Explained(*policy, "https://github.com/x"), HasSubstr("write the domain alone"));
  EXPECT_THAT(Explained(*policy, "1.2.3.4:99999"), HasSubstr("such as 192.0.2.1:443"));
}

TEST(FindOdditiesTest, FindsRulesThatNeverDecide) {
  const auto policy = PolicyOf(R"(rules:
  - {deny: {suffix: github.com}}
  - {allow: {exact: api.github.com}}
  - {allow: {subdomains: github.com}}
  - {deny: {exact: github.com}}
  - {deny: {cidr: 10.0.0.0/8}}
  - {allow: {cidr: 10.1.0.0/16, ports: [22]}}
  - {deny: {suffix: com}, strict_ip: true}
  - {allow: {exact: fine.example}}
waivers: [{id: abc, until: 2026-01-31, reason: x}]
)");
  const absl::Time now = absl::FromCivil(absl::CivilDay(2026, 2, 1), absl::UTCTimeZone());
  EXPECT_THAT(FindOddities(*policy, "p.yaml", now),
              ElementsAre(HasSubstr("p.yaml:3: \"deny suffix github.com\" never decides: line 9"),
                          HasSubstr("p.yaml:4: \"allow exact api.github.com\" never decides: line 3"),
                          HasSubstr("p.yaml:5: \"allow subdomains github.com\" never decides: line 3"),
                          HasSubstr("p.yaml:6: \"deny exact github.com\" never decides: line 3"),
                          HasSubstr("p.yaml:8: \"allow cidr 10.1.0.0/16 ports 22\" never decides: line 7"),
                          HasSubstr("p.yaml:11: the waiver of \"abc\" has expired")));
  EXPECT_THAT(FindOddities(*policy, "p.yaml", now - absl::Seconds(1)), testing::SizeIs(5))
      << "the last day counts";
  EXPECT_THAT(FindOddities(*PolicyOf("rules: [{deny: {exact: a.b}}, {allow: {suffix: a.b}}]"), "p.yaml", now),
              IsEmpty());
}

}  // namespace
}  // namespace haldane::guard
