#include "agent/probe/group_base.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <utility>

namespace haldane::agent {

GroupBase::GroupBase(absl::string_view name, std::vector<absl::string_view> signals,
                     std::vector<bpf_program*> programs)
    : name_(name), signals_(std::move(signals)), programs_(std::move(programs)) {}

absl::Status GroupBase::Attach() {
  off_.reset();
  return is_active_ ? TryToPlace() : absl::OkStatus();
}

PlacedProbes GroupBase::Detach(haldane::v1::SignalGap::Cause cause, absl::string_view why) {
  SwitchOff(cause, why);
  failure_ = absl::OkStatus();
  return Release();
}

absl::Status GroupBase::Activate() {
  is_active_ = true;
  return is_on() ? TryToPlace() : absl::OkStatus();
}

PlacedProbes GroupBase::Deactivate() {
  is_active_ = false;
  failure_ = absl::OkStatus();
  return Release();
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

}  // namespace haldane::agent
