#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "guard/address/ip.h"

// What a policy file says besides its rules. The initial values are the
// defaults of a file that does not name the key.
namespace haldane::guard {

enum class Mode { kObserve, kEnforce };
// What happens to what no rule names.
enum class DefaultVerdict {
  kAllow,
  kResolved,  // addresses only if a lookup through the proxy gave them, or a rule lists them
  kDeny,      // neither names nor addresses
};
enum class Handling { kAllow, kWarn, kDeny };
enum class BlockAnswer { kNxdomain, kNodata, kRefused };
enum class SniMode { kOff, kObserve, kEnforce };
enum class WhenProxyDead { kClosed, kOpen };
enum class WhenSetupFails { kAbort, kObserve };
enum class WhenAuditLost { kMark, kFail };
enum class FailOn { kNothing, kBlocked };
enum class Strays { kWait, kKill, kDetach };

// Daemons that would act for the script out of our sight.
enum class Delegate { kNscd, kResolved, kDocker, kContainerd, kSystemd, kLoopbackProxy };
inline constexpr size_t kDelegates = 6;

struct UpstreamServer {
  IpAddress address;
  uint16_t port = 53;
};

struct DnsSettings {
  BlockAnswer block_answer = BlockAnswer::kNxdomain;
  std::vector<UpstreamServer> upstream;  // empty: the system's
  // Addresses stay reachable for the whole run, or when false for
  // max(TTL, ttl_min) + ttl_grace.
  bool lifetime_is_run = true;
  absl::Duration ttl_min = absl::Seconds(60);
  absl::Duration ttl_grace = absl::Seconds(300);
  bool allow_single_label = true;  // names without a dot are relayed unless a rule denies them
  bool allow_rebinding = false;    // answers may name this host's own addresses
};

struct EncryptedDnsSettings {
  Handling dot = Handling::kDeny;        // port 853
  Handling doh_names = Handling::kDeny;  // well-known DNS-over-HTTPS names
  Handling quic = Handling::kDeny;       // UDP port 443
  Handling ech_only = Handling::kWarn;   // a TLS hello that hides its name
};

// Unset: no limit.
struct LimitSettings {
  std::optional<double> cpu;  // in cores: "50%" is 0.5
  std::optional<uint64_t> memory_bytes;
  std::optional<uint32_t> pids;
  std::optional<absl::Duration> wall;
};

struct FailureSettings {
  WhenProxyDead proxy_dead = WhenProxyDead::kClosed;
  WhenSetupFails setup_failed = WhenSetupFails::kAbort;
  WhenAuditLost audit_loss = WhenAuditLost::kMark;  // kFail: the run exits 122
};

// What a rollout may require of a run's summary. Unset: anything.
struct GateSettings {
  std::optional<uint32_t> max_blocked_domains;
  std::optional<uint32_t> max_new_domains;
  std::optional<uint32_t> max_unattributed;
  bool require_complete_audit = true;
};

// A finding of the report that is known and accepted for a while.
struct Waiver {
  std::string id;    // of the report's row
  absl::Time until;  // exclusive: the first moment at which it no longer holds
  std::string reason;
  std::string owner;
  int line = 0;
};

struct Settings {
  std::string name;
  Mode mode = Mode::kEnforce;
  DefaultVerdict default_verdict = DefaultVerdict::kResolved;
  FailOn fail_on = FailOn::kNothing;
  Strays strays = Strays::kKill;
  DnsSettings dns;
  EncryptedDnsSettings encrypted_dns;
  SniMode sni = SniMode::kObserve;
  std::array<Handling, kDelegates> delegation = {Handling::kDeny, Handling::kDeny,  Handling::kWarn,
                                                 Handling::kWarn, Handling::kAllow, Handling::kWarn};
  bool deny_ipv6 = false;  // refuse IPv6 instead of judging it like IPv4
  LimitSettings limits;
  FailureSettings failure;
  GateSettings gates;
  std::vector<std::string> required_features;  // of KnownFeatures: without them the run does not start
  std::vector<Waiver> waivers;
};

// Each as policy files and records write it: "enforce", "resolved", "deny", ...
absl::string_view ModeName(Mode mode);
absl::string_view DefaultName(DefaultVerdict verdict);
absl::string_view HandlingName(Handling handling);
absl::string_view DelegateName(Delegate delegate);
// "blocklist", "resolved" or "allowlist": what the records call a default.
absl::string_view MethodName(DefaultVerdict verdict);

// What `haldane guard probe` may find missing in a kernel and a policy can insist on.
const std::vector<absl::string_view>& KnownFeatures();

// The daemon behind a unix socket's path, or nothing when it is none of those
// that act for others.
std::optional<Delegate> DelegateOfSocket(absl::string_view path);

}  // namespace haldane::guard
