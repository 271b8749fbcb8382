#pragma once

#include <vector>

#include "absl/status/status.h"
#include "agent/kernel/link.h"

struct haldane_bpf;

namespace haldane::agent {

// The hooks that see the whole machine: process lifecycle and responses. Not
// thread-safe.
class KernelHooks {
 public:
  // `programs` outlives this.
  explicit KernelHooks(haldane_bpf* programs) : programs_(programs) {}
  ~KernelHooks() { Detach(); }

  // Each attaches all of its hooks or none. Idempotent.
  absl::Status AttachLifecycle();
  absl::Status AttachResponses();
  void Detach();

  bool has_lifecycle() const { return !lifecycle_.empty(); }

 private:
  haldane_bpf* programs_;
  std::vector<Link> lifecycle_;
  std::vector<Link> responses_;
};

}  // namespace haldane::agent
