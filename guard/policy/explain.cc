#include "guard/policy/explain.h"

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "guard/dns/name.h"
#include "guard/policy/values.h"
#include "yaml/limits.h"

namespace haldane::guard {
namespace {

// Pairs of rules beyond this many are not compared.
constexpr size_t kMostCompared = 2000;

std::string BlockAnswerText(BlockAnswer answer) {
  static constexpr absl::string_view kNames[] = {"NXDOMAIN", "no data", "REFUSED"};
  return std::string(kNames[static_cast<int>(answer)]);
}

std::string RuleText(const Rule& rule, absl::string_view file_name) {
  std::string text = absl::StrCat("rule ", rule.number, " (", file_name, ":", rule.line, "): ", rule.text);
  if (!rule.reason.empty()) absl::StrAppend(&text, "\n  reason: ", rule.reason);
  if (!rule.owner.empty()) absl::StrAppend(&text, "\n  owner: ", rule.owner);
  if (!rule.note.empty()) absl::StrAppend(&text, "\n  note: ", rule.note);
  return text;
}

// Who decided, when no rule did.
std::string BasisText(const Policy& policy, const Decision& decision) {
  switch (decision.basis) {
    case Decision::Basis::kRule:
    case Decision::Basis::kResolved:
      return "";
    case Decision::Basis::kDefault:
      return absl::StrCat("default: ", DefaultName(policy.settings().default_verdict));
    case Decision::Basis::kSingleLabel:
      return "dns.single_label: a name without a dot";
    case Decision::Basis::kIpv6:
      return "ipv6: deny";
    default:
      return decision.reason;
  }
}

std::string DecisionText(const Policy& policy, const Decision& decision, absl::string_view file_name) {
  const absl::string_view verb = decision.denied   ? "denied by "
                                 : decision.warned ? "allowed, with a warning, by "
                                                   : "allowed by ";
  const std::string who =
      decision.rule != nullptr ? RuleText(*decision.rule, file_name) : BasisText(policy, decision);
  return absl::StrCat(verb, who, "\n");
}

std::string ModeText(const Policy& policy, const Decision& decision, absl::string_view when_blocked) {
  if (!decision.denied) return "";
  if (policy.mode() == Mode::kObserve) return "  mode observe: it passes and is recorded as would_block\n";
  return absl::StrCat("  mode enforce: ", when_blocked, "\n");
}

std::string ExplainName(const Policy& policy, absl::string_view file_name, const std::string& name) {
  const Decision decision = policy.JudgeQuestion(name);
  std::string text = absl::StrCat(name, ": ", DecisionText(policy, decision, file_name));
  if (decision.denied) {
    const std::string answer = BlockAnswerText(policy.settings().dns.block_answer);
    return absl::StrCat(text, ModeText(policy, decision, absl::StrCat("the lookup is answered ", answer)));
  }
  const std::vector<const Rule*> grants = policy.GrantsOf(name);
  if (grants.empty()) return absl::StrCat(text, "  its addresses: every port\n");
  for (const Rule* rule : grants) {
    absl::StrAppend(
        &text, "  its addresses: ",
        rule->ports.empty() ? "every port" : absl::StrCat("port ", absl::StrJoin(rule->ports, ", ")),
        rule->transport == Transport::kTcp   ? " over TCP"
        : rule->transport == Transport::kUdp ? " over UDP"
                                             : "",
        "\n");
  }
  return text;
}

std::string ExplainDestination(const Policy& policy, absl::string_view file_name, absl::string_view subject,
                               const Destination& to) {
  const Decision decision = policy.JudgeDestination(to, {});
  std::string text = absl::StrCat(subject, ": ", DecisionText(policy, decision, file_name));
  if (decision.denied && decision.basis == Decision::Basis::kDefault) {
    absl::StrAppend(&text, "  unless a lookup of an allowed name has given the address\n");
  }
  return absl::StrCat(text, ModeText(policy, decision, "connect fails at once with EPERM"));
}

// True when no name or address of `rule` escapes `other`.
bool Covers(const Rule& other, const Rule& rule) {
  if (!other.ports.empty() || other.transport != Transport::kAny) return false;
  if (rule.scope != RuleScope::kCidr) {
    if (rule.scope == RuleScope::kExact) return other.CoversName(rule.name);
    const bool same_or_above = rule.name == other.name || IsBelow(rule.name, other.name);
    return other.scope == RuleScope::kSuffix
               ? same_or_above
               : other.scope == RuleScope::kSubdomains &&
                     (IsBelow(rule.name, other.name) ||
                      (rule.scope == RuleScope::kSubdomains && rule.name == other.name));
  }
  return std::all_of(rule.cidrs.begin(), rule.cidrs.end(), [&](const Cidr& inner) {
    return std::any_of(other.cidrs.begin(), other.cidrs.end(), [&](const Cidr& outer) {
      return outer.prefix <= inner.prefix && outer.Contains(inner.address);
    });
  });
}

}  // namespace

absl::StatusOr<std::string> Explain(const Policy& policy, absl::string_view file_name,
                                    absl::string_view subject) {
  absl::string_view rest = subject;
  Destination to;
  if (absl::ConsumeSuffix(&rest, "/udp")) {
    to.transport = Transport::kUdp;
  } else {
    absl::ConsumeSuffix(&rest, "/tcp");
  }
  if (const std::optional<IpAddress> alone = IpAddress::Parse(rest)) {
    to.address = *alone;
    return ExplainDestination(policy, file_name, subject, to);
  }
  if (const auto server = ParseServer(rest); server.ok()) {
    to.address = server->address;
    to.port = server->port;
    return ExplainDestination(policy, file_name, subject, to);
  }
  const absl::StatusOr<std::string> name = ParseDomain(subject);
  if (!name.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(yaml::Quoted(subject), " ", name.status().message(),
                     "; or write an address and port such as 192.0.2.1:443 or [2001:db8::1]:853/udp"));
  }
  return ExplainName(policy, file_name, *name);
}

std::vector<std::string> FindOddities(const Policy& policy, absl::string_view file_name, absl::Time now) {
  std::vector<std::string> oddities;
  const std::vector<Rule>& rules = policy.rules();
  const auto add = [&](int line, const std::string& what) {
    oddities.push_back(absl::StrCat(file_name, ":", line, ": ", what));
  };
  for (const Rule& rule : rules) {
    if (rules.size() > kMostCompared) break;
    for (const Rule& other : rules) {
      // A deny is idle behind another deny only if it is not the first of equals.
      const bool decides = other.deny && (!rule.deny || other.number < rule.number || !Covers(rule, other));
      if (other.number == rule.number || !decides || !Covers(other, rule)) continue;
      if (rule.deny && rule.strict_ip && !other.strict_ip) continue;
      add(rule.line,
          absl::StrCat("\"", rule.text, "\" never decides: line ", other.line, " has \"", other.text, "\""));
      break;
    }
  }
  for (const Waiver& waiver : policy.settings().waivers) {
    if (now >= waiver.until)
      add(waiver.line, absl::StrCat("the waiver of ", yaml::Quoted(waiver.id), " has expired"));
  }
  return oddities;
}

}  // namespace haldane::guard
