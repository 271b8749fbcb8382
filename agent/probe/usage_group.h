#pragma once

#include <vector>

#include "agent/probe/group_base.h"
#include "agent/probe/usage_table.h"

namespace haldane::agent {

// What is read from processes' memory and /proc, without any probe. Not thread-safe.
class UsageGroup final : public GroupBase {
 public:
  UsageGroup();

  UsageTable& table() { return table_; }
  std::vector<haldane::v1::SignalGap> Gaps() const override;

 private:
  absl::Status Place() override;
  PlacedProbes Release() override {
    is_placed_ = false;
    return {};
  }
  bool InPlace() const override { return is_placed_; }

  UsageTable table_;
  bool is_placed_ = false;
};

}  // namespace haldane::agent
