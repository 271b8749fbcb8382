/*
 * Connects to socket files of daemons that would resolve or act for the script.
 * Linux 6.7 and later; before that the launcher hides the files.
 */
#include "bpf/lib/guard_owner.bpf.h"

/* Weak: kernels without it refuse no other program. */
extern void* bpf_cast_to_kern_ctx(void* context) __ksym __weak;

SEC("cgroup/connect_unix")
int guard_connect_unix(struct bpf_sock_addr* context) {
  struct bpf_sock_addr_kern* call = bpf_cast_to_kern_ctx(context);
  struct haldane_guard_unix event = {};
  struct sockaddr_un* address = BPF_CORE_READ(call, uaddr);
  if (bpf_probe_read_kernel_str(event.path, sizeof(address->sun_path), &address->sun_path) <= 1) return 1;
  const __u32* handling = bpf_map_lookup_elem(&guard_unix_paths, event.path);
  if (!handling || *handling == HALDANE_GUARD_ALLOW) return 1;
  struct haldane_guard_socket owner = {};
  own(&owner);
  describe_event(&event.event, HALDANE_GUARD_UNIX, &owner);
  event.handling = *handling;
  event.enforced = *handling == HALDANE_GUARD_DENY && guard_config.enforce ? 1 : 0;
  if (bpf_ringbuf_output(&guard_events, &event, sizeof(event), 0)) guard_lost(HALDANE_GUARD_LOST_EVENT);
  return event.enforced ? 0 : 1;
}
