#pragma once

#include <functional>

#include "bpf/abi/guard_maps.h"
#include "guard/attribution/asker.h"
#include "guard/attribution/process_table.h"

namespace haldane::guard {

// Under what the egress program notes the sender of this query.
haldane_guard_flow FlowKey(const QueryFlow& flow);

// Finds senders in what the egress program noted before the query could arrive.
class KernelAskers final : public AskerLookup {
 public:
  // `drain` brings `processes` up to date (kernel/event_ring.h). `flows_fd` is
  // of the run's map.
  KernelAskers(int flows_fd, ProcessTable* processes, std::function<void()> drain);

  Asker Find(const QueryFlow& flow) override;

 private:
  const int flows_fd_;
  ProcessTable* const processes_;
  const std::function<void()> drain_;
};

}  // namespace haldane::guard
