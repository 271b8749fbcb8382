/*
 * Notes when requests are read: connections as they are accepted, and the first
 * read of each after a response. What is read is not looked at, so it makes no
 * difference how a request is cut into reads, or whether it can be parsed.
 * response.bpf.c ends the measurement.
 */
#include "bpf/lib/connections.bpf.h"
#include "bpf/lib/syscalls.bpf.h"

static __always_inline int begin_read(const struct syscall_enter* ctx) {
  __u32 fd = ctx->arguments[0];
  if (!is_counted()) return 0;
  struct haldane_connection_key key = connection_key(fd);
  struct haldane_connection* connection = bpf_map_lookup_elem(&connections, &key);
  if (!connection || connection->unanswered) return 0; /* of no interest, or more of the same request */
  __u64 thread = bpf_get_current_pid_tgid();
  if (bpf_map_update_elem(&pending_reads, &thread, &fd, BPF_ANY)) count_drop(HALDANE_DROP_READ_PENDING_FULL);
  return 0;
}

static __always_inline int end_read(const struct syscall_exit* ctx) {
  __u64 thread = bpf_get_current_pid_tgid();
  if (!is_counted()) return 0;
  __u32* pending = bpf_map_lookup_elem(&pending_reads, &thread);
  if (!pending) return 0;
  struct haldane_connection_key key = connection_key(*pending);
  bpf_map_delete_elem(&pending_reads, &thread);
  if (ctx->result <= 0) return 0;
  struct haldane_connection* connection = bpf_map_lookup_elem(&connections, &key);
  if (!connection) return 0;
  connection->request_ns = bpf_ktime_get_ns();
  connection->unanswered = 1;
  return 0;
}

static __always_inline int begin_connection(const struct syscall_exit* ctx) {
  if (ctx->result < 0 || !is_counted()) return 0;
  struct haldane_connection_key key = connection_key(ctx->result);
  new_connection(&key);
  return 0;
}

SEC("tracepoint/syscalls/sys_exit_accept")
int exit_accept(struct syscall_exit* ctx) { return begin_connection(ctx); }

SEC("tracepoint/syscalls/sys_exit_accept4")
int exit_accept4(struct syscall_exit* ctx) { return begin_connection(ctx); }

SEC("tracepoint/syscalls/sys_enter_read")
int enter_read(struct syscall_enter* ctx) { return begin_read(ctx); }

SEC("tracepoint/syscalls/sys_enter_readv")
int enter_readv(struct syscall_enter* ctx) { return begin_read(ctx); }

SEC("tracepoint/syscalls/sys_enter_recvfrom")
int enter_recvfrom(struct syscall_enter* ctx) { return begin_read(ctx); }

SEC("tracepoint/syscalls/sys_enter_recvmsg")
int enter_recvmsg(struct syscall_enter* ctx) { return begin_read(ctx); }

SEC("tracepoint/syscalls/sys_exit_read")
int exit_read(struct syscall_exit* ctx) { return end_read(ctx); }

SEC("tracepoint/syscalls/sys_exit_readv")
int exit_readv(struct syscall_exit* ctx) { return end_read(ctx); }

SEC("tracepoint/syscalls/sys_exit_recvfrom")
int exit_recvfrom(struct syscall_exit* ctx) { return end_read(ctx); }

SEC("tracepoint/syscalls/sys_exit_recvmsg")
int exit_recvmsg(struct syscall_exit* ctx) { return end_read(ctx); }
