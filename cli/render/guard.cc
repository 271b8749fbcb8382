#include "cli/render/guard.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/render/numbers.h"
#include "cli/render/table.h"
#include "cli/render/words.h"

namespace haldane::cli {
namespace {

using haldane::v1::GuardRun;

constexpr int kMostShownHosts = 5;

std::string StateOf(const GuardRun& run) {
  switch (run.state()) {
    case haldane::v1::GUARD_RUN_STATE_RUNNING:
      return "running";
    case haldane::v1::GUARD_RUN_STATE_FINISHED:
      return absl::StrCat("exit ", run.exit_code());
    case haldane::v1::GUARD_RUN_STATE_SETUP_FAILED:
      return "not set up";
    case haldane::v1::GUARD_RUN_STATE_LOST:
      return "lost";
    default:
      return "unknown";
  }
}

std::string ModeOf(const GuardRun& run) {
  return run.rollback() ? "rollback" : run.enforcing() ? "enforce" : "observe";
}

std::string ActionWord(haldane::v1::GuardAction action) {
  switch (action) {
    case haldane::v1::GUARD_ACTION_BLOCKED:
      return "blocked";
    case haldane::v1::GUARD_ACTION_WOULD_BLOCK:
      return "would block";
    case haldane::v1::GUARD_ACTION_ALLOWED:
      return "allowed";
    default:
      return "unknown";
  }
}

std::string ClassWord(haldane::v1::GuardFindingClass kind) {
  switch (kind) {
    case haldane::v1::GUARD_FINDING_CLASS_DIRECT:
      return "direct";
    case haldane::v1::GUARD_FINDING_CLASS_HIDDEN:
      return "hidden";
    case haldane::v1::GUARD_FINDING_CLASS_DELEGATED:
      return "delegated";
    default:
      return "unknown";
  }
}

std::string NewDomains(const haldane::v1::GuardCounts& counts) {
  return counts.has_baseline() ? Grouped(counts.new_domains()) : "-";
}

std::string AuditOf(const GuardRun& run) {
  if (run.counts().audit_complete())
    return run.state() == haldane::v1::GUARD_RUN_STATE_RUNNING ? "so far" : "complete";
  return "incomplete";
}

std::string TitledLines(absl::string_view title,
                        const google::protobuf::RepeatedPtrField<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) absl::StrAppend(&out, "  ", title, ": ", Printable(line), "\n");
  return out;
}

std::string Counts(absl::string_view title,
                   const google::protobuf::RepeatedPtrField<haldane::v1::GuardCount>& counts) {
  std::string out;
  for (const haldane::v1::GuardCount& count : counts) {
    absl::StrAppend(&out, "  ", title, " ", Printable(count.name()), ": ", Grouped(count.value()), "\n");
  }
  return out;
}

std::string FindingLines(const GuardRun& run) {
  std::string out;
  for (const haldane::v1::GuardFinding& finding : run.findings()) {
    absl::StrAppend(&out, "  ", ActionWord(finding.action()), " ", Printable(finding.name()), " (",
                    ClassWord(finding.kind()), finding.waived() ? ", waived" : "", ") ",
                    Printable(finding.place()), " ", Printable(finding.command()), "  ",
                    Grouped(finding.count()), "x, ", Printable(finding.rule()), ", id ",
                    Printable(finding.id()), "\n");
  }
  return out;
}

}  // namespace

std::string GuardRunsTable(const google::protobuf::RepeatedPtrField<GuardRun>& runs, absl::Time now) {
  Table table({"RUN", "HOST", "DEPLOY", "STEP", "MODE", "STATE", "BLOCKED", "WOULD BLOCK", "NEW",
               "UNATTRIBUTED", "AUDIT", "REPORTED"});
  for (const GuardRun& run : runs) {
    const absl::Duration age = now - absl::FromUnixSeconds(run.received_at().seconds());
    table.AddRow({Printable(run.run_id()), Printable(run.host()), Printable(run.deploy_id()),
                  Printable(run.step()), ModeOf(run), StateOf(run), Grouped(run.counts().blocked_domains()),
                  Grouped(run.counts().would_block_domains()), NewDomains(run.counts()),
                  Grouped(run.counts().unattributed()), AuditOf(run),
                  absl::StrCat(ShortTime(std::max(age, absl::ZeroDuration())), " ago")});
  }
  return table.Render();
}

