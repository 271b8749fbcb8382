#include "guard/policy/policy.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "guard/dns/name.h"
#include "guard/policy/doh_names.h"

namespace haldane::guard {
namespace {

constexpr uint16_t kDotPort = 853;
constexpr uint16_t kHttpsPort = 443;

bool IsSingleLabel(absl::string_view name) { return !absl::StrContains(name, '.'); }

Decision ByRule(const Rule& rule, absl::string_view name) {
  Decision decision;
  decision.denied = rule.deny;
  decision.basis = Decision::Basis::kRule;
  decision.rule = &rule;
  decision.reason = rule.reason.empty() ? std::string(rule.deny ? "rule" : "") : rule.reason;
  decision.matched_name = std::string(name);
  return decision;
}

Decision Denied(Decision::Basis basis, absl::string_view reason, absl::string_view name) {
  Decision decision;
  decision.denied = true;
  decision.basis = basis;
  decision.reason = std::string(reason);
  decision.matched_name = std::string(name);
  return decision;
}

// What a setting of allow, warn or deny makes of the thing it is about.
Decision Handled(Handling handling, Decision::Basis basis, absl::string_view reason, absl::string_view name) {
  Decision decision = Denied(basis, reason, name);
  decision.denied = handling == Handling::kDeny;
  decision.warned = handling == Handling::kWarn;
  return decision;
}

}  // namespace

Action ActionOf(const Decision& decision, Mode mode) {
  if (!decision.denied) return Action::kAllowed;
  return mode == Mode::kEnforce ? Action::kBlocked : Action::kWouldBlock;
}

absl::string_view ActionName(Action action) {
  static constexpr absl::string_view kNames[] = {"allowed", "blocked", "would_block"};
  return kNames[static_cast<int>(action)];
}

Policy::Policy(Settings settings, std::vector<Rule> rules)
    : settings_(std::move(settings)), rules_(std::move(rules)) {
  for (uint32_t i = 0; i < rules_.size(); ++i) Index(i);
}

void Policy::Index(uint32_t position) {
  const Rule& rule = rules_[position];
  switch (rule.scope) {
    case RuleScope::kExact:
      by_name_[rule.name].exact.push_back(position);
      return;
    case RuleScope::kSuffix:
      by_name_[rule.name].suffix.push_back(position);
      return;
    case RuleScope::kSubdomains:
      by_name_[rule.name].subdomains.push_back(position);
      return;
    case RuleScope::kCidr:
      for (const Cidr& cidr : rule.cidrs) by_prefix_[cidr.prefix][cidr.address].push_back(position);
      return;
  }
}

template <typename Visit>
void Policy::VisitNameRules(absl::string_view name, Visit visit) const {
  const auto visit_all = [&](const Positions& positions) {
    return std::any_of(positions.begin(), positions.end(), [&](uint32_t i) { return visit(rules_[i]); });
  };
  bool itself = true;
  for (absl::string_view part = name; !part.empty(); part = ParentOf(part), itself = false) {
    const auto found = by_name_.find(part);
    if (found == by_name_.end()) continue;
    const NameRules& rules = found->second;
    if (itself && visit_all(rules.exact)) return;
    if (visit_all(rules.suffix)) return;
    if (!itself && visit_all(rules.subdomains)) return;
  }
}

const Rule* Policy::FindNameRule(absl::string_view name, bool deny) const {
  const Rule* best = nullptr;
  VisitNameRules(name, [&](const Rule& rule) {
    if (rule.deny == deny) best = &rule;
    return best != nullptr;
  });
  return best;
}

const Rule* Policy::FindAddressRule(const Destination& to, bool deny) const {
  for (const auto& [prefix, blocks] : by_prefix_) {
    const auto found = blocks.find(Cidr::Around(to.address, prefix).address);
    if (found == blocks.end()) continue;
    for (const uint32_t i : found->second) {
      if (rules_[i].deny == deny && rules_[i].CoversPort(to.port, to.transport)) return &rules_[i];
    }
  }
  return nullptr;
}

const Rule* Policy::FindStrictRule(const Destination& to, const std::vector<std::string>& names) const {
  const Rule* strict = nullptr;
  for (const std::string& name : names) {
    VisitNameRules(name, [&](const Rule& rule) {
      if (rule.deny && rule.strict_ip && rule.CoversPort(to.port, to.transport)) strict = &rule;
      return strict != nullptr;
    });
    if (strict != nullptr) break;
  }
  return strict;
}

Decision Policy::JudgeQuestion(absl::string_view name) const {
  const Decision link = JudgeLink(name);
  if (link.denied) return link;
  Decision decision;
  if (const Rule* rule = FindNameRule(name, false); rule != nullptr) {
    decision = ByRule(*rule, name);
  } else if (IsSingleLabel(name) && !settings_.dns.allow_single_label) {
    decision = Denied(Decision::Basis::kSingleLabel, "dns.single_label", name);
  } else if (settings_.default_verdict == DefaultVerdict::kDeny) {
    if (IsSingleLabel(name)) {
      decision.basis = Decision::Basis::kSingleLabel;
    } else {
      decision = Denied(Decision::Basis::kDefault, "default", name);
    }
  }
  if (link.warned && !decision.denied) {
    decision.warned = true;
    decision.reason = link.reason;
  }
  return decision;
}

Decision Policy::JudgeLink(absl::string_view name) const {
  if (const Rule* rule = FindNameRule(name, true); rule != nullptr) return ByRule(*rule, name);
  if (settings_.encrypted_dns.doh_names != Handling::kAllow && IsDohName(name)) {
    return Handled(settings_.encrypted_dns.doh_names, Decision::Basis::kEncryptedDns,
                   "encrypted_dns.doh_names", name);
  }
  return {};
}

Decision Policy::JudgeAnswer(absl::string_view name, const IpAddress& address, bool own) const {
  const bool here = own || address.reaches_this_host();
  if (!here || settings_.dns.allow_rebinding) return {};
  if (name == "localhost" || IsBelow(name, "localhost")) return {};
  if (const Rule* rule = FindNameRule(name, false); rule != nullptr) return ByRule(*rule, name);
  return Denied(Decision::Basis::kRebinding, "dns.rebinding", name);
}

Decision Policy::JudgeDestination(const Destination& to, const std::vector<std::string>& names) const {
  if (const Rule* rule = FindAddressRule(to, true); rule != nullptr) return ByRule(*rule, "");
  if (const Rule* rule = FindStrictRule(to, names); rule != nullptr) return ByRule(*rule, rule->name);
  const bool here = to.address.reaches_this_host();
  if (settings_.deny_ipv6 && !to.address.is_v4() && !here) return Denied(Decision::Basis::kIpv6, "ipv6", "");

  Decision encrypted;
  if (to.port == kDotPort && to.transport != Transport::kOther) {
    encrypted = Handled(settings_.encrypted_dns.dot, Decision::Basis::kEncryptedDns, "encrypted_dns.dot", "");
  } else if (to.port == kHttpsPort && to.transport == Transport::kUdp) {
    encrypted =
        Handled(settings_.encrypted_dns.quic, Decision::Basis::kEncryptedDns, "encrypted_dns.quic", "");
  }
  if (encrypted.denied) return encrypted;

  Decision decision;
  if (const Rule* rule = FindAddressRule(to, false); rule != nullptr) {
    decision = ByRule(*rule, "");
  } else if (here) {
    decision = JudgeDelegate(Delegate::kLoopbackProxy);
  } else {
    decision = JudgeByNames(to, names);
  }
  if (encrypted.warned && !decision.denied) {
    decision.warned = true;
    decision.reason = encrypted.reason;
  }
  return decision;
}

// What is left when nothing speaks of the address itself.
Decision Policy::JudgeByNames(const Destination& to, const std::vector<std::string>& names) const {
  Decision decision;
  if (settings_.default_verdict == DefaultVerdict::kAllow) return decision;
  const Rule* denying = nullptr;
  for (const std::string& name : names) {
    const Decision question = JudgeQuestion(name);
    if (question.denied) {
      if (denying == nullptr) denying = question.rule;
      continue;
    }
    const std::vector<const Rule*> grants = GrantsOf(name);
    const auto covers = [&](const Rule* rule) { return rule->CoversPort(to.port, to.transport); };
    if (!grants.empty() && std::none_of(grants.begin(), grants.end(), covers)) continue;
    decision.basis = Decision::Basis::kResolved;
    decision.rule = question.rule;
    decision.matched_name = name;
    return decision;
  }
  decision = Denied(Decision::Basis::kDefault, names.empty() ? "no_lookup" : "default", "");
  if (denying != nullptr) {
    decision.rule = denying;
    decision.reason = denying->reason.empty() ? "rule" : denying->reason;
    decision.matched_name = denying->name;
  }
  return decision;
}

Decision Policy::JudgeServerName(absl::string_view server_name, const std::vector<std::string>& names) const {
  if (settings_.sni == SniMode::kOff) return {};
  if (server_name.empty()) {
    return Handled(settings_.encrypted_dns.ech_only, Decision::Basis::kEncryptedDns, "encrypted_dns.ech_only",
                   "");
  }
  Decision decision = JudgeQuestion(server_name);
  if (decision.denied || settings_.default_verdict == DefaultVerdict::kAllow) return decision;
  if (std::find(names.begin(), names.end(), server_name) == names.end()) {
    decision = Handled(Handling::kWarn, Decision::Basis::kUnknownServer, "no_lookup", server_name);
  }
  return decision;
}

Decision Policy::JudgeDelegate(Delegate which) const {
  return Handled(delegation(which), Decision::Basis::kDelegation,
                 absl::StrCat("delegation.", DelegateName(which)), "");
}

std::vector<const Rule*> Policy::GrantsOf(absl::string_view name) const {
  std::vector<const Rule*> grants;
  bool everything = settings_.default_verdict == DefaultVerdict::kAllow;
  VisitNameRules(name, [&](const Rule& rule) {
    if (rule.deny) return false;
    everything = everything || (rule.ports.empty() && rule.transport == Transport::kAny);
    grants.push_back(&rule);
    return everything;
  });
  if (everything) grants.clear();
  return grants;
}

}  // namespace haldane::guard
