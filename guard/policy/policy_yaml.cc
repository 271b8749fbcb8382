#include "guard/policy/policy_yaml.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "guard/policy/rules_yaml.h"
#include "guard/policy/values.h"
#include "yaml/tree.h"

namespace haldane::guard {
namespace {

using yaml::Node;

constexpr yaml::Limits kPolicyLimits{"policy", 8 << 20, 500000};
constexpr size_t kListBytes = 16 << 20;
constexpr size_t kMostServers = 8;
constexpr size_t kLongestName = 128;
constexpr yaml::Range kVersion{1, false, 1, "1, the only version there is"};
constexpr yaml::Range kPids{1, false, 4194304, "a whole number from 1 to 4194304"};
constexpr yaml::Range kCount{0, false, 1000000, "a whole number from 0 to 1000000"};
const yaml::TimeRange kWall{absl::Seconds(1), absl::Hours(168), "from 1s to 168h"};
const yaml::TimeRange kTtlMin{absl::ZeroDuration(), absl::Hours(24), "from 0s to 24h"};
const yaml::TimeRange kTtlGrace{absl::ZeroDuration(), absl::Hours(24), "from 0s to 24h"};

// Turns a tree into a policy and collects all that is wrong with it.
class PolicyReader : private RuleReader {
 public:
  PolicyReader(absl::string_view file_name, const ReadList& read_list) : RuleReader(file_name, read_list) {}

  absl::StatusOr<std::unique_ptr<Policy>> Read(const Node& root) {
    if (root.kind == Node::Kind::kMap) {
      ReadTop(root);
      if (!Has("version") && !IsWrong("version"))
        WrongDocument(root.line, "version: is missing; begin the policy with version: 1");
    } else {
      WrongDocument(root.line, "a policy is a map that begins with the line \"version: 1\"");
    }
    RETURN_IF_ERROR(Result());
    return std::make_unique<Policy>(std::move(settings_), std::move(rules_));
  }

 private:
  void ReadTop(const Node& root) {
    Settings& s = settings_;
    ReadMap("", root,
            {{"version", [&](auto& p, auto& n) { ReadWhole(p, n, kVersion); }},
             {"name", [&](auto& p, auto& n) { ReadName(p, n); }},
             {"mode",
              [&](auto& p, auto& n) {
                ReadChoice<Mode>(p, n, {{"observe", Mode::kObserve}, {"enforce", Mode::kEnforce}}, &s.mode);
              }},
             {"default",
              [&](auto& p, auto& n) {
                ReadChoice<DefaultVerdict>(p, n,
                                           {{"allow", DefaultVerdict::kAllow},
                                            {"resolved", DefaultVerdict::kResolved},
                                            {"deny", DefaultVerdict::kDeny}},
                                           &s.default_verdict);
              }},
             {"on_rollback", [&](auto& p, auto& n) { ReadOnRollback(p, n); }},
             {"fail_on",
              [&](auto& p, auto& n) {
                ReadChoice<FailOn>(p, n, {{"nothing", FailOn::kNothing}, {"blocked", FailOn::kBlocked}},
                                   &s.fail_on);
              }},
             {"stray",
              [&](auto& p, auto& n) {
                ReadChoice<Strays>(
                    p, n, {{"wait", Strays::kWait}, {"kill", Strays::kKill}, {"detach", Strays::kDetach}},
                    &s.strays);
              }},
             {"rules", [&](auto& p, auto& n) { rules_ = ReadRules(p, n); }},
             {"dns", [&](auto& p, auto& n) { ReadDns(p, n); }},
             {"encrypted_dns", [&](auto& p, auto& n) { ReadEncryptedDns(p, n); }},
             {"sni",
              [&](auto& p, auto& n) {
                ReadChoice<SniMode>(
                    p, n,
                    {{"off", SniMode::kOff}, {"observe", SniMode::kObserve}, {"enforce", SniMode::kEnforce}},
                    &s.sni);
              }},
             {"delegation", [&](auto& p, auto& n) { ReadDelegation(p, n); }},
             {"ipv6",
              [&](auto& p, auto& n) {
                ReadChoice<bool>(p, n, {{"enforce", false}, {"deny", true}}, &s.deny_ipv6);
              }},
             {"limits", [&](auto& p, auto& n) { ReadLimits(p, n); }},
             {"failure", [&](auto& p, auto& n) { ReadFailure(p, n); }},
             {"gates", [&](auto& p, auto& n) { ReadGates(p, n); }},
             {"require", [&](auto& p, auto& n) { ReadRequire(p, n); }},
             {"waivers", [&](auto& p, auto& n) { ReadWaivers(p, n); }}});
  }

  void ReadName(const std::string& path, const Node& node) {
    ReadText(path, node, &settings_.name);
    if (settings_.name.size() > kLongestName) {
      Wrong(path, node.line, absl::StrCat("is longer than ", kLongestName, " bytes; shorten it"));
    }
  }

