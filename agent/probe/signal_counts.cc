#include "agent/probe/signal_counts.h"

#include <algorithm>

namespace haldane::agent {
namespace {

constexpr uint64_t SignalCounts::*kTotals[] = {
    &SignalCounts::gc_runs,
    &SignalCounts::loads,
    &SignalCounts::vm_entries,
    &SignalCounts::vm_entries_requests,
    &SignalCounts::signals,
    &SignalCounts::major_faults,
    &SignalCounts::tcp_retransmits,
    &SignalCounts::tcp_resets,
    &SignalCounts::tcp_connect_failures,
    &SignalCounts::cpu_us,
};

uint64_t* CountAt(uint32_t bucket, DurationBuckets* buckets) {
  const auto at =
      std::lower_bound(buckets->begin(), buckets->end(), std::pair<uint32_t, uint64_t>(bucket, 0));
  if (at != buckets->end() && at->first == bucket) return &at->second;
  return &buckets->insert(at, {bucket, 0})->second;
}

void AddBeyond(const DurationBuckets& now, const DurationBuckets& before, DurationBuckets* sum) {
  auto old = before.begin();
  for (const auto& [bucket, count] : now) {
    while (old != before.end() && old->first < bucket) ++old;
    const bool known = old != before.end() && old->first == bucket;
    const uint64_t more = Beyond(count, known ? old->second : 0);
    if (more > 0) *CountAt(bucket, sum) += more;
  }
}

}  // namespace

void AddBeyond(const SignalCounts& now, const SignalCounts& before, SignalCounts* sum) {
  for (const auto total : kTotals) sum->*total += Beyond(now.*total, before.*total);
  for (size_t i = 0; i < now.sys_errors.size(); ++i) {
    sum->sys_errors[i] += Beyond(now.sys_errors[i], before.sys_errors[i]);
  }
  AddBeyond(now.http_latency, before.http_latency, &sum->http_latency);
  AddBeyond(now.gc_pause, before.gc_pause, &sum->gc_pause);
}

}  // namespace haldane::agent
