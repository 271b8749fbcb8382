#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "guard/record/event.h"
#include "guard/record/json_line.h"

// An event as text. Secrets in command lines are masked, lengths bounded,
// control characters escaped: each result is one line, without its end.
namespace haldane::guard {

inline constexpr int kRecordVersion = 1;

// The members of a record line that follow its head (README.md has them all).
void AppendEvent(const Event& event, JsonLine* line);

// WARN DNS BLOCKED reason=FromDNSRequest blocked=true blockedAt=dns
// domain=github.com. pid=42 cmd="curl github.com" script=deploy.sh:8
// firewallMethod=blocklist rule="deny suffix github.com"
std::string OneLine(const Event& event, absl::string_view method);

// haldane: blocked github.com (rule circular) pid=42 deploy.sh:8 curl github.com
std::string ConsoleLine(const Event& event);

// Words of the record.
absl::string_view TransportName(Transport transport);
absl::string_view AttributionName(Attribution attribution);
absl::string_view LineKindName(ScriptLine::Kind kind);

// What an event is about, for people: the domain, "192.0.2.1:443", or a path.
std::string SubjectOf(const Event& event);
// "deploy.sh:8", "deploy.sh", or empty.
std::string ScriptPlace(const ScriptLine& script);
// Masked and cut.
std::string ShownCommand(const ProcessName& process);

}  // namespace haldane::guard
