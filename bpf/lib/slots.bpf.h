#pragma once

#include "bpf/lib/maps.bpf.h"

static __always_inline void count_drop(enum haldane_drop_site site) { __sync_fetch_and_add(&drops[site], 1); }

/* The slot of the running process and its index; null when it is not counted. */
static __always_inline struct haldane_slot* current_slot(__u32* index) {
  __u32 tgid = bpf_get_current_pid_tgid() >> 32;
  __u32* found = bpf_map_lookup_elem(&processes, &tgid);
  if (!found) return 0;
  *index = *found;
  return bpf_map_lookup_elem(&slots, index);
}
