/* The peer: a record into a ring buffer for every packet, and nothing else. */
#include "bpf/lib/bpf.bpf.h"

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 22);
} records SEC(".maps");

SEC("cgroup_skb/egress")
int per_packet(struct __sk_buff* packet) {
  const __u64 record[4] = {bpf_ktime_get_ns(), packet->len, packet->remote_ip4, packet->remote_port};
  bpf_ringbuf_output(&records, (void*)record, sizeof(record), 0);
  return 1;
}

char LICENSE[] SEC("license") = "GPL";
