#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "guard/address/ip.h"
#include "guard/policy/rule.h"
#include "guard/policy/settings.h"

namespace haldane::guard {

// What a policy makes of a name or a destination. Whether it observes or
// enforces has no part in it: see ActionOf.
struct Decision {
  enum class Basis {
    kRule,           // `rule` says so
    kDefault,        // no rule names it
    kResolved,       // an allowed name was resolved to this address
    kSingleLabel,    // dns.single_label
    kEncryptedDns,   // encrypted_dns
    kRebinding,      // dns.rebinding
    kIpv6,           // ipv6
    kDelegation,     // delegation
    kUnknownServer,  // a TLS hello asks for a name that was never looked up
  };

  bool denied = false;
  bool warned = false;  // allowed, but worth a line
  Basis basis = Basis::kDefault;
  // Owned by the policy. Set for kRule; for kResolved when a rule allows the
  // name; for a denied kDefault when a rule denies a name of the address.
  const Rule* rule = nullptr;
  std::string reason;        // for logs: the rule's own, or what decided ("default", "encrypted_dns.dot")
  std::string matched_name;  // the name that decided; empty when none did
};

enum class Action { kAllowed, kBlocked, kWouldBlock };
// The one place where the mode matters.
Action ActionOf(const Decision& decision, Mode mode);
absl::string_view ActionName(Action action);  // "allowed", "blocked", "would_block"

// A policy, compiled: pure, immutable but for its mode, and fast with ten
// thousand rules. Names are normalised (guard/dns/name.h). Thread-safe while
// the mode is left alone. Decisions point into it: it must outlive them, and
// does not move.
class Policy {
 public:
  Policy(Settings settings, std::vector<Rule> rules);
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;

  const Settings& settings() const { return settings_; }
  const std::vector<Rule>& rules() const { return rules_; }
  Mode mode() const { return settings_.mode; }
  // For --mode and for rollbacks, before the run begins.
  void set_mode(Mode mode) { settings_.mode = mode; }

  // May this name be looked up?
  Decision JudgeQuestion(absl::string_view name) const;
  // May an answer lead through this name (CNAME, DNAME, SVCB, HTTPS)? Only
  // rules that deny it matter: allowing is judged on the question.
  Decision JudgeLink(absl::string_view name) const;
  // May an answer give this address for `name`, which may be looked up? `own`
  // says that it is one of this host's.
  Decision JudgeAnswer(absl::string_view name, const IpAddress& address, bool own) const;
  // May it be contacted? `names` are those that the proxy knows the address by.
  // The kernel's maps are this function, tabulated.
  Decision JudgeDestination(const Destination& to, const std::vector<std::string>& names) const;
  // May a TLS connection to an address known by `names` ask for `server_name`?
  // An empty server_name is a hello that shows none. Act on it by sni_mode.
  Decision JudgeServerName(absl::string_view server_name, const std::vector<std::string>& names) const;
  Mode sni_mode() const { return settings_.sni == SniMode::kEnforce ? settings_.mode : Mode::kObserve; }

  // May a daemon be asked to act for the script?
  Decision JudgeDelegate(Delegate delegate) const;
  Handling delegation(Delegate delegate) const { return settings_.delegation[static_cast<size_t>(delegate)]; }

  // How an address may be used that the name gave: the rules whose ports it is
  // narrowed to, or none for all. What the proxy writes to the EgressTable.
  // REQUIRES: JudgeQuestion allows the name.
  std::vector<const Rule*> GrantsOf(absl::string_view name) const;

 private:
  using Positions = std::vector<uint32_t>;  // in rules_, ascending
  struct NameRules {
    Positions exact, suffix, subdomains;
  };

  void Index(uint32_t position);
  // Calls `visit` with every rule that speaks of the name, the most specific
  // first, until it returns true.
  template <typename Visit>
  void VisitNameRules(absl::string_view name, Visit visit) const;
  const Rule* FindNameRule(absl::string_view name, bool deny) const;
  const Rule* FindAddressRule(const Destination& to, bool deny) const;
  const Rule* FindStrictRule(const Destination& to, const std::vector<std::string>& names) const;
  Decision JudgeByNames(const Destination& to, const std::vector<std::string>& names) const;

  Settings settings_;
  std::vector<Rule> rules_;
  absl::flat_hash_map<std::string, NameRules> by_name_;
  // By prefix length, the longest first; then by block.
  std::map<int, absl::flat_hash_map<IpAddress, Positions>, std::greater<int>> by_prefix_;
};

}  // namespace haldane::guard
