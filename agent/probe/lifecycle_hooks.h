#pragma once

#include <vector>

#include "absl/status/status.h"
#include "agent/kernel/link.h"

struct haldane_bpf;

namespace haldane::agent {

// The hooks on which all counting rests: process lifecycle. Not thread-safe.
class LifecycleHooks {
 public:
  // `programs` outlives this.
  explicit LifecycleHooks(haldane_bpf* programs) : programs_(programs) {}
  ~LifecycleHooks() { Detach(); }

  // Attaches all or none. Idempotent.
  absl::Status Attach();
  void Detach();
  bool attached() const { return !links_.empty(); }

 private:
  haldane_bpf* programs_;
  std::vector<Link> links_;
};

}  // namespace haldane::agent
