#include "guard/record/read_record.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "guard/record/event_text.h"

namespace haldane::guard {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

const Value* Find(const Struct& object, const char* name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? nullptr : &found->second;
}

std::string TextOf(const Struct& object, const char* name) {
  const Value* value = Find(object, name);
  return value == nullptr ? "" : value->string_value();
}

double NumberOf(const Struct& object, const char* name) {
  const Value* value = Find(object, name);
  return value == nullptr ? 0 : value->number_value();
}

uint32_t WholeOf(const Struct& object, const char* name) {
  const double value = NumberOf(object, name);
  return value >= 0 && value <= 4294967295.0 ? static_cast<uint32_t>(value) : 0;
}

bool FlagOf(const Struct& object, const char* name) {
  const Value* value = Find(object, name);
  return value != nullptr && value->bool_value();
}

std::vector<std::string> TextsOf(const Struct& object, const char* name) {
  std::vector<std::string> texts;
  const Value* value = Find(object, name);
  if (value == nullptr) return texts;
  for (const Value& one : value->list_value().values()) texts.push_back(one.string_value());
  return texts;
}

// The enum value, below `count`, of this name.
template <typename Enum, typename NameOf>
Enum EnumOf(const std::string& name, int count, NameOf name_of) {
  for (int i = 0; i < count; ++i) {
    if (name_of(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  }
  return Enum{};
}

absl::Time TimeOf(const Struct& object, const char* name) {
  absl::Time time;
  std::string error;
  return absl::ParseTime(absl::RFC3339_full, TextOf(object, name), &time, &error) ? time
                                                                                  : absl::InfinitePast();
}

ProcessName NameOf(const Struct& object) {
  ProcessName name;
  name.pid = WholeOf(object, "pid");
  name.comm = TextOf(object, "comm");
  name.command_line = TextOf(object, "cmd");
  name.truncated = FlagOf(object, "cmd_truncated");
  return name;
}

ProcessIdentity ProcessOf(const Struct& object) {
  ProcessIdentity process;
  process.attribution = EnumOf<Attribution>(TextOf(object, "attribution"), 4, AttributionName);
  process.pid = WholeOf(object, "pid");
  process.tid = WholeOf(object, "tid");
  process.uid = WholeOf(object, "uid");
  process.executable = TextOf(object, "exe");
  process.name = NameOf(object);
  if (const Value* ancestry = Find(object, "ancestry")) {
    for (const Value& one : ancestry->list_value().values())
      process.ancestry.push_back(NameOf(one.struct_value()));
  }
  if (const Value* script = Find(object, "script")) {
    process.script.file = TextOf(script->struct_value(), "file");
    process.script.line = WholeOf(script->struct_value(), "line");
    process.script.kind = EnumOf<ScriptLine::Kind>(TextOf(script->struct_value(), "kind"), 4, LineKindName);
    process.script.text = TextOf(script->struct_value(), "text");
  }
  return process;
}

void ReadDestination(const Struct& object, Event* event) {
  const bool is_dns = event->kind == EventKind::kDns;
  event->to.transport = EnumOf<Transport>(TextOf(object, is_dns ? "transport" : "proto"), 4, TransportName);
  const std::optional<IpAddress> address = IpAddress::Parse(TextOf(object, "ip"));
  if (!address.has_value()) return;
  event->has_destination = true;
  event->to.address = *address;
  event->to.port = static_cast<uint16_t>(WholeOf(object, "port"));
  event->names_for_ip = TextsOf(object, "names_for_ip");
}

}  // namespace

absl::StatusOr<Event> ReadRecordLine(absl::string_view line) {
  Struct object;
  const auto status = google::protobuf::util::JsonStringToMessage(std::string(line), &object);
  if (!status.ok()) return absl::InvalidArgumentError("not a JSON object");
  if (NumberOf(object, "v") != kRecordVersion) {
    return absl::InvalidArgumentError(absl::StrCat("not a record line of version ", kRecordVersion));
  }
  Event event;
  event.kind = EnumOf<EventKind>(TextOf(object, "event"), kEventKinds, EventKindName);
  event.time = TimeOf(object, "ts");
  event.action = EnumOf<Action>(TextOf(object, "action"), 3, ActionName);
  event.warned = FlagOf(object, "warned");
  event.reason = TextOf(object, "reason");
  event.rule_id = TextOf(object, "rule_id");
  event.rule_text = TextOf(object, "rule_text");
  event.owner = TextOf(object, "owner");
  event.matched_name = TextOf(object, "matched_name");
  event.domain = TextOf(object, "domain");
  event.qtype = TextOf(object, "qtype");
  event.rcode = TextOf(object, "rcode");
  event.answers = TextsOf(object, "answers");
  event.latency = absl::Microseconds(NumberOf(object, "latency_us"));
  ReadDestination(object, &event);
  event.path = TextOf(object, "path");
  event.detail = TextOf(object, "detail");
  event.process = ProcessOf(object);
  event.count = std::max<uint64_t>(1, static_cast<uint64_t>(std::max(0.0, NumberOf(object, "count"))));
  event.first_seen = TimeOf(object, "first_seen");
  return event;
}

}  // namespace haldane::guard
