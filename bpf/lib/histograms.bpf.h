#pragma once

#include "bpf/lib/slots.bpf.h"

/* Adds a duration to a slot's element of a map of histograms. */
static __always_inline void add_duration(void* histograms, __u32 slot, __u64 nanoseconds) {
  struct haldane_histogram* histogram = bpf_map_lookup_elem(histograms, &slot);
  __u32 bucket = haldane_duration_index(nanoseconds / 1000);
  if (histogram && bucket < HALDANE_DURATION_BUCKETS) __sync_fetch_and_add(&histogram->counts[bucket], 1);
}
