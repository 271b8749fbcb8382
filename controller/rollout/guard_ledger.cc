#include "controller/rollout/guard_ledger.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace haldane::controller {
namespace {

using haldane::v1::GuardPlan;
using haldane::v1::GuardRun;
using haldane::v1::GuardStanding;

constexpr size_t kMostShownRuns = 200;
constexpr int kMostProblems = 20;
constexpr size_t kMostNamedHosts = 5;

bool IsRunning(const GuardRun& run) { return run.state() == haldane::v1::GUARD_RUN_STATE_RUNNING; }

bool IsIncomplete(const GuardRun& run) {
  return run.state() != haldane::v1::GUARD_RUN_STATE_RUNNING && !run.counts().audit_complete();
}

// When it began; of two that began together, one of them, always the same.
auto Order(const GuardRun& run) {
  return std::make_tuple(run.started_at().seconds(), run.started_at().nanos(), run.run_id());
}

// True when `later` takes the place of `known`.
bool Replaces(const GuardRun& later, const GuardRun& known) {
  return later.run_id() == known.run_id() ? later.revision() > known.revision() : Order(later) > Order(known);
}

// What keeps this run from being what the plan asks for, without its host;
// runs with the same problem are named together.
std::vector<std::string> ProblemsOf(const GuardPlan& plan, const GuardRun& run) {
  std::vector<std::string> problems;
  const haldane::v1::GuardCounts& counts = run.counts();
  const auto limit = [&problems](uint64_t count, uint64_t most, absl::string_view what) {
    if (count <= most) return;
    problems.push_back(absl::StrCat(what, ": ", count, ", at most ", most, count == 1 ? " is" : " are",
                                    " accepted; haldane guard list --findings names the commands"));
  };
  switch (run.state()) {
    case haldane::v1::GUARD_RUN_STATE_FINISHED:
      break;
    case haldane::v1::GUARD_RUN_STATE_RUNNING:
      problems.push_back("a deploy script is still running under the guard");
      break;
    case haldane::v1::GUARD_RUN_STATE_SETUP_FAILED:
      problems.push_back("the guard could not be set up; haldane guard probe says what is missing there");
      return problems;
    default:
      problems.push_back("the guard was killed before the script ended; run the deploy step again");
      break;
  }
  limit(counts.blocked_domains(), plan.max_blocked(), "names that were blocked");
  limit(counts.would_block_domains(), plan.max_would_block(), "names that enforcing would block");
  limit(counts.unattributed(), plan.max_unattributed(), "events whose process is unknown");
  if (plan.has_max_new() && !counts.has_baseline() && !IsRunning(run)) {
    problems.push_back(
        "there was no good run before, so new names cannot be told; the next run will have one");
  }
  if (plan.has_max_new() && counts.has_baseline()) limit(counts.new_domains(), plan.max_new(), "new names");
  if (plan.complete_audit() && IsIncomplete(run) && run.state() == haldane::v1::GUARD_RUN_STATE_FINISHED) {
    problems.push_back("the record is incomplete; haldane guard list says what was lost");
  }
  return problems;
}

// "a, b and 3 more".
std::string Named(const std::vector<std::string>& hosts) {
  if (hosts.size() <= kMostNamedHosts) return absl::StrJoin(hosts, ", ");
  const std::vector<std::string> first(hosts.begin(), hosts.begin() + kMostNamedHosts);
  return absl::StrCat(absl::StrJoin(first, ", "), " and ", hosts.size() - kMostNamedHosts, " more");
}

}  // namespace

GuardRun GuardLedger::Head(GuardRun run) {
  run.clear_domains();
  run.clear_findings();
  run.clear_raw_addresses();
  run.clear_strays();
  run.clear_lost();
  run.clear_peaks();
  run.clear_health();
  run.clear_events();
  run.clear_received_at();
  return run;
}

bool GuardLedger::Changes(const GuardRun& head) const {
  if (head.rollback()) return false;
  const auto known = runs_.find({head.host(), head.step()});
  if (known == runs_.end()) return !full_;
  if (!Replaces(head, known->second)) return false;
  GuardRun same = known->second;
  same.set_revision(head.revision());
  return same.SerializeAsString() != head.SerializeAsString();
}

void GuardLedger::Apply(const GuardRun& head) {
  if (head.rollback()) return;
  const Place place(head.host(), head.step());
  const auto known = runs_.find(place);
  if (known != runs_.end()) {
    if (Replaces(head, known->second)) known->second = head;
  } else if (runs_.size() < kMostRuns) {
    runs_.emplace(place, head);
  } else {
    full_ = true;
  }
}

GuardStanding GuardLedger::Assess(const GuardPlan& plan) const {
  GuardStanding standing;
  std::map<std::string, std::vector<std::string>> hosts_by_problem;
  const auto most = [](uint64_t a, uint64_t b) { return std::max(a, b); };
  for (const auto& [place, run] : runs_) {
    standing.set_runs(standing.runs() + 1);
    standing.set_running(standing.running() + IsRunning(run));
    standing.set_incomplete(standing.incomplete() + IsIncomplete(run));
    const haldane::v1::GuardCounts& counts = run.counts();
    standing.set_blocked_domains(most(standing.blocked_domains(), counts.blocked_domains()));
    standing.set_would_block_domains(most(standing.would_block_domains(), counts.would_block_domains()));
    standing.set_new_domains(most(standing.new_domains(), counts.new_domains()));
    standing.set_unattributed(most(standing.unattributed(), counts.unattributed()));
    for (const std::string& problem : ProblemsOf(plan, run)) {
      std::vector<std::string>& hosts = hosts_by_problem[problem];
      if (hosts.empty() || hosts.back() != run.host()) hosts.push_back(run.host());
    }
  }
  if (runs_.empty() && plan.runs() == haldane::v1::GUARD_RUNS_WANTED_REQUIRED) {
    standing.add_problems(absl::StrCat("no guarded run of deploy ", plan.deploy_id(),
                                       " was reported: haldane guard run --controller ADDR --deploy-id ",
                                       plan.deploy_id(), " reports one"));
  }
  if (full_) {
    standing.add_problems(
        absl::StrCat("more guarded runs than ", kMostRuns, " were reported, and the rest not judged"));
  }
  for (const auto& [problem, hosts] : hosts_by_problem) {
    if (standing.problems_size() < kMostProblems)
      standing.add_problems(absl::StrCat("on ", Named(hosts), " ", problem));
  }
  standing.set_passed(standing.problems().empty());
  return standing;
}

void GuardLedger::Show(const GuardPlan& plan, haldane::v1::Rollout* view) const {
  std::vector<const GuardRun*> bad, good;
  for (const auto& [place, run] : runs_) (ProblemsOf(plan, run).empty() ? good : bad).push_back(&run);
  bad.insert(bad.end(), good.begin(), good.end());
  for (size_t i = 0; i < std::min(bad.size(), kMostShownRuns); ++i) *view->add_guard_runs() = *bad[i];
}

}  // namespace haldane::controller
