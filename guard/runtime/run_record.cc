#include "guard/runtime/run_record.h"

#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"

namespace haldane::guard {

std::string RunFile(const RunOptions& options, absl::string_view ending) {
  return absl::StrCat(options.out, "/", options.run_id, ending);
}

RunRecord::RunRecord(const Run& run)
    : run_(run),
      console_([](const std::string& line) { std::cerr << line << std::endl; }),
      lines_(RunFile(run.options, ".log"), std::ios::app),
      one_line_(run.info.method, [this](const std::string& line) { lines_ << line << std::endl; }) {}

absl::StatusOr<std::unique_ptr<RunRecord>> RunRecord::Open(const Run& run, uint32_t restarts) {
  std::unique_ptr<RunRecord> record(new RunRecord(run));
  ASSIGN_OR_RETURN(record->recorder_,
                   Recorder::Open(RunFile(run.options, ".jsonl"), run.info, Clock::Real()));
  if (restarts > 0) {
    record->NoteGuard("proxy_restarted", absl::StrCat("proxy number ", restarts + 1, " of this run"));
    record->CountLost({{"proxy_restart", restarts}});
  }
  return record;
}

void RunRecord::Take(const Event& event) {
  if (event.action != Action::kAllowed) violations_ += event.count;
  recorder_->Take(event);
  console_.Take(event);
  one_line_.Take(event);
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

FromProxy RunRecord::Finish(const Ending& ending) {
  NoteLimits(ending);
  FromProxy finished;
  finished.kind = FromProxy::kFinished;
  finished.violations = violations_;
  const absl::Status written = recorder_->Finish();
  if (!written.ok()) std::cerr << "haldane: the record: " << written.message() << std::endl;
  finished.complete = written.ok() && recorder_->complete();
  return finished;
}

}  // namespace haldane::guard
