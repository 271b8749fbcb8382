#include "guard/policy/policy_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/guard/policies.h"

namespace haldane::guard {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr char kFull[] = R"(
name: mysql-config-deploy
mode: observe
default: deny
on_rollback: observe
fail_on: blocked
stray: wait
rules:
  - {deny: {suffix: GitHub.com}, reason: circular, owner: team-infra, note: "see runbook", strict_ip: true}
  - {deny: {list: static/ranges.txt}, reason: circular}
  - {allow: {cidr: 10.0.0.0/8, ports: [3306, 22, 22], proto: tcp}}
dns:
  block_answer: refused
  upstream: [10.0.0.53, "10.0.0.54:5353", "[2001:db8::53]:53", "2001:db8::54"]
  allow_lifetime: {ttl: {min: 30s, grace: 2m}}
  single_label: deny
  rebinding: allow
encrypted_dns: {dot: warn, doh_names: allow, quic: allow, ech_only: deny}
sni: enforce
delegation: {nscd: warn, resolved: allow, docker: deny, containerd: deny, systemd: deny, loopback_proxy: allow}
ipv6: deny
limits: {cpu: "150%", memory: 512MiB, pids: 256, wall: 20m}
failure: {proxy_dead: open, setup_failed: observe, audit_loss: fail}
gates: {max_blocked_domains: 0, max_new_domains: 3, max_unattributed: 0, require_complete_audit: false}
require: [unix_connect]
waivers:
  - {id: 1a2b3c4d, until: 2026-12-01, reason: planned, owner: team-db}
)";

std::string Wrong(absl::string_view text, const Lists& lists = {}) {
  return std::string(ParsePolicy(text, "p.yaml", ReadFrom(lists)).status().message());
}
// What is wrong with these lines, which begin at line 2 and follow a good one.
std::string WrongWith(absl::string_view lines, const Lists& lists = {}) {
  return Wrong(absl::StrCat("version: 1\n", lines), lists);
}

TEST(ParsePolicyTest, ReadsEveryKey) {
  const auto policy =
      PolicyOf(kFull, {{"static/ranges.txt", "# ours\n192.0.2.0/24\n\n2001:db8::/32 # v6\n"}});
  const Settings& s = policy->settings();
  EXPECT_EQ(s.name, "mysql-config-deploy");
  EXPECT_EQ(s.mode, Mode::kObserve);
  EXPECT_EQ(s.default_verdict, DefaultVerdict::kDeny);
  EXPECT_EQ(s.fail_on, FailOn::kBlocked);
  EXPECT_EQ(s.strays, Strays::kWait);
  EXPECT_EQ(s.dns.block_answer, BlockAnswer::kRefused);
  ASSERT_EQ(s.dns.upstream.size(), 4u);
  EXPECT_EQ(s.dns.upstream[0].port, 53);
  EXPECT_EQ(s.dns.upstream[1].port, 5353);
  EXPECT_EQ(s.dns.upstream[2].address.ToString(), "2001:db8::53");
  EXPECT_FALSE(s.dns.lifetime_is_run);
  EXPECT_EQ(s.dns.ttl_min, absl::Seconds(30));
  EXPECT_EQ(s.dns.ttl_grace, absl::Minutes(2));
  EXPECT_FALSE(s.dns.allow_single_label);
  EXPECT_TRUE(s.dns.allow_rebinding);
  EXPECT_EQ(s.encrypted_dns.dot, Handling::kWarn);
  EXPECT_EQ(s.encrypted_dns.ech_only, Handling::kDeny);
  EXPECT_EQ(s.sni, SniMode::kEnforce);
  EXPECT_EQ(policy->delegation(Delegate::kNscd), Handling::kWarn);
  EXPECT_EQ(policy->delegation(Delegate::kSystemd), Handling::kDeny);
  EXPECT_TRUE(s.deny_ipv6);
  EXPECT_EQ(s.limits.cpu, 1.5);
  EXPECT_EQ(s.limits.memory_bytes, 512u << 20);
  EXPECT_EQ(s.limits.pids, 256u);
  EXPECT_EQ(s.limits.wall, absl::Minutes(20));
  EXPECT_EQ(s.failure.proxy_dead, WhenProxyDead::kOpen);
  EXPECT_EQ(s.failure.setup_failed, WhenSetupFails::kObserve);
  EXPECT_EQ(s.failure.audit_loss, WhenAuditLost::kFail);
  EXPECT_EQ(s.gates.max_blocked_domains, 0u);
  EXPECT_EQ(s.gates.max_new_domains, 3u);
  EXPECT_FALSE(s.gates.require_complete_audit);
  EXPECT_EQ(s.required_features, std::vector<std::string>{"unix_connect"});
  ASSERT_EQ(s.waivers.size(), 1u);
  EXPECT_EQ(s.waivers[0].until, absl::FromCivil(absl::CivilDay(2026, 12, 2), absl::UTCTimeZone()));

  ASSERT_EQ(policy->rules().size(), 3u);
  const Rule& github = policy->rules()[0];
  EXPECT_EQ(github.text, "deny suffix github.com strict_ip");
  EXPECT_EQ(github.owner, "team-infra");
  EXPECT_EQ(github.note, "see runbook");
  EXPECT_EQ(github.line, 10);
  EXPECT_EQ(github.number, 1u);
  EXPECT_EQ(policy->rules()[1].cidrs.size(), 2u);
  EXPECT_EQ(policy->rules()[1].text, "deny list static/ranges.txt");
  EXPECT_EQ(policy->rules()[2].ports, (std::vector<uint16_t>{22, 3306}));
  EXPECT_EQ(policy->rules()[2].text, "allow cidr 10.0.0.0/8 ports 22,3306 proto tcp");
}

