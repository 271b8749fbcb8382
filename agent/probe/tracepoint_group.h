#pragma once

#include <functional>
#include <vector>

#include "agent/probe/group_base.h"

namespace haldane::agent {

// A group of programs that are attached to the kernel itself, once for the whole
// machine. Not thread-safe.
class TracepointGroup final : public GroupBase {
 public:
  // Attaches `programs` in this order, all or none. `begin` is called before,
  // `end` before they are detached; either may be null.
  TracepointGroup(absl::string_view name, std::vector<absl::string_view> signals,
                  std::vector<bpf_program*> programs, std::function<void()> begin, std::function<void()> end);

 private:
  absl::Status Place() override;
  PlacedProbes Release() override;
  bool InPlace() const override { return !placed_.empty(); }

  const std::vector<bpf_program*> order_;
  const std::function<void()> begin_;
  const std::function<void()> end_;
  PlacedProbes placed_;
};

}  // namespace haldane::agent
