#pragma once

#include <bpf/bpf_endian.h>

#include "bpf/lib/guard_maps.bpf.h"
#include "bpf/lib/guard_types.bpf.h"

static __always_inline __u64 current_start_ns(void) {
  struct task_struct* task = (struct task_struct*)bpf_get_current_task();
  return BPF_CORE_READ(task, group_leader, start_boottime);
}

/* As bpf_get_current_uid_gid, which packets' programs may not call on Linux 6.12. */
static __always_inline __u32 current_uid(void) {
  struct task_struct* task = (struct task_struct*)bpf_get_current_task();
  return BPF_CORE_READ(task, cred, uid.val);
}

/* Notes that the running process uses the socket. Only where the caller runs in
 * that process's own name: calls, not packets. */
static __always_inline void own(struct haldane_guard_socket* socket) {
  const __u64 pid_tgid = bpf_get_current_pid_tgid();
  socket->tgid = pid_tgid >> 32;
  socket->tid = (__u32)pid_tgid;
  socket->uid = current_uid();
  socket->start_ns = current_start_ns();
}

static __always_inline void describe_event(struct haldane_guard_event* event, __u32 kind,
                                           const struct haldane_guard_socket* owner) {
  event->time_ns = bpf_ktime_get_ns();
  event->kind = kind;
  event->start_ns = owner ? owner->start_ns : 0;
  event->tgid = owner ? owner->tgid : 0;
  event->tid = owner ? owner->tid : 0;
  event->uid = owner ? owner->uid : 0;
}

/* IPv4 as ::ffff:a.b.c.d; `ip` in network order. */
static __always_inline void map_v4(__u8* address, __u32 ip) {
  __u32* words = (__u32*)address;
  words[0] = 0;
  words[1] = 0;
  words[2] = bpf_htonl(0xffff);
  words[3] = ip;
}

static __always_inline int is_v4(const __u8* address) {
  const __u32* words = (const __u32*)address;
  return words[0] == 0 && words[1] == 0 && words[2] == bpf_htonl(0xffff);
}

static __always_inline int is_loopback(const __u8* address) {
  const __u32* words = (const __u32*)address;
  if (is_v4(address)) return address[12] == 127;
  return words[0] == 0 && words[1] == 0 && words[2] == 0 && words[3] == bpf_htonl(1);
}

/* 0.0.0.0 and ::, which Linux takes for this host. */
static __always_inline int is_unspecified(const __u8* address) {
  const __u32* words = (const __u32*)address;
  return words[0] == 0 && words[1] == 0 && (words[2] == 0 || is_v4(address)) && words[3] == 0;
}

static __always_inline int same_address(const __u8* a, const __u8* b) {
  const __u32 *x = (const __u32*)a, *y = (const __u32*)b;
  return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3];
}

static __always_inline void copy_address(__u8* to, const __u8* from) {
  __u32* x = (__u32*)to;
  const __u32* y = (const __u32*)from;
  x[0] = y[0];
  x[1] = y[1];
  x[2] = y[2];
  x[3] = y[3];
}

/* Whether the proxy has given no sign of life for too long. */
static __always_inline int proxy_is_stale(void) {
  const __u64 heartbeat = *(volatile __u64*)&guard_state.heartbeat_ns;
  return heartbeat != 0 && bpf_ktime_get_ns() > heartbeat + HALDANE_GUARD_STALE_NS;
}