std::string GuardFindingsTable(const haldane::v1::ListGuardFindingsResponse& list) {
  Table table({"ID", "ACTION", "CLASS", "NAME", "COMMAND", "SCRIPT", "COUNT", "RUNS", "HOSTS"});
  for (const haldane::v1::GuardFindingOverHosts& row : list.findings()) {
    const haldane::v1::GuardFinding& finding = row.finding();
    std::vector<std::string> hosts;
    for (const std::string& host : row.hosts()) {
      if (hosts.size() < kMostShownHosts) hosts.push_back(Printable(host));
    }
    if (row.hosts_size() > kMostShownHosts)
      hosts.push_back(absl::StrCat("and ", row.hosts_size() - kMostShownHosts, " more"));
    table.AddRow({Printable(finding.id()), ActionWord(finding.action()), ClassWord(finding.kind()),
                  Printable(finding.name()), Printable(finding.command()), Printable(finding.place()),
                  Grouped(finding.count()), Grouped(row.runs()), absl::StrJoin(hosts, ", ")});
  }
  return table.Render();
}

std::string GuardRunReport(const GuardRun& run) {
  const haldane::v1::GuardCounts& counts = run.counts();
  std::string out = absl::StrCat(
      Printable(run.run_id()), "  ", StateOf(run), " on ", Printable(run.host()), ", deploy ",
      run.deploy_id().empty() ? "-" : Printable(run.deploy_id()), ", policy ", Printable(run.policy()), ", ",
      ModeOf(run), "\n  names blocked ", Grouped(counts.blocked_domains()), ", would block ",
      Grouped(counts.would_block_domains()), ", new ", NewDomains(counts), "; unattributed ",
      Grouped(counts.unattributed()), "; record ", AuditOf(run), "\n");
  if (!run.failure().empty()) absl::StrAppend(&out, "  not set up: ", Printable(run.failure()), "\n");
  absl::StrAppend(&out, FindingLines(run));
  std::vector<std::string> names;
  for (const haldane::v1::GuardDomain& domain : run.domains()) {
    names.push_back(absl::StrCat(Printable(domain.name()), domain.is_new() ? " (new)" : ""));
  }
  if (!names.empty()) absl::StrAppend(&out, "  names: ", absl::StrJoin(names, ", "), "\n");
  absl::StrAppend(&out, TitledLines("address without a name", run.raw_addresses()),
                  TitledLines("outlived the script", run.strays()), Counts("lost at", run.lost()),
                  TitledLines("guard", run.health()), Counts("peak", run.peaks()));
  for (const haldane::v1::GuardEventLine& event : run.events()) {
    absl::StrAppend(&out, "  ", Printable(event.line()), "\n");
  }
  if (run.not_listed() > 0)
    absl::StrAppend(&out, "  ", Grouped(run.not_listed()), " more entries were not kept\n");
  return out;
}

std::string GuardStandingReport(const haldane::v1::Rollout& rollout) {
  if (!rollout.verdict().has_guard()) return "";
  const haldane::v1::GuardStanding& guard = rollout.verdict().guard();
  std::string out =
      absl::StrCat("\nDeploy guard: ", guard.passed() ? "shows what the plan asks" : "blocks proceed", "; ",
                   guard.runs(), guard.runs() == 1 ? " run" : " runs", ", ", guard.running(), " running, ",
                   guard.incomplete(), " incomplete\n");
  for (const std::string& problem : guard.problems()) absl::StrAppend(&out, "  ", Printable(problem), "\n");
  return out;
}

}  // namespace haldane::cli
