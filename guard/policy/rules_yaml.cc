#include "guard/policy/rules_yaml.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/sha256.h"
#include "guard/dns/name.h"
#include "guard/policy/values.h"

namespace haldane::guard {
namespace {

constexpr size_t kMostRules = 20000;
constexpr size_t kMostPorts = 64;
constexpr size_t kLongestText = 200;
constexpr yaml::Range kPort{1, false, 65535, "a port from 1 to 65535"};
constexpr absl::string_view kRuleExample = "{deny: {suffix: github.com}, reason: circular}";
constexpr absl::string_view kTargets = "exact, suffix, subdomains, cidr or list";

absl::string_view ScopeName(RuleScope scope) {
  static constexpr absl::string_view kNames[] = {"exact", "suffix", "subdomains", "cidr"};
  return kNames[static_cast<int>(scope)];
}

// The rule as people know it, and the id that follows from it.
void Describe(const std::string& target, Rule* rule) {
  rule->text = absl::StrCat(rule->deny ? "deny " : "allow ", target);
  if (!rule->ports.empty()) absl::StrAppend(&rule->text, " ports ", absl::StrJoin(rule->ports, ","));
  if (rule->transport != Transport::kAny) {
    absl::StrAppend(&rule->text, rule->transport == Transport::kTcp ? " proto tcp" : " proto udp");
  }
  if (rule->strict_ip) absl::StrAppend(&rule->text, " strict_ip");
  rule->id = absl::BytesToHexString(absl::string_view(Sha256(rule->text)).substr(0, 4));
}

}  // namespace

std::vector<Rule> RuleReader::ReadRules(const std::string& path, const yaml::Node& node) {
  std::vector<Rule> rules;
  if (!IsList(path, node, absl::StrCat("[", kRuleExample, "]"))) return rules;
  if (node.items.size() > kMostRules) {
    Wrong(path, node.line,
          absl::StrCat("has more than ", kMostRules, " rules; put address blocks into a list: file"));
    return rules;
  }
  for (size_t i = 0; i < node.items.size(); ++i) {
    Rule rule;
    rule.number = static_cast<uint32_t>(i + 1);
    rule.line = node.items[i].line;
    ReadRule(absl::StrCat(path, "[", i, "]"), node.items[i], &rule);
    rules.push_back(std::move(rule));
  }
  return rules;
}

void RuleReader::ReadRule(const std::string& path, const yaml::Node& node, Rule* rule) {
  SetLine(path, node.line);
  int actions = 0;
  const yaml::Node* target = nullptr;
  const auto take = [&](bool deny) {
    return [&, deny](auto&, auto& n) {
      ++actions;
      rule->deny = deny;
      target = &n;
    };
  };
  const auto text = [&](std::string* into) {
    return [this, into](auto& p, auto& n) {
      ReadText(p, n, into);
      if (into->size() > kLongestText)
        Wrong(p, n.line, absl::StrCat("is longer than ", kLongestText, " bytes; shorten it"));
    };
  };
  if (!IsMap(path, node, kRuleExample)) return;
  ReadMap(path, node,
          {{"deny", take(true)},
           {"allow", take(false)},
           {"reason", text(&rule->reason)},
           {"owner", text(&rule->owner)},
           {"note", text(&rule->note)},
           {"strict_ip", [&](auto& p, auto& n) { rule->strict_ip = ReadFlag(p, n).value_or(false); }}});
  if (actions != 1) {
    if (actions != 0 || !IsWrong(path)) {
      Wrong(path, node.line, absl::StrCat("must have either deny or allow, such as ", kRuleExample));
    }
    return;
  }
  ReadTarget(Join(path, rule->deny ? "deny" : "allow"), *target, rule);
}

void RuleReader::ReadTarget(const std::string& path, const yaml::Node& node, Rule* rule) {
  if (!IsMap(path, node, "{suffix: github.com}")) return;
  std::vector<std::string> targets;
  const auto named = [&](RuleScope scope) {
    return [this, rule, scope, &targets](auto& p, auto& n) {
      ReadName(p, n, scope, rule);
      targets.push_back(absl::StrCat(ScopeName(scope), " ", rule->name));
    };
  };
  ReadMap(
      path, node,
      {{"exact", named(RuleScope::kExact)},
       {"suffix", named(RuleScope::kSuffix)},
       {"subdomains", named(RuleScope::kSubdomains)},
       {"cidr",
        [&](auto& p, auto& n) {
          ReadCidr(p, n, rule);
          targets.push_back(absl::StrCat("cidr ", n.text));
        }},
       {"list",
        [&](auto& p, auto& n) {
          ReadListed(p, n, rule);
          targets.push_back(absl::StrCat("list ", n.text));
        }},
       {"ports", [&](auto& p, auto& n) { ReadPorts(p, n, rule); }},
       {"proto", [&](auto& p, auto& n) {
          ReadChoice<Transport>(p, n, {{"tcp", Transport::kTcp}, {"udp", Transport::kUdp}}, &rule->transport);
        }}});
  if (targets.size() != 1) {
    if (!targets.empty() || !IsWrong(path)) {
      Wrong(path, node.line, absl::StrCat("must have exactly one of ", kTargets));
    }
    return;
  }
  if (!IsWrong(path)) CheckRule(path, node.line, rule);
  Describe(targets.front(), rule);
}

// What the keys allow one by one but not together.
void RuleReader::CheckRule(const std::string& path, int line, Rule* rule) {
  const bool by_name = rule->scope != RuleScope::kCidr;
  if (by_name && rule->deny && (!rule->ports.empty() || rule->transport != Transport::kAny)) {
    Wrong(path, line, "denies a name, which has no ports; remove ports and proto, or deny its cidr");
  }
  if (rule->strict_ip && !(by_name && rule->deny)) {
    Wrong(path, line, "has strict_ip, which is for a deny by name; remove it");
  }
}

void RuleReader::ReadName(const std::string& path, const yaml::Node& node, RuleScope scope, Rule* rule) {
  rule->scope = scope;
  if (!IsScalar(path, node)) return;
  absl::StatusOr<std::string> name = ParseDomain(node.text);
  if (!name.ok()) {
    Wrong(path, node.line, absl::StrCat(yaml::Quoted(node.text), " ", name.status().message()));
    return;
  }
  if (IpAddress::Parse(*name).has_value()) {
    Wrong(path, node.line, absl::StrCat(yaml::Quoted(node.text), " is an address; use cidr"));
    return;
  }
  rule->name = *std::move(name);
}

void RuleReader::ReadCidr(const std::string& path, const yaml::Node& node, Rule* rule) {
  rule->scope = RuleScope::kCidr;
  if (!IsScalar(path, node)) return;
  std::string problem;
  const std::optional<Cidr> cidr = ParseCidr(node.text, &problem);
  if (cidr.has_value()) {
    rule->cidrs = {*cidr};
  } else {
    Wrong(path, node.line, absl::StrCat(yaml::Quoted(node.text), " ", problem));
  }
}

void RuleReader::ReadListed(const std::string& path, const yaml::Node& node, Rule* rule) {
  rule->scope = RuleScope::kCidr;
  if (!IsScalar(path, node)) return;
  const absl::StatusOr<std::string> text = read_list_(node.text);
  if (!text.ok()) {
    Wrong(path, node.line,
          absl::StrCat("cannot be read: ", text.status().message(),
                       "; the path is relative to the policy's folder"));
    return;
  }
  absl::StatusOr<std::vector<Cidr>> cidrs = ParseCidrList(*text);
  if (cidrs.ok()) {
    rule->cidrs = *std::move(cidrs);
  } else {
    Wrong(path, node.line, absl::StrCat(yaml::Quoted(node.text), ", ", cidrs.status().message()));
  }
}

void RuleReader::ReadPorts(const std::string& path, const yaml::Node& node, Rule* rule) {
  if (!IsList(path, node, "[443]")) return;
  if (node.items.empty() || node.items.size() > kMostPorts) {
    Wrong(path, node.line,
          absl::StrCat("must name 1 to ", kMostPorts, " ports; remove the key for all ports"));
    return;
  }
  std::set<uint16_t> ports;
  for (size_t i = 0; i < node.items.size(); ++i) {
    const auto port = ReadWhole(absl::StrCat(path, "[", i, "]"), node.items[i], kPort);
    if (port.has_value()) ports.insert(static_cast<uint16_t>(*port));
  }
  rule->ports.assign(ports.begin(), ports.end());
}

}  // namespace haldane::guard
