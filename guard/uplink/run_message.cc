#include "guard/uplink/run_message.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "google/protobuf/util/time_util.h"

namespace haldane::guard {
namespace {

// The contract's bounds (guard_run.proto), and what makes the whole fit into
// one message whatever the run did.
constexpr int kMostListedDomains = 500;
constexpr int kMostListedFindings = 200;
constexpr int kMostListedAddresses = 100;
constexpr int kMostListedStrays = 50;
constexpr int kMostListedCounts = 100;
constexpr int kMostEventLines = 200;
constexpr size_t kMostAncestors = 4;
constexpr size_t kLongestName = 256;
constexpr size_t kLongestCommandLine = 500;
constexpr size_t kLongestAncestor = 120;
constexpr size_t kLongestLine = 600;
constexpr size_t kLongestFailure = 1000;

google::protobuf::Timestamp StampOf(absl::Time time) {
  return google::protobuf::util::TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(time));
}

haldane::v1::GuardAction ActionOf(Action action) {
  switch (action) {
    case Action::kBlocked:
      return haldane::v1::GUARD_ACTION_BLOCKED;
    case Action::kWouldBlock:
      return haldane::v1::GUARD_ACTION_WOULD_BLOCK;
    case Action::kAllowed:
      return haldane::v1::GUARD_ACTION_ALLOWED;
  }
  return haldane::v1::GUARD_ACTION_UNSPECIFIED;
}

haldane::v1::GuardFindingClass ClassOf(FindingClass what) {
  switch (what) {
    case FindingClass::kDirect:
      return haldane::v1::GUARD_FINDING_CLASS_DIRECT;
    case FindingClass::kHidden:
      return haldane::v1::GUARD_FINDING_CLASS_HIDDEN;
    case FindingClass::kDelegated:
      return haldane::v1::GUARD_FINDING_CLASS_DELEGATED;
  }
  return haldane::v1::GUARD_FINDING_CLASS_UNSPECIFIED;
}

haldane::v1::GuardRun HeadOf(const RunInfo& run, const RunOrigin& origin, absl::Time started) {
  haldane::v1::GuardRun message;
  message.set_run_id(run.run_id);
  message.set_host(run.host);
  message.set_deploy_id(run.deploy_id);
  message.set_step(Utf8Text(run.step, kLongestName));
  message.set_service(Utf8Text(origin.service, kLongestName));
  message.set_policy(Utf8Text(run.policy, kLongestName));
  message.set_enforcing(run.mode == Mode::kEnforce);
  message.set_rollback(origin.rollback);
  *message.mutable_started_at() = StampOf(started);
  return message;
}

// The worst first, then those that are new, then the most frequent.
void AddDomains(const Summary& summary, haldane::v1::GuardRun* message) {
  std::vector<const std::pair<const std::string, DomainUse>*> domains;
  for (const auto& domain : summary.domains) domains.push_back(&domain);
  const auto rank = [](const DomainUse& use) {
    return std::make_tuple(-static_cast<int>(ActionOf(use.worst)), !use.is_new,
                           -static_cast<int64_t>(use.count));
  };
  std::stable_sort(domains.begin(), domains.end(),
                   [&](const auto* a, const auto* b) { return rank(a->second) < rank(b->second); });
  for (const auto* domain : domains) {
    if (message->domains_size() == kMostListedDomains) break;
    haldane::v1::GuardDomain* listed = message->add_domains();
    listed->set_name(Utf8Text(domain->first, kLongestName));
    listed->set_action(ActionOf(domain->second.worst));
    listed->set_count(domain->second.count);
    listed->set_is_new(domain->second.is_new);
  }
}

void AddFindings(const Summary& summary, haldane::v1::GuardRun* message) {
  for (const Finding& finding : summary.findings) {
    if (message->findings_size() == kMostListedFindings) break;
    haldane::v1::GuardFinding* listed = message->add_findings();
    listed->set_id(finding.id);
    listed->set_kind(ClassOf(finding.what));
    listed->set_action(ActionOf(finding.action));
    listed->set_name(Utf8Text(finding.name, kLongestName));
    listed->set_rule(Utf8Text(finding.rule, kLongestName));
    listed->set_reason(Utf8Text(finding.reason, kLongestName));
    listed->set_owner(Utf8Text(finding.owner, kLongestName));
    listed->set_command(Utf8Text(finding.command, kLongestCommandLine));
    listed->set_place(Utf8Text(finding.place, kLongestName));
    for (size_t i = 0; i < std::min(finding.ancestry.size(), kMostAncestors); ++i) {
      listed->add_ancestry(Utf8Text(finding.ancestry[i], kLongestAncestor));
    }
    listed->set_count(finding.count);
    listed->set_waived(finding.waived);
  }
}

void AddCounts(const std::map<std::string, uint64_t>& counts,
               google::protobuf::RepeatedPtrField<haldane::v1::GuardCount>* out) {
  for (const auto& [name, value] : counts) {
    if (out->size() == kMostListedCounts) return;
    haldane::v1::GuardCount* count = out->Add();
    count->set_name(Utf8Text(name, kLongestName));
    count->set_value(value);
  }
}

size_t Beyond(size_t size, int listed) { return size - static_cast<size_t>(listed); }

}  // namespace

