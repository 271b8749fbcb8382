#pragma once

#include <string>
#include <vector>

#include "guard/record/event.h"

namespace haldane::guard {

// A lookup by `curl github.com` on line 8 of deploy.sh, blocked by a rule.
inline Event BlockedLookup() {
  Event event;
  event.kind = EventKind::kDns;
  event.time = absl::FromUnixSeconds(1767225600);
  event.action = Action::kBlocked;
  event.reason = "circular";
  event.rule_id = "1a2b3c4d";
  event.rule_text = "deny suffix github.com";
  event.owner = "infra";
  event.domain = "github.com";
  event.matched_name = "github.com";
  event.qtype = "A";
  event.rcode = "NXDOMAIN";
  event.latency = absl::Microseconds(95);
  event.to = {*IpAddress::Parse("10.0.0.53"), 53, Transport::kUdp};
  event.has_destination = true;
  event.process.pid = 42;
  event.process.tid = 43;
  event.process.uid = 1000;
  event.process.executable = "/usr/bin/curl";
  event.process.attribution = Attribution::kFlow;
  event.process.name = {42, "curl", "curl github.com", false};
  event.process.ancestry = {{41, "bash", "bash deploy.sh --token T0PS3CRET", false}};
  event.process.script = {"deploy.sh", 8, ScriptLine::Kind::kExact, "curl $HOST"};
  return event;
}

inline Event AllowedLookup(const std::string& name) {
  Event event = BlockedLookup();
  event.action = Action::kAllowed;
  event.reason = event.rule_id = event.rule_text = event.owner = event.matched_name = "";
  event.domain = name;
  event.rcode = "NOERROR";
  event.answers = {"192.0.2.1"};
  return event;
}

inline Event Contact(const std::string& address, uint16_t port, std::vector<std::string> names = {}) {
  Event event = BlockedLookup();
  event.kind = EventKind::kConnect;
  event.action = Action::kAllowed;
  event.reason = event.rule_id = event.rule_text = event.owner = event.matched_name = event.domain =
      event.qtype = event.rcode = "";
  event.to = {*IpAddress::Parse(address), port, Transport::kTcp};
  event.names_for_ip = std::move(names);
  if (!event.names_for_ip.empty()) event.domain = event.names_for_ip.front();
  return event;
}

}  // namespace haldane::guard
