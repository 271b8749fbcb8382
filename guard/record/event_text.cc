#include "guard/record/event_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "guard/record/json_line.h"
#include "guard/record/mask.h"

namespace haldane::guard {
namespace {

constexpr size_t kLongestCommand = 4096;
constexpr size_t kLongestAncestorCommand = 512;
constexpr size_t kLongestDetail = 1024;
constexpr size_t kLongestOnConsole = 160;
constexpr size_t kMostAncestors = 16;
constexpr size_t kMostNames = 16;
constexpr size_t kMostAnswers = 32;

// "FromDNSRequest": how the one-line form says what was seen.
absl::string_view Origin(EventKind kind) {
  static constexpr absl::string_view kNames[] = {"FromDNSRequest", "FromConnect",  "FromPacket",
                                                 "FromUnixSocket", "FromTLSHello", "FromExec",
                                                 "FromCgroupMove", "FromLimit",    "FromGuard"};
  return kNames[static_cast<int>(kind)];
}

std::string EndpointText(const Destination& to) {
  const std::string address = to.address.ToString();
  if (to.port == 0) return address;
  return to.address.is_v4() ? absl::StrCat(address, ":", to.port) : absl::StrCat("[", address, "]:", to.port);
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

std::vector<std::string> AtMost(const std::vector<std::string>& all, size_t most) {
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), most))};
}

std::string Ancestry(const std::vector<ProcessName>& ancestry) {
  std::string list;
  for (size_t i = 0; i < std::min(ancestry.size(), kMostAncestors); ++i) {
    JsonLine one;
    one.Number("pid", ancestry[i].pid).Text("comm", ancestry[i].comm);
    one.Text("cmd", CutText(ShownCommand(ancestry[i]), kLongestAncestorCommand));
    absl::StrAppend(&list, list.empty() ? "" : ",", one.Object());
  }
  return absl::StrCat("[", list, "]");
}

void AppendDestination(const Event& event, JsonLine* line) {
  if (event.kind == EventKind::kDns) {
    line->Text("transport", TransportName(event.to.transport));
    if (event.has_destination) line->Text("original_dst", EndpointText(event.to));
    return;
  }
  if (!event.has_destination) return;
  line->Text("ip", event.to.address.ToString()).Number("port", event.to.port);
  line->Text("proto", TransportName(event.to.transport));
  line->Text("family", event.to.address.is_v4() ? "ipv4" : "ipv6");
  line->Texts("names_for_ip", AtMost(event.names_for_ip, kMostNames));
  line->Flag("ip_shared", event.names_for_ip.size() > 1);
}

void AppendProcess(const ProcessIdentity& process, JsonLine* line) {
  line->Text("attribution", AttributionName(process.attribution));
  if (process.attribution == Attribution::kNone) return;
  line->Number("pid", process.pid).Number("tid", process.tid).Number("uid", process.uid);
  line->Text("comm", process.name.comm).TextIf("exe", process.executable);
  line->Text("cmd", ShownCommand(process.name));
  line->Flag("cmd_truncated", process.name.truncated || process.name.command_line.size() > kLongestCommand);
  line->Raw("ancestry", Ancestry(process.ancestry));
  if (process.script.file.empty()) return;
  JsonLine script;
  script.Text("file", process.script.file).Number("line", process.script.line);
  script.Text("kind", LineKindName(process.script.kind)).TextIf("text", MaskSecrets(process.script.text));
  line->Raw("script", script.Object());
}

}  // namespace

absl::string_view TransportName(Transport transport) {
  static constexpr absl::string_view kNames[] = {"any", "tcp", "udp", "other"};
  return kNames[static_cast<int>(transport)];
}

absl::string_view AttributionName(Attribution attribution) {
  static constexpr absl::string_view kNames[] = {"none", "flow", "cookie", "exec_cache"};
  return kNames[static_cast<int>(attribution)];
}

absl::string_view LineKindName(ScriptLine::Kind kind) {
  static constexpr absl::string_view kNames[] = {"unknown", "exact", "statement_end", "call_site"};
  return kNames[static_cast<int>(kind)];
}