  // The key is there to be read by people: a rollback is never stopped.
  void ReadOnRollback(const std::string& path, const Node& node) {
    if (!IsScalar(path, node) || node.text == "observe") return;
    Wrong(path, node.line,
          absl::StrCat("is ", yaml::Quoted(node.text),
                       "; only observe is allowed: a rollback must never be stopped"));
  }

  // allow, warn or deny.
  std::function<void(const std::string&, const Node&)> HandlingInto(Handling* handling) {
    return [this, handling](const std::string& path, const Node& node) {
      ReadChoice<Handling>(
          path, node, {{"allow", Handling::kAllow}, {"warn", Handling::kWarn}, {"deny", Handling::kDeny}},
          handling);
    };
  }

  void ReadDns(const std::string& path, const Node& node) {
    DnsSettings& dns = settings_.dns;
    ReadMap(path, node, "{block_answer: nxdomain}",
            {{"block_answer",
              [&](auto& p, auto& n) {
                ReadChoice<BlockAnswer>(p, n,
                                        {{"nxdomain", BlockAnswer::kNxdomain},
                                         {"nodata", BlockAnswer::kNodata},
                                         {"refused", BlockAnswer::kRefused}},
                                        &dns.block_answer);
              }},
             {"upstream", [&](auto& p, auto& n) { ReadUpstream(p, n); }},
             {"allow_lifetime", [&](auto& p, auto& n) { ReadLifetime(p, n); }},
             {"single_label",
              [&](auto& p, auto& n) {
                ReadChoice<bool>(p, n, {{"allow", true}, {"deny", false}}, &dns.allow_single_label);
              }},
             {"rebinding", [&](auto& p, auto& n) {
                ReadChoice<bool>(p, n, {{"allow", true}, {"deny", false}}, &dns.allow_rebinding);
              }}});
  }

  void ReadUpstream(const std::string& path, const Node& node) {
    if (node.kind == Node::Kind::kScalar && node.text == "system") return;
    if (!IsList(path, node, "[10.0.0.53, \"10.0.0.54:5353\"], or the word system")) return;
    if (node.items.empty() || node.items.size() > kMostServers) {
      Wrong(path, node.line,
            absl::StrCat("must name 1 to ", kMostServers, " servers, or be the word system"));
      return;
    }
    for (size_t i = 0; i < node.items.size(); ++i) {
      const std::string item = absl::StrCat(path, "[", i, "]");
      if (!IsScalar(item, node.items[i])) continue;
      const auto server = ParseServer(node.items[i].text);
      if (server.ok()) {
        settings_.dns.upstream.push_back(*server);
      } else {
        Wrong(item, node.items[i].line, server.status().message());
      }
    }
  }

  void ReadLifetime(const std::string& path, const Node& node) {
    constexpr absl::string_view kExample = "{ttl: {min: 60s, grace: 300s}}, or the word run";
    if (node.kind == Node::Kind::kScalar && node.text == "run") return;
    DnsSettings& dns = settings_.dns;
    dns.lifetime_is_run = false;
    ReadMap(path, node, kExample,
            {{"ttl", [&](auto& p, auto& n) {
                ReadMap(
                    p, n, "{min: 60s, grace: 300s}",
                    {{"min",
                      [&](auto& q, auto& v) { dns.ttl_min = ReadTime(q, v, kTtlMin).value_or(dns.ttl_min); }},
                     {"grace", [&](auto& q, auto& v) {
                        dns.ttl_grace = ReadTime(q, v, kTtlGrace).value_or(dns.ttl_grace);
                      }}});
              }}});
    if (!Has(Join(path, "ttl")) && !IsWrong(path)) {
      Wrong(path, node.line, absl::StrCat("must be a map, such as ", kExample));
    }
  }

  void ReadEncryptedDns(const std::string& path, const Node& node) {
    EncryptedDnsSettings& e = settings_.encrypted_dns;
    ReadMap(path, node, "{dot: deny, doh_names: deny}",
            {{"dot", HandlingInto(&e.dot)},
             {"doh_names", HandlingInto(&e.doh_names)},
             {"quic", HandlingInto(&e.quic)},
             {"ech_only", HandlingInto(&e.ech_only)}});
  }

  void ReadDelegation(const std::string& path, const Node& node) {
    std::vector<Field> fields;
    for (size_t i = 0; i < kDelegates; ++i) {
      fields.push_back({DelegateName(static_cast<Delegate>(i)), HandlingInto(&settings_.delegation[i])});
    }
    ReadMap(path, node, "{docker: deny}", fields);
  }

  // Reads a scalar with `parse`, whose failure says what is wrong.
  template <typename T, typename Parse>
  std::function<void(const std::string&, const Node&)> Parsed(Parse parse, T* into) {
    return [this, parse, into](const std::string& path, const Node& node) {
      if (!IsScalar(path, node)) return;
      const auto value = parse(node.text);
      if (value.ok()) {
        *into = *value;
      } else {
        Wrong(path, node.line, value.status().message());
      }
    };
  }

