#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/probe/probe_group.h"

struct bpf_program;

namespace haldane::agent {

// What all groups have in common: on or off, counting or not, and why not. Not
// thread-safe.
class GroupBase : public ProbeGroup {
 public:
  absl::string_view name() const final { return name_; }
  const std::vector<absl::string_view>& signals() const final { return signals_; }
  absl::Status Attach() final;
  PlacedProbes Detach(haldane::v1::SignalGap::Cause cause, absl::string_view why) final;
  bool attached() const final { return is_on() && is_active_ && InPlace(); }
  Stats RunStats() const final;
  std::vector<haldane::v1::SignalGap> Gaps() const override;

  // Counting begins on this host, and ends; then it gives up what is attached.
  absl::Status Activate();
  PlacedProbes Deactivate();

 protected:
  // `programs` are those whose cost is the group's; they outlive it.
  GroupBase(absl::string_view name, std::vector<absl::string_view> signals,
            std::vector<bpf_program*> programs);

  bool is_on() const { return !off_.has_value(); }
  bool is_active() const { return is_active_; }
  void SwitchOff(haldane::v1::SignalGap::Cause cause, absl::string_view why) {
    off_ = {cause, std::string(why)};
  }

  // Attaches what is not attached yet. An error says what is not counted, and why.
  virtual absl::Status Place() = 0;
  // Gives up everything that it has attached.
  virtual PlacedProbes Release() = 0;
  virtual bool InPlace() const = 0;

  // Place, and remembers its failure. REQUIRES: on and active.
  absl::Status TryToPlace() { return failure_ = Place(); }

 private:
  const absl::string_view name_;
  const std::vector<absl::string_view> signals_;
  const std::vector<bpf_program*> programs_;
  struct Off {
    haldane::v1::SignalGap::Cause cause;
    std::string why;
  };
  std::optional<Off> off_;  // nothing while it is on
  bool is_active_ = false;
  absl::Status failure_;
};

}  // namespace haldane::agent
