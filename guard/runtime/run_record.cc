#include "guard/runtime/run_record.h"

#include <algorithm>
#include <iostream>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "guard/report/baseline.h"
#include "guard/report/render.h"

namespace haldane::guard {
namespace {

constexpr size_t kMostPending = 1024;
constexpr size_t kLongestRecord = size_t{1} << 30;

// Of all runs of the policy on this host.
std::string BaselineFile(const Run& run) {
  std::string name = run.info.policy;
  for (char& c : name) {
    if (!absl::ascii_isalnum(c) && c != '-' && c != '_') c = '_';
  }
  return absl::StrCat(run.options.out, "/", name.empty() ? "policy" : name, ".baseline");
}

}  // namespace

std::string RunFile(const RunOptions& options, absl::string_view ending) {
  return absl::StrCat(options.out, "/", options.run_id, ending);
}

RunRecord::RunRecord(const Run& run, Later later)
    : run_(run),
      later_(std::move(later)),
      console_([](const std::string& line) { std::cerr << line << std::endl; }),
      lines_(RunFile(run.options, ".log"), std::ios::app),
      one_line_(run.info.method, [this](const std::string& line) { lines_ << line << std::endl; }) {}

absl::StatusOr<std::unique_ptr<RunRecord>> RunRecord::Open(const Run& run, uint32_t restarts, Later later) {
  std::unique_ptr<RunRecord> record(new RunRecord(run, std::move(later)));
  const std::string path = RunFile(run.options, ".jsonl");
  if (restarts > 0) {
    const absl::StatusOr<std::string> before = ReadFile(path, kLongestRecord);
    if (before.ok()) record->summary_.Replay(*before);
  }
  ASSIGN_OR_RETURN(record->recorder_, Recorder::Open(path, run.info, Clock::Real()));
  if (!run.options.controller.empty()) record->uplink_ = std::make_unique<RunUplink>(run, restarts);
  if (restarts > 0) {
    record->NoteGuard("proxy_restarted", absl::StrCat("proxy number ", restarts + 1, " of this run"));
    record->CountLost({{"proxy_restart", restarts}});
  }
  return record;
}

void RunRecord::Take(const Event& event) {
  if (pending_.empty()) later_([this] { WritePending(); });
  pending_.push_back(event);
  if (pending_.back().time == absl::InfinitePast()) pending_.back().time = absl::Now();
  if (pending_.size() >= kMostPending) WritePending();
}

void RunRecord::WritePending() {
  const std::vector<Event> events = std::exchange(pending_, {});
  for (const Event& event : events) {
    recorder_->Take(event);
    summary_.Take(event);
    console_.Take(event);
    one_line_.Take(event);
    if (uplink_ != nullptr) uplink_->Take(event);
  }
}

void RunRecord::TellController() {
  if (uplink_ == nullptr || !uplink_->IsDue()) return;
  WritePending();
  RunFacts facts;
  facts.started = run_.started;
  facts.complete = recorder_->complete();
  facts.lost = recorder_->lost();
  uplink_->Tell(summary_.Build(InputsFor(std::move(facts))), haldane::v1::GUARD_RUN_STATE_RUNNING);
}

void RunRecord::NoteStray(const ProcessIdentity& process) {
  Event event;
  event.kind = EventKind::kGuard;
  event.reason = "stray";
  event.warned = true;
  event.detail = "still runs although the script has ended";
  event.process = process;
  Take(event);
}

void RunRecord::NoteGuard(absl::string_view reason, absl::string_view detail) {
  Event event;
  event.kind = EventKind::kGuard;
  event.reason = std::string(reason);
  event.detail = std::string(detail);
  event.warned = true;
  Take(event);
}

void RunRecord::CountLost(const std::map<std::string, uint64_t>& totals) {
  for (const auto& [site, total] : totals) {
    uint64_t& said = lost_[site];
    if (total > said) recorder_->CountLost(site, total - said);
    said = std::max(said, total);
  }
}

void RunRecord::NoteLimits(const Ending& ending) {
  const auto note = [this](absl::string_view reason, const std::string& detail) {
    Event event;
    event.kind = EventKind::kLimit;
    event.reason = std::string(reason);
    event.detail = detail;
    event.warned = true;
    Take(event);
  };
  if (ending.wall_hit) note("wall", "the script took longer than limits.wall and was stopped");
  if (ending.usage.oom_kills > 0) {
    note("memory", absl::StrCat(ending.usage.oom_kills, " processes were killed at limits.memory"));
  }
  if (ending.usage.forks_refused > 0) {
    note("pids", absl::StrCat(ending.usage.forks_refused, " processes could not be made at limits.pids"));
  }
}

SummaryBuilder::Inputs RunRecord::InputsFor(RunFacts facts) const {
  SummaryBuilder::Inputs inputs;
  inputs.run = run_.info;
  inputs.facts = std::move(facts);
  inputs.waivers = run_.policy->settings().waivers;
  inputs.now = absl::Now();
  if (absl::StatusOr<std::set<std::string>> baseline = LoadBaseline(BaselineFile(run_)); baseline.ok()) {
    inputs.has_baseline = true;
    inputs.baseline = *std::move(baseline);
  }
  return inputs;
}

RunFacts RunRecord::FactsOf(const Ending& ending) const {
  RunFacts facts;
  facts.started = run_.started;
  facts.ended = absl::Now();
  facts.exit_code = ending.exit_code;
  facts.complete = recorder_->complete();
  facts.lost = recorder_->lost();
  const Usage& usage = ending.usage;
  if (usage.memory_peak_bytes.has_value()) facts.peaks["memory_bytes"] = *usage.memory_peak_bytes;
  if (usage.cpu_us.has_value()) facts.peaks["cpu_us"] = *usage.cpu_us;
  if (usage.pids_peak.has_value()) facts.peaks["pids"] = *usage.pids_peak;
  if (usage.cpu_throttled_us.value_or(0) > 0) facts.peaks["cpu_throttled_us"] = *usage.cpu_throttled_us;
  if (ending.restarts > 0) {
    facts.health.push_back(absl::StrCat("the DNS proxy was started again ", ending.restarts, " times"));
  }
  const uint64_t refused = run_.programs->refused_while_silent();
  if (refused > 0)
    facts.health.push_back(absl::StrCat(refused, " lookups were refused while the DNS proxy was silent"));
  return facts;
}

bool RunRecord::Publish(const Summary& summary) const {
  bool written = true;
  for (const auto& [ending, text] :
       {std::make_pair(".json", RenderJson(summary)), std::make_pair(".md", RenderMarkdown(summary))}) {
    const std::string path = RunFile(run_.options, ending);
    std::ofstream file(path, std::ios::trunc);
    file << text;
    file.close();
    if (file) continue;
    written = false;
    std::cerr << "haldane: cannot write " << path << std::endl;
  }
  const absl::Status saved = SaveBaselineIfGood(BaselineFile(run_), summary);
  if (!saved.ok()) std::cerr << "haldane: " << saved.message() << std::endl;
  if (!run_.options.quiet) std::cerr << RenderConsole(summary) << std::flush;
  return written;
}

FromProxy RunRecord::Finish(const Ending& ending) {
  NoteLimits(ending);
  WritePending();
  SummaryBuilder::Inputs inputs = InputsFor(FactsOf(ending));
  const absl::Status ended = recorder_->Finish();
  if (!ended.ok()) {
    std::cerr << "haldane: the record: " << ended.message() << std::endl;
    inputs.facts.complete = false;
  }
  const Summary summary = summary_.Build(inputs);
  FromProxy finished;
  finished.kind = FromProxy::kFinished;
  finished.violations = summary.blocked_domains();
  finished.complete = Publish(summary) && inputs.facts.complete;
  if (uplink_ != nullptr) {
    Summary told = summary;
    told.facts.complete = finished.complete;
    uplink_->Tell(told, haldane::v1::GUARD_RUN_STATE_FINISHED);
  }
  return finished;
}

}  // namespace haldane::guard
