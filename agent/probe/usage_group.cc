#include "agent/probe/usage_group.h"

#include <optional>
#include <string>

namespace haldane::agent {
namespace {

haldane::v1::SignalGap Unavailable(const char* signal, std::string why) {
  haldane::v1::SignalGap gap;
  gap.set_signal(signal);
  gap.set_cause(haldane::v1::SignalGap::CAUSE_UNAVAILABLE);
  gap.set_detail(std::move(why));
  return gap;
}

}  // namespace

UsageGroup::UsageGroup()
    : GroupBase("usage", {"proc.fds", "proc.major_faults", "proc.rss", "proc.threads", "ruby.gc.count"}, {}) {
}

absl::Status UsageGroup::Place() {
  is_placed_ = true;
  return absl::OkStatus();
}

std::vector<haldane::v1::SignalGap> UsageGroup::Gaps() const {
  std::vector<haldane::v1::SignalGap> gaps = GroupBase::Gaps();
  if (!is_active()) return gaps;
  gaps.push_back(Unavailable("proc.swap_in",
                             "no kernel says this of a process that is not traced; what swap costs is in "
                             "proc.major_faults, which counts pages read back from it too"));
  const std::optional<std::string> why = is_on() ? table_.WhyNoGc() : std::nullopt;
  if (why) gaps.push_back(Unavailable("ruby.gc.count", *why));
  return gaps;
}

}  // namespace haldane::agent
