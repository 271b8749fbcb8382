#pragma once

#include <prometheus/collectable.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "haldane/v1/common.pb.h"

namespace prometheus {
class Exposer;
}

namespace haldane::agent {

// What the agent says of itself, at one moment.
struct MetricsSnapshot {
  int processes_found = 0;
  int processes_counted = 0;
  int processes_unreadable = 0;
  uint64_t reports = 0;
  bool is_connected = false;
  double budget_share = 0;  // of one core
  uint64_t sheds = 0;
  std::map<std::string, uint64_t> drops;           // by site
  std::map<haldane::v1::ProbeSource, int> probes;  // attached, by source
};

// The last published snapshot in Prometheus' form, names beginning with
// haldane_agent_. Adds the agent's own CPU time and memory, read when asked.
// Thread-safe.
class AgentMetrics final : public prometheus::Collectable {
 public:
  void Publish(MetricsSnapshot snapshot) ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<prometheus::MetricFamily> Collect() const override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable absl::Mutex mutex_;
  MetricsSnapshot snapshot_ ABSL_GUARDED_BY(mutex_);
};

// Serves `metrics` under http://ADDRESS/metrics until destroyed.
// INVALID_ARGUMENT when the address is not loopback: the page is in the clear
// and has no access control. UNAVAILABLE when it cannot be listened on.
absl::StatusOr<std::unique_ptr<prometheus::Exposer>> ServeMetrics(
    const std::string& address, const std::shared_ptr<AgentMetrics>& metrics);

}  // namespace haldane::agent
