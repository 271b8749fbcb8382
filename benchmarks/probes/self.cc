#include "benchmarks/probes/self.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "agent/probe/process_stat.h"
#include "benchmarks/probes/results.h"

namespace haldane::benchmarks {
namespace {

double ClockNs(clockid_t clock) {
  timespec time = {};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

void EndUnless(const absl::Status& status) {
  if (status.ok()) return;
  fprintf(stderr, "bench-probes: %s\n", status.ToString().c_str());
  exit(1);
}

}  // namespace

uint64_t OwnStart() {
  const auto stat = agent::ReadProcessStat(static_cast<uint32_t>(getpid()));
  return stat ? stat->start_ns : 0;
}

unsigned long FileOffsetOf(const void* code) {
  const auto address = reinterpret_cast<unsigned long>(code);
  FILE* maps = fopen("/proc/self/maps", "re");
  char line[512];
  unsigned long found = 0;
  while (maps != nullptr && fgets(line, sizeof line, maps) != nullptr) {
    unsigned long start = 0, end = 0, offset = 0;
    if (sscanf(line, "%lx-%lx %*s %lx", &start, &end, &offset) == 3 && address >= start && address < end) {
      found = address - start + offset;
    }
  }
  if (maps != nullptr) fclose(maps);
  return found;
}

std::unique_ptr<agent::KernelCounters> CountersWithOnly(absl::string_view group) {
  auto counters = agent::KernelCounters::Create(HALDANE_SLOTS);
  EndUnless(counters.status());
  for (agent::ProbeGroup* other : (*counters)->Groups()) {
    if (other->name() != group) other->Detach(haldane::v1::SignalGap::CAUSE_NOT_WANTED, "not measured");
  }
  EndUnless((*counters)->AttachKernelHooks());
  EndUnless((*counters)->Watch(static_cast<uint32_t>(getpid()), OwnStart()));
  return *std::move(counters);
}

double ThreadCpuNs() { return ClockNs(CLOCK_THREAD_CPUTIME_ID); }
double NowNs() { return ClockNs(CLOCK_MONOTONIC); }

double CostNs(int calls, void (*body)()) {
  constexpr int kRepetitions = 15;
  std::vector<double> costs;
  for (int i = 0; i < kRepetitions; ++i) {
    const double begin = ThreadCpuNs();
    for (int call = 0; call < calls; ++call) body();
    costs.push_back((ThreadCpuNs() - begin) / calls);
  }
  return Median(costs);
}

}  // namespace haldane::benchmarks
