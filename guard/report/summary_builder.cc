#include "guard/report/summary_builder.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/sha256.h"
#include "guard/record/event_text.h"
#include "guard/record/mask.h"
#include "guard/record/read_record.h"

namespace haldane::guard {
namespace {

constexpr size_t kMostDomains = 20000;
constexpr size_t kMostListed = 1000;
constexpr size_t kLongestCommand = 512;
constexpr absl::string_view kDelegation = "delegation.";
constexpr absl::string_view kStray = "stray";

Action Worse(Action a, Action b) {
  const auto rank = [](Action action) {
    return action == Action::kBlocked ? 2 : action == Action::kWouldBlock ? 1 : 0;
  };
  return rank(a) >= rank(b) ? a : b;
}

// The entry of that key, made when there is room; null and counted when not.
template <typename Map>
typename Map::mapped_type* Entry(const std::string& key, size_t most, uint64_t* not_listed, Map* map) {
  const auto found = map->find(key);
  if (found != map->end()) return &found->second;
  if (map->size() < most) return &(*map)[key];
  ++*not_listed;
  return nullptr;
}

std::string Base(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return std::string(slash == absl::string_view::npos ? path : path.substr(slash + 1));
}

bool Mentions(absl::string_view text, absl::string_view name) {
  return !name.empty() && absl::StrContains(absl::AsciiStrToLower(text), absl::AsciiStrToLower(name));
}

FindingClass Classify(const Event& event) {
  if (event.kind == EventKind::kUnix || absl::StartsWith(event.reason, kDelegation))
    return FindingClass::kDelegated;
  const std::string address =
      event.has_destination && event.kind != EventKind::kDns ? event.to.address.ToString() : "";
  for (const absl::string_view text :
       {absl::string_view(event.process.name.command_line), absl::string_view(event.process.script.text)}) {
    for (const absl::string_view name : {absl::string_view(event.domain),
                                         absl::string_view(event.matched_name), absl::string_view(address)}) {
      if (Mentions(text, name)) return FindingClass::kDirect;
    }
  }
  return FindingClass::kHidden;
}

bool IsUnknown(const Event& event) {
  // The guard's own events and limits are about no process.
  return event.process.attribution == Attribution::kNone && event.kind != EventKind::kGuard &&
         event.kind != EventKind::kLimit;
}

// What the report names: the domain where there is one.
std::string NameOf(const Event& event) { return event.domain.empty() ? SubjectOf(event) : event.domain; }

std::string ContactKey(const Destination& to) {
  const std::string address =
      to.address.is_v4() ? to.address.ToString() : absl::StrCat("[", to.address.ToString(), "]");
  return absl::StrCat(address, ":", to.port, "/", TransportName(to.transport));
}

}  // namespace

void SummaryBuilder::Take(const Event& event) {
  if (IsUnknown(event)) so_far_.unattributed += event.count;
  if (event.kind == EventKind::kDns || event.kind == EventKind::kSni) AddDomain(event);
  if (event.kind == EventKind::kConnect || event.kind == EventKind::kPacket) AddContact(event);
  if (event.kind == EventKind::kUnix || absl::StartsWith(event.reason, kDelegation)) {
    if (DelegateUse* use = Entry(NameOf(event), kMostListed, &so_far_.not_listed, &so_far_.delegates)) {
      use->worst = Worse(use->worst, event.action);
      use->count += event.count;
      use->reason = event.reason;
    }
  }
  if (event.kind == EventKind::kGuard && event.reason == kStray) {
    if (so_far_.strays.size() < kMostListed) {
      so_far_.strays.push_back(absl::StrCat(event.process.pid, " ", ShownCommand(event.process.name)));
    }
  } else if (event.warned) {
    const std::string what = absl::StrCat(event.reason, ": ", NameOf(event));
    if (uint64_t* count = Entry(what, kMostListed, &so_far_.not_listed, &so_far_.warnings))
      *count += event.count;
  }
  const bool delegated = event.warned && absl::StartsWith(event.reason, kDelegation);
  if (event.action != Action::kAllowed || delegated) AddFinding(event);
}

void SummaryBuilder::AddDomain(const Event& event) {
  if (event.domain.empty()) return;
  DomainUse* use = Entry(event.domain, kMostDomains, &so_far_.not_listed, &so_far_.domains);
  if (use == nullptr) return;
  use->count += event.count;
  const Action worst = Worse(use->worst, event.action);
  if (worst != use->worst || use->reason.empty()) use->reason = event.reason;
  use->worst = worst;
}

void SummaryBuilder::AddContact(const Event& event) {
  if (!event.has_destination || !event.names_for_ip.empty() || event.to.address.reaches_this_host()) return;
  RawAddress* raw = Entry(ContactKey(event.to), kMostListed, &so_far_.not_listed, &so_far_.raw_addresses);
  if (raw == nullptr) return;
  raw->worst = Worse(raw->worst, event.action);
  raw->count += event.count;
}

void SummaryBuilder::AddFinding(const Event& event) {
  const std::string name = NameOf(event);
  if (name.empty()) return;
  const std::string rule = event.rule_text.empty() ? event.reason : event.rule_text;
  const std::string via = event.matched_name == event.domain ? "" : event.matched_name;
  const std::string command = CutText(ShownCommand(event.process.name), kLongestCommand);
  const std::string place = ScriptPlace(event.process.script);
  const std::string key = absl::StrCat(rule, "\n", name, "\n", via, "\n", command, "\n", place);
  Finding* finding = Entry(key, kMostListed, &so_far_.not_listed, &findings_);
  if (finding == nullptr) return;
  if (finding->count == 0) {
    const std::string tool =
        event.process.executable.empty() ? event.process.name.comm : Base(event.process.executable);
    // Without line and arguments, which change from release to release.
    const std::string identity =
        absl::StrCat(rule, "\n", name, "\n", tool, "\n", Base(event.process.script.file));
    finding->id = absl::BytesToHexString(absl::string_view(Sha256(identity)).substr(0, 4));
    finding->what = Classify(event);
    finding->action = event.action;
    finding->name = name;
    finding->via = via;
    finding->rule = rule;
    finding->reason = event.reason;
    finding->owner = event.owner;
    finding->command = command;
    finding->place = place;
    for (const ProcessName& ancestor : event.process.ancestry) {
      finding->ancestry.push_back(CutText(ShownCommand(ancestor), kLongestCommand));
    }
  }
  finding->action = Worse(finding->action, event.action);
  finding->count += event.count;
  if (event.time == absl::InfinitePast()) return;
  finding->first = std::min(
      {finding->first, event.time, event.first_seen == absl::InfinitePast() ? event.time : event.first_seen});
  finding->last = std::max(finding->last, event.time);
}

void SummaryBuilder::Replay(absl::string_view record) {
  for (const absl::string_view line : absl::StrSplit(record, '\n', absl::SkipEmpty())) {
    const absl::StatusOr<Event> event = ReadRecordLine(line);
    if (event.ok()) {
      Take(*event);
    } else {
      ++so_far_.not_listed;
    }
  }
}

Summary SummaryBuilder::Build(const Inputs& inputs) const {
  Summary summary = so_far_;
  summary.run = inputs.run;
  summary.facts = inputs.facts;
  summary.has_baseline = inputs.has_baseline;
  if (inputs.has_baseline) {
    for (auto& [name, use] : summary.domains) use.is_new = inputs.baseline.count(name) == 0;
  }
  std::set<std::string> used;
  for (const auto& [key, counted] : findings_) {
    Finding finding = counted;
    for (const Waiver& waiver : inputs.waivers) {
      if (waiver.id != finding.id) continue;
      finding.waiver = waiver;
      finding.waived = inputs.now < waiver.until;
      used.insert(waiver.id);
    }
    summary.findings.push_back(std::move(finding));
  }
  const auto rank = [](const Finding& f) {
    return std::make_tuple(f.waived, f.action == Action::kAllowed, f.what, -static_cast<int64_t>(f.count),
                           f.name, f.place, f.command);
  };
  std::sort(summary.findings.begin(), summary.findings.end(),
            [&](const Finding& a, const Finding& b) { return rank(a) < rank(b); });
  for (const Waiver& waiver : inputs.waivers) {
    if (used.count(waiver.id) == 0) summary.unused_waivers.push_back(waiver);
  }
  return summary;
}

}  // namespace haldane::guard