void AppendEvent(const Event& event, JsonLine* line) {
  line->Text("action", ActionName(event.action));
  if (event.warned) line->Flag("warned", true);
  if (event.action != Action::kAllowed) line->TextIf("blocked_at", BlockedAt(event.kind));
  line->TextIf("reason", event.reason).TextIf("rule_id", event.rule_id).TextIf("rule_text", event.rule_text);
  line->TextIf("owner", event.owner)
      .TextIf("domain", event.domain)
      .TextIf("matched_name", event.matched_name);
  if (event.kind == EventKind::kDns) {
    line->Text("qtype", event.qtype).TextIf("rcode", event.rcode);
    line->Texts("answers", AtMost(event.answers, kMostAnswers));
    line->Number("latency_us", absl::ToInt64Microseconds(event.latency));
  }
  AppendDestination(event, line);
  line->TextIf("path", event.path).TextIf("detail", CutText(MaskSecrets(event.detail), kLongestDetail));
  AppendProcess(event.process, line);
  line->Number("count", static_cast<int64_t>(event.count));
  if (event.first_seen != absl::InfinitePast()) line->Text("first_seen", TimeText(event.first_seen));
}

std::string OneLine(const Event& event, absl::string_view method) {
  const bool blocked = event.action == Action::kBlocked;
  const bool calm = event.action == Action::kAllowed && !event.warned;
  std::string line = absl::StrCat(calm ? "INFO " : "WARN ", absl::AsciiStrToUpper(EventKindName(event.kind)),
                                  " ", absl::AsciiStrToUpper(ActionName(event.action)),
                                  " reason=", Origin(event.kind), " blocked=", blocked ? "true" : "false");
  if (event.action != Action::kAllowed) absl::StrAppend(&line, " blockedAt=", BlockedAt(event.kind));
  if (!event.domain.empty()) absl::StrAppend(&line, " domain=", event.domain, event.domain == "." ? "" : ".");
  if (event.has_destination && event.kind != EventKind::kDns)
    absl::StrAppend(&line, " to=", EndpointText(event.to));
  if (!event.path.empty()) absl::StrAppend(&line, " path=", JsonQuote(event.path));
  if (event.process.attribution == Attribution::kNone) {
    absl::StrAppend(&line, " pid=unknown cmd=unknown");
  } else {
    absl::StrAppend(&line, " pid=", event.process.pid, " cmd=", JsonQuote(ShownCommand(event.process.name)));
  }
  const std::string place = ScriptPlace(event.process.script);
  if (!place.empty()) absl::StrAppend(&line, " script=", JsonQuote(place));
  absl::StrAppend(&line, " firewallMethod=", method);
  if (!event.rule_text.empty()) absl::StrAppend(&line, " rule=", JsonQuote(event.rule_text));
  if (!event.detail.empty()) {
    absl::StrAppend(&line, " detail=", JsonQuote(CutText(MaskSecrets(event.detail), kLongestDetail)));
  }
  return line;
}

std::string ConsoleLine(const Event& event) {
  static constexpr absl::string_view kWords[] = {"allowed", "blocked", "would block"};
  std::string line = absl::StrCat("haldane: ", kWords[static_cast<int>(event.action)], " ", SubjectOf(event));
  if (!event.matched_name.empty() && event.matched_name != event.domain) {
    absl::StrAppend(&line, " by way of ", event.matched_name);
  }
  if (!event.reason.empty()) {
    absl::StrAppend(&line, " (", event.rule_text.empty() ? "" : "rule ", event.reason, ")");
  }
  if (event.process.attribution == Attribution::kNone) return absl::StrCat(line, " pid=unknown");
  absl::StrAppend(&line, " pid=", event.process.pid);
  // Whoever watches knows which script it is; the record has its whole path.
  ScriptLine script = event.process.script;
  script.file.erase(0, script.file.rfind('/') + 1);
  const std::string place = ScriptPlace(script);
  if (!place.empty()) absl::StrAppend(&line, " ", place);
  std::string command = JsonQuote(CutText(ShownCommand(event.process.name), kLongestOnConsole));
  return absl::StrCat(line, " ", absl::string_view(command).substr(1, command.size() - 2));
}

std::string SubjectOf(const Event& event) {
  if (!event.path.empty()) return event.path;
  if (event.kind == EventKind::kDns || event.kind == EventKind::kSni) return event.domain;
  if (!event.has_destination) return event.detail;
  const std::string endpoint = EndpointText(event.to);
  return event.domain.empty() ? endpoint : absl::StrCat(event.domain, " (", endpoint, ")");
}

std::string ScriptPlace(const ScriptLine& script) {
  if (script.file.empty() || script.line == 0) return script.file;
  return absl::StrCat(script.file, ":", script.line);
}

std::string ShownCommand(const ProcessName& process) {
  return CutText(MaskSecrets(CutText(process.command_line, kLongestCommand)), kLongestCommand);
}

}  // namespace haldane::guard
