#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/kernel/link.h"
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
  void Detach(haldane::v1::SignalGap::Cause cause, absl::string_view why) final;
  bool attached() const final { return is_on() && is_active_ && InPlace(); }
  Stats RunStats() const final;
  std::vector<haldane::v1::SignalGap> Gaps() const override;

  // Counting begins on this host, and ends.
  absl::Status Activate();
  void Deactivate();

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
  // Detaches everything.
  virtual void Remove() = 0;
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

// Detaches all at the same time, and returns when that is done.
void DetachAll(std::vector<Link>* links);

}  // namespace haldane::agent
