#pragma once

#include "bpf/lib/slots.bpf.h"

/*
 * A connection that a counted process serves, from its accept, or from the first
 * response seen on it, until its descriptor is accepted anew or it is forgotten
 * for want of room. Reads of other descriptors (files, databases) find none, and
 * cost no more than that.
 */
static __always_inline struct haldane_connection_key connection_key(__u32 fd) {
  struct haldane_connection_key key = {.tgid = bpf_get_current_pid_tgid() >> 32, .fd = fd};
  return key;
}

static __always_inline void new_connection(const struct haldane_connection_key* key) {
  struct haldane_connection connection = {};
  if (bpf_map_update_elem(&connections, key, &connection, BPF_ANY)) count_drop(HALDANE_DROP_CONNECTION_LOST);
}