TEST(ParsePolicyTest, ReadsJsonAndTheSmallestPolicy) {
  const auto policy = PolicyOf("");
  EXPECT_EQ(policy->mode(), Mode::kEnforce);
  EXPECT_EQ(policy->settings().default_verdict, DefaultVerdict::kResolved);
  EXPECT_TRUE(
      ParsePolicy(R"({"version": 1, "rules": [{"deny": {"suffix": "a.b"}}]})", "p.json", ReadFrom({})).ok());
}

TEST(ParsePolicyTest, RulesKeepTheirIdWhereverTheyStand) {
  const auto one = PolicyOf("rules: [{deny: {suffix: a.example}}]");
  const auto two = PolicyOf("rules: [{deny: {suffix: b.example}}, {deny: {suffix: A.EXAMPLE.}, reason: x}]");
  EXPECT_EQ(one->rules()[0].id, two->rules()[1].id);
  EXPECT_NE(one->rules()[0].id, two->rules()[0].id);
}

TEST(ParsePolicyTest, SaysWhatIsWrongWithTheFile) {
  EXPECT_EQ(Wrong(""), "p.yaml:1: a policy is a map that begins with the line \"version: 1\"");
  EXPECT_EQ(Wrong("[]"), "p.yaml:1: a policy is a map that begins with the line \"version: 1\"");
  EXPECT_EQ(Wrong("mode: observe"), "p.yaml:1: version: is missing; begin the policy with version: 1");
  EXPECT_EQ(Wrong("version: 2"), "p.yaml:1: version: is 2; it must be 1, the only version there is");
  EXPECT_THAT(Wrong("version: 1\nmode: [\n"), StartsWith("p.yaml:"));
  EXPECT_EQ(Wrong("version: 1\n---\nversion: 1\n"),
            "p.yaml:3: a second document begins; keep one policy per file");
}