  void ReadLimits(const std::string& path, const Node& node) {
    LimitSettings& limits = settings_.limits;
    ReadMap(path, node, "{cpu: \"50%\", memory: 512MiB}",
            {{"cpu", Parsed(ParseCores, &limits.cpu)},
             {"memory", Parsed(ParseBytes, &limits.memory_bytes)},
             {"pids", CountInto(kPids, &limits.pids)},
             {"wall", [&](auto& p, auto& n) { limits.wall = ReadTime(p, n, kWall); }}});
  }

  std::function<void(const std::string&, const Node&)> CountInto(const yaml::Range& range,
                                                                 std::optional<uint32_t>* into) {
    return [this, range, into](const std::string& path, const Node& node) {
      if (const auto count = ReadWhole(path, node, range)) *into = static_cast<uint32_t>(*count);
    };
  }

  void ReadFailure(const std::string& path, const Node& node) {
    FailureSettings& f = settings_.failure;
    ReadMap(path, node, "{proxy_dead: closed}",
            {{"proxy_dead",
              [&](auto& p, auto& n) {
                ReadChoice<WhenProxyDead>(
                    p, n, {{"closed", WhenProxyDead::kClosed}, {"open", WhenProxyDead::kOpen}},
                    &f.proxy_dead);
              }},
             {"setup_failed",
              [&](auto& p, auto& n) {
                ReadChoice<WhenSetupFails>(
                    p, n, {{"abort", WhenSetupFails::kAbort}, {"observe", WhenSetupFails::kObserve}},
                    &f.setup_failed);
              }},
             {"audit_loss", [&](auto& p, auto& n) {
                ReadChoice<WhenAuditLost>(
                    p, n, {{"mark", WhenAuditLost::kMark}, {"fail", WhenAuditLost::kFail}}, &f.audit_loss);
              }}});
  }

  void ReadGates(const std::string& path, const Node& node) {
    GateSettings& g = settings_.gates;
    ReadMap(path, node, "{max_blocked_domains: 0}",
            {{"max_blocked_domains", CountInto(kCount, &g.max_blocked_domains)},
             {"max_new_domains", CountInto(kCount, &g.max_new_domains)},
             {"max_unattributed", CountInto(kCount, &g.max_unattributed)},
             {"require_complete_audit", [&](auto& p, auto& n) {
                g.require_complete_audit = ReadFlag(p, n).value_or(g.require_complete_audit);
              }}});
  }

  void ReadRequire(const std::string& path, const Node& node) {
    if (!IsList(path, node, absl::StrCat("[", KnownFeatures().front(), "]"))) return;
    std::vector<Choice<std::string>> known;
    for (const absl::string_view feature : KnownFeatures()) known.push_back({feature, std::string(feature)});
    for (size_t i = 0; i < node.items.size(); ++i) {
      std::string feature;
      ReadChoice(absl::StrCat(path, "[", i, "]"), node.items[i], known, &feature);
      settings_.required_features.push_back(std::move(feature));
    }
  }

  void ReadWaivers(const std::string& path, const Node& node) {
    if (!IsList(path, node, "[{id: 1a2b3c4d, until: 2026-12-01, reason: planned}]")) return;
    for (size_t i = 0; i < node.items.size(); ++i) {
      const std::string item = absl::StrCat(path, "[", i, "]");
      Waiver waiver;
      waiver.line = node.items[i].line;
      SetLine(item, waiver.line);
      ReadMap(item, node.items[i], "{id: 1a2b3c4d, until: 2026-12-01, reason: planned}",
              {{"id", [&](auto& p, auto& n) { ReadText(p, n, &waiver.id); }},
               {"until", Parsed(ParseEndOfDay, &waiver.until)},
               {"reason", [&](auto& p, auto& n) { ReadText(p, n, &waiver.reason); }},
               {"owner", [&](auto& p, auto& n) { ReadText(p, n, &waiver.owner); }}});
      for (const absl::string_view key : {"id", "until", "reason"}) {
        const std::string key_path = Join(item, key);
        if (!Has(key_path) && !IsWrong(item))
          Wrong(key_path, waiver.line, "is missing; a waiver names its finding, its last day and why");
      }
      settings_.waivers.push_back(std::move(waiver));
    }
  }

  Settings settings_;
  std::vector<Rule> rules_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Policy>> ParsePolicy(absl::string_view text, absl::string_view file_name,
                                                    const ReadList& read_list) {
  ASSIGN_OR_RETURN(const Node root, yaml::ReadTree(text, file_name, kPolicyLimits));
  return PolicyReader(file_name, read_list).Read(root);
}

absl::StatusOr<std::unique_ptr<Policy>> LoadPolicy(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kPolicyLimits.bytes + 1));
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  return ParsePolicy(text, path, [&](const std::string& list) {
    return ReadFile(absl::StartsWith(list, "/") ? list : folder + list, kListBytes);
  });
}

}  // namespace haldane::guard
