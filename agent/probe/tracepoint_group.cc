#include "agent/probe/tracepoint_group.h"

#include <bpf/libbpf.h>
#include <errno.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/kernel/libbpf_messages.h"
#include "agent/kernel/tracefs.h"
#include "base/status_macros.h"

namespace haldane::agent {

TracepointGroup::TracepointGroup(absl::string_view name, std::vector<absl::string_view> signals,
                                 std::vector<bpf_program*> programs, std::function<void()> begin,
                                 std::function<void()> end)
    : GroupBase(name, std::move(signals), programs),
      order_(std::move(programs)),
      begin_(std::move(begin)),
      end_(std::move(end)) {}

absl::Status TracepointGroup::Place() {
  if (InPlace()) return absl::OkStatus();
  if (begin_) begin_();
  LibbpfMessages messages;
  for (bpf_program* program : order_) {
    const char* section = bpf_program__section_name(program);
    if (absl::StartsWith(section, "tracepoint/")) RETURN_IF_ERROR(EnsureTracefs());
    Link link(bpf_program__attach(program));
    if (link == nullptr) {
      const int error = errno;
      (void)Release();
      return messages.Error(error, absl::StrCat("cannot attach to ", section));
    }
    placed_.Add(std::move(link));
  }
  return absl::OkStatus();
}

PlacedProbes TracepointGroup::Release() {
  if (InPlace() && end_) end_();
  return std::move(placed_);
}

}  // namespace haldane::agent