std::string Utf8Text(absl::string_view text, size_t most) {
  std::string out;
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    const absl::string_view next = length == 0 ? "?" : text.substr(0, length);
    if (out.size() + next.size() > most) break;
    out.append(next.data(), next.size());
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

haldane::v1::GuardRun RunMessage(const Summary& summary, const RunOrigin& origin,
                                 haldane::v1::GuardRunState state) {
  haldane::v1::GuardRun message = HeadOf(summary.run, origin, summary.facts.started);
  message.set_state(state);
  if (state == haldane::v1::GUARD_RUN_STATE_FINISHED) {
    *message.mutable_ended_at() = StampOf(summary.facts.ended);
    message.set_exit_code(summary.facts.exit_code);
  }
  haldane::v1::GuardCounts* counts = message.mutable_counts();
  counts->set_blocked_domains(summary.blocked_domains());
  counts->set_would_block_domains(summary.would_block_domains());
  counts->set_new_domains(summary.has_baseline ? summary.new_domains() : 0);
  counts->set_has_baseline(summary.has_baseline);
  counts->set_unattributed(summary.unattributed);
  counts->set_audit_complete(summary.facts.complete);
  AddDomains(summary, &message);
  AddFindings(summary, &message);
  for (const auto& [address, use] : summary.raw_addresses) {
    if (message.raw_addresses_size() < kMostListedAddresses) message.add_raw_addresses(address);
  }
  for (const std::string& stray : summary.strays) {
    if (message.strays_size() < kMostListedStrays) message.add_strays(Utf8Text(stray, kLongestCommandLine));
  }
  AddCounts(summary.facts.lost, message.mutable_lost());
  AddCounts(summary.facts.peaks, message.mutable_peaks());
  for (const std::string& health : summary.facts.health) {
    if (message.health_size() < kMostListedCounts) message.add_health(Utf8Text(health, kLongestLine));
  }
  message.set_not_listed(summary.not_listed + Beyond(summary.domains.size(), message.domains_size()) +
                         Beyond(summary.findings.size(), message.findings_size()) +
                         Beyond(summary.raw_addresses.size(), message.raw_addresses_size()) +
                         Beyond(summary.strays.size(), message.strays_size()));
  return message;
}

haldane::v1::GuardRun FailedRunMessage(const RunInfo& run, const RunOrigin& origin, absl::Time started,
                                       absl::string_view failure) {
  haldane::v1::GuardRun message = HeadOf(run, origin, started);
  message.set_state(haldane::v1::GUARD_RUN_STATE_SETUP_FAILED);
  message.set_failure(Utf8Text(failure, kLongestFailure));
  return message;
}

void AddEventLine(absl::Time time, absl::string_view line, haldane::v1::GuardRun* message) {
  if (message->events_size() == kMostEventLines) {
    message->set_not_listed(message->not_listed() + 1);
    return;
  }
  haldane::v1::GuardEventLine* event = message->add_events();
  *event->mutable_time() = StampOf(time);
  event->set_line(Utf8Text(line, kLongestLine));
}

}  // namespace haldane::guard