TEST(ParsePolicyTest, SaysWhereEachValueIsWrong) {
  const struct {
    const char* lines;
    const char* message;  // of line 2
  } kCases[] = {
      {"mod: observe", "mod: unknown key; did you mean mode?"},
      {"mode: enforced", "mode: is \"enforced\"; use observe or enforce"},
      {"mode:", "mode: has no value; give one or remove the key"},
      {"default: block", "default: is \"block\"; use allow, resolved or deny"},
      {"on_rollback: enforce",
       "on_rollback: is \"enforce\"; only observe is allowed: a rollback must never be stopped"},
      {"ipv6: ignore", "ipv6: is \"ignore\"; use enforce or deny"},
      {"rules: {}", "rules: must be a list, such as [{deny: {suffix: github.com}, reason: circular}]"},
      {"rules: [x]", "rules[0]: must be a map, such as {deny: {suffix: github.com}, reason: circular}"},
      {"rules: [{}]",
       "rules[0]: must have either deny or allow, such as {deny: {suffix: github.com}, reason: circular}"},
      {"rules: [{deny: {suffix: a.b}, allow: {suffix: a.b}}]",
       "rules[0]: must have either deny or allow, such as {deny: {suffix: github.com}, reason: circular}"},
      {"rules: [{block: {suffix: a.b}}]",
       "rules[0].block: unknown key; use one of deny, allow, reason, owner, note, strict_ip"},
      {"rules: [{deny: github.com}]", "rules[0].deny: must be a map, such as {suffix: github.com}"},
      {"rules: [{deny: {}}]",
       "rules[0].deny: must have exactly one of exact, suffix, subdomains, cidr or list"},
      {"rules: [{deny: {exact: a.b, suffix: a.b}}]",
       "rules[0].deny: must have exactly one of exact, suffix, subdomains, cidr or list"},
      {"rules: [{deny: {sufix: a.b}}]", "rules[0].deny.sufix: unknown key; did you mean suffix?"},
      {"rules: [{deny: {suffix: \"*.a.b\"}}]",
       "rules[0].deny.suffix: \"*.a.b\" has a wildcard; use suffix: or subdomains: with the domain behind "
       "it"},
      {"rules: [{deny: {exact: 10.0.0.1}}]", "rules[0].deny.exact: \"10.0.0.1\" is an address; use cidr"},
      {"rules: [{deny: {cidr: 10.0.0.1/8}}]",
       "rules[0].deny.cidr: \"10.0.0.1/8\" has bits set behind its prefix; write 10.0.0.0/8"},
      {"rules: [{deny: {cidr: 10.0.0.0/33}}]",
       "rules[0].deny.cidr: \"10.0.0.0/33\" has no prefix length from 0 to 32 after the slash"},
      {"rules: [{deny: {cidr: ten}}]",
       "rules[0].deny.cidr: \"ten\" is no IP address or block; write one such as 10.0.0.0/8 or "
       "2001:db8::/32"},
      {"rules: [{deny: {list: gone.txt}}]",
       "rules[0].deny.list: cannot be read: gone.txt: no such file; the path is relative to the policy's "
       "folder"},
      {"rules: [{deny: {list: bad.txt}}]",
       "rules[0].deny.list: \"bad.txt\", line 2: \"x/8\" is no IP address or block; write one such as "
       "10.0.0.0/8 or "
       "2001:db8::/32"},
      {"rules: [{deny: {suffix: a.b, ports: [443]}}]",
       "rules[0].deny: denies a name, which has no ports; remove ports and proto, or deny its cidr"},
      {"rules: [{allow: {suffix: a.b, ports: [0]}}]",
       "rules[0].allow.ports[0]: is 0; it must be a port from 1 to 65535"},
      {"rules: [{allow: {suffix: a.b, ports: []}}]",
       "rules[0].allow.ports: must name 1 to 64 ports; remove the key for all ports"},
      {"rules: [{allow: {suffix: a.b, proto: icmp}}]", "rules[0].allow.proto: is \"icmp\"; use tcp or udp"},
      {"rules: [{allow: {suffix: a.b}, strict_ip: true}]",
       "rules[0].allow: has strict_ip, which is for a deny by name; remove it"},
      {"rules: [{deny: {suffix: a.b}, strict_ip: yes}]", "rules[0].strict_ip: is \"yes\"; use true or false"},
      {"dns: {upstream: dns1}", "p.yaml"},
      {"dns: {upstream: [dns1]}",
       "dns.upstream[0]: is \"dns1\"; write an address such as 10.0.0.53, 10.0.0.53:5353 or "
       "[2001:db8::53]:5353"},
      {"dns: {upstream: []}", "dns.upstream: must name 1 to 8 servers, or be the word system"},
      {"dns: {allow_lifetime: forever}",
       "dns.allow_lifetime: must be a map, such as {ttl: {min: 60s, grace: 300s}}, or the word run"},
      {"dns: {allow_lifetime: {ttl: {min: 60}}}",
       "dns.allow_lifetime.ttl.min: 60 has no unit; write 60s or 60m"},
      {"dns: {block_answer: servfail}", "dns.block_answer: is \"servfail\"; use nxdomain, nodata or refused"},
      {"encrypted_dns: {dot: block}", "encrypted_dns.dot: is \"block\"; use allow, warn or deny"},
      {"delegation: {podman: deny}",
       "delegation.podman: unknown key; use one of nscd, resolved, docker, containerd, systemd, "
       "loopback_proxy"},
      {"limits: {cpu: 50}",
       "limits.cpu: is \"50\"; write a share of one core from 1% to 102400%, such as 50%"},
      {"limits: {memory: 512MB}",
       "limits.memory: is \"512MB\"; write a size in KiB, MiB, GiB or TiB, such as 512MiB"},
      {"limits: {pids: 0}", "limits.pids: is 0; it must be a whole number from 1 to 4194304"},
      {"limits: {pids: 1.5}", "limits.pids: is 1.5; it must be a whole number from 1 to 4194304"},
      {"limits: {wall: 0s}", "limits.wall: is 0; it must be from 1s to 168h"},
      {"gates: {max_new_domains: -1}",
       "gates.max_new_domains: is -1; it must be a whole number from 0 to 1000000"},
      {"require: [lsm]", "require[0]: is \"lsm\"; use unix_connect or current_in_egress"},
      {"waivers: [{id: x, reason: y}]",
       "waivers[0].until: is missing; a waiver names its finding, its last day and why"},
      {"waivers: [{id: x, until: 2026-02-30, reason: y}]",
       "waivers[0].until: is \"2026-02-30\"; write a day such as 2026-12-01"},
      {"mode: observe\nmode: enforce", "p.yaml"},
  };
  for (const auto& c : kCases) {
    const std::string said = WrongWith(c.lines, {{"bad.txt", "10.0.0.0/8\nx/8\n"}});
    if (absl::string_view(c.message) == "p.yaml") {
      EXPECT_THAT(said, StartsWith("p.yaml:")) << c.lines;
    } else {
      EXPECT_EQ(said, absl::StrCat("p.yaml:2: ", c.message)) << c.lines;
    }
  }
}

