#include "guard/record/event.h"

namespace haldane::guard {

void FillDecision(const Decision& decision, Mode mode, Event* event) {
  event->action = ActionOf(decision, mode);
  event->warned = decision.warned;
  event->reason = decision.reason;
  event->matched_name = decision.matched_name;
  if (decision.rule == nullptr) return;
  event->rule_id = decision.rule->id;
  event->rule_text = decision.rule->text;
  event->owner = decision.rule->owner;
}

absl::string_view EventKindName(EventKind kind) {
  static constexpr absl::string_view kNames[] = {"dns",  "connect",     "packet", "unix", "sni",
                                                 "exec", "cgroup_move", "limit",  "guard"};
  return kNames[static_cast<int>(kind)];
}

absl::string_view BlockedAt(EventKind kind) {
  switch (kind) {
    case EventKind::kDns:
    case EventKind::kConnect:
    case EventKind::kPacket:
    case EventKind::kUnix:
    case EventKind::kSni:
      return EventKindName(kind);
    default:
      return {};
  }
}

}  // namespace haldane::guard
