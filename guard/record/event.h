#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "guard/address/ip.h"
#include "guard/attribution/process_identity.h"
#include "guard/policy/policy.h"

namespace haldane::guard {

enum class EventKind {
  kDns,         // a name was asked for
  kConnect,     // a connect call, or the first datagram to a destination
  kPacket,      // a packet that no call announced
  kUnix,        // a daemon was asked to act for the script
  kSni,         // the name in a TLS hello
  kExec,        // a command began
  kCgroupMove,  // a process left the guarded group
  kLimit,       // a limit was hit
  kGuard,       // the guard about itself: degraded, lost, released
};
inline constexpr int kEventKinds = 9;

// One thing that happened in a run. Of most kinds only some members are set;
// what is not set is not written.
struct Event {
  EventKind kind = EventKind::kGuard;
  absl::Time time = absl::InfinitePast();  // unset: when it is recorded
  Action action = Action::kAllowed;
  bool warned = false;  // allowed, but the policy wants it seen

  // Why. FillDecision sets them.
  std::string reason;
  std::string rule_id, rule_text, owner;
  std::string matched_name;  // the link of a chain that decided, when it is not the domain

  // kDns, kSni: the name. kConnect, kPacket: a name that the address is known by.
  std::string domain;
  // kDns.
  std::string qtype;                 // "A", "HTTPS", "TYPE1234"
  std::string rcode;                 // "NOERROR", "NXDOMAIN"; empty when nothing was answered
  std::vector<std::string> answers;  // addresses and targets, at most 32
  absl::Duration latency;            // from query to answer

  // kConnect, kPacket, kSni: where to. kDns: the server that was asked.
  Destination to;
  bool has_destination = false;
  std::vector<std::string> names_for_ip;  // at most 16

  std::string path;    // kUnix: of the socket
  std::string detail;  // anything else that a person should read, one line

  ProcessIdentity process;
  uint64_t count = 1;                            // how often, when repeats were folded into this
  absl::Time first_seen = absl::InfinitePast();  // of the repeats; unset: `time`
};

// Copies what `decision` says into `event`, as `mode` turns it into an action.
void FillDecision(const Decision& decision, Mode mode, Event* event);

absl::string_view EventKindName(EventKind kind);  // "dns", "cgroup_move", ...
// Where an event of this kind is stopped: "dns", "connect", "packet", "sni",
// "unix", or empty.
absl::string_view BlockedAt(EventKind kind);

// Takes what happens. Belongs to one event loop; Take does not block for long.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void Take(const Event& event) = 0;
};

}  // namespace haldane::guard
