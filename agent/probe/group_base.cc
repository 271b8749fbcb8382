#include "agent/probe/group_base.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <thread>
#include <utility>

namespace haldane::agent {

GroupBase::GroupBase(absl::string_view name, std::vector<absl::string_view> signals,
                     std::vector<bpf_program*> programs)
    : name_(name), signals_(std::move(signals)), programs_(std::move(programs)) {}

absl::Status GroupBase::Attach() {
  off_.reset();
  return is_active_ ? TryToPlace() : absl::OkStatus();
}

void GroupBase::Detach(haldane::v1::SignalGap::Cause cause, absl::string_view why) {
  SwitchOff(cause, why);
  failure_ = absl::OkStatus();
  Remove();
}

absl::Status GroupBase::Activate() {
  is_active_ = true;
  return is_on() ? TryToPlace() : absl::OkStatus();
}

void GroupBase::Deactivate() {
  is_active_ = false;
  failure_ = absl::OkStatus();
  Remove();
}

ProbeGroup::Stats GroupBase::RunStats() const {
  Stats stats;
  for (const bpf_program* program : programs_) {
    bpf_prog_info info = {};
    __u32 size = sizeof info;
    const int fd = bpf_program__fd(program);
    if (fd < 0 || bpf_prog_get_info_by_fd(fd, &info, &size) != 0) continue;
    stats.run_time_ns += info.run_time_ns;
    stats.run_count += info.run_cnt;
  }
  return stats;
}

std::vector<haldane::v1::SignalGap> GroupBase::Gaps() const {
  std::vector<haldane::v1::SignalGap> gaps;
  if (is_on() && failure_.ok()) return gaps;
  for (const absl::string_view signal : signals_) {
    haldane::v1::SignalGap& gap = gaps.emplace_back();
    gap.set_signal(std::string(signal));
    gap.set_cause(is_on() ? haldane::v1::SignalGap::CAUSE_UNAVAILABLE : off_->cause);
    gap.set_detail(is_on() ? std::string(failure_.message()) : off_->why);
  }
  return gaps;
}

// Each link's end waits for the kernel's readers several times; waiting for many of
// them at once takes little longer than for one.
void DetachAll(std::vector<Link>* links) {
  std::vector<std::thread> threads;
  for (size_t i = 1; i < links->size(); ++i) {
    threads.emplace_back([link = &(*links)[i]] { link->reset(); });
  }
  if (!links->empty()) links->front().reset();
  for (std::thread& thread : threads) thread.join();
  links->clear();
}

}  // namespace haldane::agent