TEST(ParsePolicyTest, ReportsEverythingInTheOrderOfTheLines) {
  EXPECT_EQ(
      WrongWith(
          "limits: {pids: none}\nmode: on\nrules:\n  - {deny: {suffix: \"a b\"}}\n  - {deny: {cidr: x}}\n"),
      "p.yaml:2: limits.pids: is \"none\"; it must be a whole number from 1 to 4194304\n"
      "p.yaml:3: mode: is \"on\"; use observe or enforce\n"
      "p.yaml:5: rules[0].deny.suffix: \"a b\" holds the character ' '; a domain has letters, digits, '-', "
      "'_' and "
      "dots (a port goes under ports:)\n"
      "p.yaml:6: rules[1].deny.cidr: \"x\" is no IP address or block; write one such as 10.0.0.0/8 or "
      "2001:db8::/32");
}

TEST(ParsePolicyTest, ManyMistakesGetAShortAnswer) {
  std::string lines = "rules:\n";
  for (int i = 0; i < 5000; ++i) absl::StrAppend(&lines, "  - {deny: {cidr: x", i, "}}\n");
  const std::string said = WrongWith(lines);
  EXPECT_LT(said.size(), 20000u);
  EXPECT_THAT(said, HasSubstr("and 4900 more; correct these first"));
}

}  // namespace
}  // namespace haldane::guard
