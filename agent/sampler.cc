#include "agent/sampler.h"

#include <sys/wait.h>

#include <algorithm>
#include <utility>

namespace haldane::agent {
namespace {

using haldane::v1::ProcessSample;

constexpr int kScansToExplain = 2;

uint64_t EventsOf(const ProcessReading& reading) { return reading.exceptions + reading.http_requests; }

std::optional<haldane::v1::Exit> ExitOf(const ProcessReading& reading) {
  if (!reading.exit_seen) return std::nullopt;
  const int status = static_cast<int>(reading.exit_status);
  haldane::v1::Exit exit;
  if (WIFSIGNALED(status)) {
    exit.set_signal(static_cast<uint32_t>(WTERMSIG(status)));
  } else {
    exit.set_status(static_cast<uint32_t>(WEXITSTATUS(status)));
  }
  exit.set_out_of_memory(reading.out_of_memory);
  return exit;
}

}  // namespace

Sampler::Sampler(std::string boot_id, Sources sources, ReportBuilder* builder, Drops* drops)
    : boot_id_(std::move(boot_id)), from_(sources), builder_(builder), drops_(drops) {}

void Sampler::Poll(absl::Duration since_boot) {
  if (from_.counters == nullptr) return;
  // One that nothing happened to has been taken in, unless its process was unknown.
  std::vector<const ProcessReading*> news;
  uint64_t newest = seen_;
  for (const ProcessReading& reading : from_.counters->Read()) {
    newest = std::max(newest, reading.version);
    if (reading.version > seen_ || strangers_.count(reading.pid) > 0) news.push_back(&reading);
  }
  seen_ = newest;
  AdoptChildren(news);
  std::map<uint32_t, int> strangers;
  for (const ProcessReading* reading : news) {
    TrackedProcess* tracked = from_.table->Find(reading->pid, reading->start_ns);
    if (tracked != nullptr && tracked->watched) from_.watch_set->Observe(*tracked, *reading);
    if (reading->exited) {
      AbsorbExit(*reading, since_boot);
    } else if (tracked != nullptr && tracked->watched) {
      tracked->changed |= tracked->totals.Add(*reading, [&](uint64_t klass) {
        return from_.processes->ClassName(tracked->process, reading->execs, klass);
      });
    } else {
      const auto known = strangers_.find(reading->pid);
      strangers[reading->pid] = known == strangers_.end() ? 0 : known->second;
    }
  }
  strangers_ = std::move(strangers);
  drops_->SetKernel(from_.counters->Drops());
}

// A child that its parent's program runs in needs no scan to be known; it may
// be gone before the next one.
void Sampler::AdoptChildren(const std::vector<const ProcessReading*>& readings) {
  for (bool again = true; again;) {
    again = false;
    for (const ProcessReading* reading : readings) {
      const bool nothing_to_tell = reading->exited && EventsOf(*reading) == 0;
      if (reading->parent_pid == 0 || reading->execs > 0 || nothing_to_tell) continue;
      if (from_.table->processes().count(reading->pid) > 0) continue;
      const TrackedProcess* parent = from_.table->Find(reading->parent_pid, reading->parent_start_ns);
      if (parent == nullptr || !parent->watched) continue;
      TrackedProcess* child = from_.table->Adopt(*parent, reading->pid, reading->start_ns);
      if (child == nullptr) return;
      child->watched = true;
      child->was_counted = true;
      again = true;  // it may be a parent, too
    }
  }
}

void Sampler::AbsorbExit(const ProcessReading& reading, absl::Duration since_boot) {
  TrackedProcess* tracked = from_.table->Find(reading.pid, reading.start_ns);
  if (tracked == nullptr) {
    // It lived too briefly to be seen, so nobody knows whose events these are.
    drops_->Add("unidentified_process", EventsOf(reading));
    return;
  }
  // One that is not watched any more had its totals read when that ended.
  if (tracked->watched || !tracked->was_counted) {
    tracked->totals.Add(reading, [](uint64_t) { return std::string(); });  // its memory is gone
    tracked->was_counted |= EventsOf(reading) > 0;
  }
  PublishExit(*tracked, since_boot, ExitOf(reading));
  from_.table->Erase(reading.pid);
}

void Sampler::Publish() {
  for (auto& [pid, tracked] : from_.table->processes()) {
    const bool is_counting = from_.watch_set->is_counting(tracked);
    if (!tracked.changed && is_counting == tracked.was_counting) continue;
    builder_->Update(Sample(tracked));
    tracked.changed = false;
    tracked.was_counting = is_counting;
  }
}

void Sampler::PublishExit(const TrackedProcess& tracked, absl::Duration since_boot,
                          const std::optional<haldane::v1::Exit>& exit) {
  ProcessSample sample = Sample(tracked);
  const absl::Duration age = since_boot - absl::Nanoseconds(tracked.process.start_ns);
  sample.set_age_ms(static_cast<uint64_t>(std::max<int64_t>(0, absl::ToInt64Milliseconds(age))));
  sample.set_exited(true);
  if (exit) *sample.mutable_exit() = *exit;
  builder_->Update(std::move(sample));
  from_.processes->ForgetClasses(tracked.process.pid);
}

void Sampler::AfterScan() {
  for (auto it = strangers_.begin(); it != strangers_.end();) {
    if (++it->second < kScansToExplain) {
      ++it;
      continue;
    }
    from_.counters->Unwatch(it->first);  // forked by a watched process, but no Ruby in scope any more
    it = strangers_.erase(it);
  }
}

ProcessSample Sampler::Sample(const TrackedProcess& tracked) const {
  ProcessSample sample;
  sample.mutable_process()->set_boot_id(boot_id_);
  sample.mutable_process()->set_pid(tracked.process.pid);
  sample.mutable_process()->set_start_ns(tracked.process.start_ns);
  for (const auto& [name, value] : tracked.process.labels) {
    haldane::v1::Label* label = sample.add_labels();
    label->set_name(name);
    label->set_value(value);
  }
  sample.set_counting(from_.watch_set->is_counting(tracked));
  sample.set_exception_source(from_.watch_set->source(tracked));
  if (!tracked.was_counted) return sample;
  *sample.mutable_counters() = tracked.totals.ToProto();
  const std::optional<haldane::v1::Gauges> levels = tracked.totals.Levels();
  if (levels) *sample.mutable_gauges() = *levels;
  return sample;
}

}  // namespace haldane::agent
