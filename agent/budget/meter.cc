#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "agent/budget/governor.h"
#include "agent/own_memory.h"
#include "base/log.h"

namespace haldane::agent {

void MachineMeter::Measure(bool on) {
  if (!on) {
    statistics_ = UniqueFd();
    return;
  }
  if (statistics_.is_open() || refused_) return;
  statistics_ = UniqueFd(bpf_enable_stats(BPF_STATS_RUN_TIME));
  if (statistics_.is_open()) return;
  refused_ = true;
  LogWarning("the kernel does not measure the probes' run time",
             {{"reason", strerror(errno)},
              {"hint",
               "Linux 5.8 or later and CAP_SYS_ADMIN are needed; the governor sees the agent's own "
               "costs only"}});
}

absl::Duration MachineMeter::AgentCpu() const {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime);
}

uint64_t MachineMeter::AgentMemoryBytes() const { return OwnMemoryBytes(); }

}  // namespace haldane::agent
