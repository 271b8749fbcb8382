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
  // `end` after they are detached; either may be null.
  TracepointGroup(absl::string_view name, std::vector<absl::string_view> signals,
                  std::vector<bpf_program*> programs, std::function<void()> begin, std::function<void()> end);
  ~TracepointGroup() override { Remove(); }

 private:
  absl::Status Place() override;
  void Remove() override;
  bool InPlace() const override { return !links_.empty(); }

  const std::vector<bpf_program*> order_;
  const std::function<void()> begin_;
  const std::function<void()> end_;
  std::vector<Link> links_;
};

}  // namespace haldane::agent
