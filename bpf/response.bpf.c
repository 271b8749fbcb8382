/*
 * Counts HTTP/1 responses: writes to a socket that begin with a status line.
 * The head is recognised when the system call begins, since only then is the
 * buffer known, and counted when it ends, if anything was written at all.
 */
#include "bpf/lib/connections.bpf.h"
#include "bpf/lib/histograms.bpf.h"
#include "bpf/lib/http.bpf.h"
#include "bpf/lib/sockets.bpf.h"
#include "bpf/lib/syscalls.bpf.h"

struct user_iovec {
  const char* base;
  __u64 length;
};

/* The part of the system call's struct msghdr that leads to the data. */
struct user_msghdr {
  __u64 name, name_length;
  const struct user_iovec* vectors;
  __u64 vector_count;
};

enum {
  HALDANE_VECTORS_TRIED = 4,
};

/* Calls that fail by themselves for anything but a socket need no look at it. */
enum haldane_target { HALDANE_ANY_FILE, HALDANE_SOCKET };

static __always_inline int is_target(enum haldane_target target, __u32 fd) {
  return target == HALDANE_SOCKET || is_socket_file(file_of(fd));
}

/* Notes the response head, if the buffer begins with one. Whether the
 * descriptor is a socket is looked up last: few buffers get so far. */
static __always_inline void begin_write(enum haldane_target target, __u32 fd, const char* buffer,
                                        __u64 length) {
  char head[HALDANE_STATUS_LINE_BYTES];
  if (length < sizeof(head)) return;
  if (bpf_probe_read_user(head, sizeof(head), buffer)) {
    if (is_target(target, fd)) count_drop(HALDANE_DROP_RESPONSE_UNREADABLE);
    return;
  }
  struct haldane_pending_response pending = {.status = parse_status(head), .fd = fd};
  if (pending.status < 200) return; /* no head, or an interim response */
  if (!is_target(target, fd)) return;
  __u64 thread = bpf_get_current_pid_tgid();
  if (bpf_map_update_elem(&pending_responses, &thread, &pending, BPF_ANY)) {
    count_drop(HALDANE_DROP_RESPONSE_PENDING_FULL);
  }
}

static __always_inline void begin_vector(enum haldane_target target, __u32 fd,
                                         const struct user_iovec* vectors, __u64 count) {
  struct user_iovec vector;
  for (int i = 0; i < HALDANE_VECTORS_TRIED && i < count; i++) {
    if (bpf_probe_read_user(&vector, sizeof(vector), vectors + i)) {
      if (is_target(target, fd)) count_drop(HALDANE_DROP_RESPONSE_UNREADABLE);
      return;
    }
    if (vector.length == 0) continue;
    begin_write(target, fd, vector.base, vector.length);
    return;
  }
}

/* A connection is seen here first when it is older than our attention to it: its
 * next requests will be measured, and its socket is known from now on. */
static __always_inline void measure(struct haldane_slot* slot, __u32 index, __u32 fd) {
  struct haldane_connection_key key = connection_key(fd);
  struct haldane_connection* connection = bpf_map_lookup_elem(&connections, &key);
  if (!connection) {
    new_connection(&key);
    own_socket(sock_of(fd));
    return;
  }
  connection->unanswered = 0;
  if (!latency_is_measured || !connection->request_ns) return;
  add_duration(&http_latency, index, bpf_ktime_get_ns() - connection->request_ns);
  __sync_fetch_and_add(&slot->latencies, 1);
}

static __always_inline int end_write(const struct syscall_exit* ctx) {
  __u64 thread = bpf_get_current_pid_tgid();
  struct haldane_pending_response* found = bpf_map_lookup_elem(&pending_responses, &thread);
  if (!found) return 0;
  struct haldane_pending_response pending = *found;
  bpf_map_delete_elem(&pending_responses, &thread);
  if (ctx->result <= 0) return 0; /* nothing went out: Ruby will try again */
  __u32 index;
  struct haldane_slot* slot = current_slot(&index);
  if (!slot) return 0;
  __sync_fetch_and_add(&slot->responses, 1);
  if (pending.status >= 400 && pending.status < 500) __sync_fetch_and_add(&slot->responses_4xx, 1);
  if (pending.status >= 500 && pending.status < 600) __sync_fetch_and_add(&slot->responses_5xx, 1);
  if (burst_is_on) __sync_fetch_and_add(&slot->vm_entry_responses, 1);
  measure(slot, index, pending.fd);
  return 0;
}

SEC("tracepoint/syscalls/sys_enter_write")
int enter_write(struct syscall_enter* ctx) {
  if (is_counted()) {
    begin_write(HALDANE_ANY_FILE, ctx->arguments[0], (const char*)ctx->arguments[1], ctx->arguments[2]);
  }
  return 0;
}

SEC("tracepoint/syscalls/sys_enter_sendto")
int enter_sendto(struct syscall_enter* ctx) {
  if (is_counted()) {
    begin_write(HALDANE_SOCKET, ctx->arguments[0], (const char*)ctx->arguments[1], ctx->arguments[2]);
  }
  return 0;
}

SEC("tracepoint/syscalls/sys_enter_writev")
int enter_writev(struct syscall_enter* ctx) {
  if (is_counted()) {
    begin_vector(HALDANE_ANY_FILE, ctx->arguments[0], (const struct user_iovec*)ctx->arguments[1],
                 ctx->arguments[2]);
  }
  return 0;
}

SEC("tracepoint/syscalls/sys_enter_sendmsg")
int enter_sendmsg(struct syscall_enter* ctx) {
  struct user_msghdr message;
  if (!is_counted()) return 0;
  if (bpf_probe_read_user(&message, sizeof(message), (const void*)ctx->arguments[1])) {
    count_drop(HALDANE_DROP_RESPONSE_UNREADABLE);
    return 0;
  }
  begin_vector(HALDANE_SOCKET, ctx->arguments[0], message.vectors, message.vector_count);
  return 0;
}

SEC("tracepoint/syscalls/sys_exit_write")
int exit_write(struct syscall_exit* ctx) { return end_write(ctx); }

SEC("tracepoint/syscalls/sys_exit_sendto")
int exit_sendto(struct syscall_exit* ctx) { return end_write(ctx); }

SEC("tracepoint/syscalls/sys_exit_writev")
int exit_writev(struct syscall_exit* ctx) { return end_write(ctx); }

SEC("tracepoint/syscalls/sys_exit_sendmsg")
int exit_sendmsg(struct syscall_exit* ctx) { return end_write(ctx); }
