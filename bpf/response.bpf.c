/*
 * Counts HTTP/1 responses: writes to a socket that begin with a status line.
 * The head is recognised when the system call begins, since only then is the
 * buffer known, and counted when it ends, if anything was written at all.
 */
#include "bpf/lib/http.bpf.h"
#include "bpf/lib/slots.bpf.h"

/* The tracepoints' records, documented under events/syscalls in tracefs. */
struct syscall_enter {
  __u64 common;
  __s64 number;
  __u64 arguments[6];
};

struct syscall_exit {
  __u64 common;
  __s64 number;
  __s64 result;
};

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
  HALDANE_FD_IS_SOCKET = -1, /* the call itself fails for anything else */
  HALDANE_VECTORS_TRIED = 4,
};

static __always_inline int is_counted(void) {
  __u32 tgid = bpf_get_current_pid_tgid() >> 32;
  return bpf_map_lookup_elem(&processes, &tgid) != 0;
}

/* Notes the response head, if the buffer begins with one. Whether the
 * descriptor is a socket is looked up last: few buffers get so far. */
static __always_inline void begin_write(int fd, const char* buffer, __u64 length) {
  char head[HALDANE_STATUS_LINE_BYTES];
  if (length < sizeof(head)) return;
  if (bpf_probe_read_user(head, sizeof(head), buffer)) {
    if (fd == HALDANE_FD_IS_SOCKET || is_socket(fd)) count_drop(HALDANE_DROP_RESPONSE_UNREADABLE);
    return;
  }
  __u32 status = parse_status(head);
  if (status < 200) return; /* no head, or an interim response */
  if (fd != HALDANE_FD_IS_SOCKET && !is_socket(fd)) return;
  __u64 thread = bpf_get_current_pid_tgid();
  if (bpf_map_update_elem(&pending_responses, &thread, &status, BPF_ANY)) {
    count_drop(HALDANE_DROP_RESPONSE_PENDING_FULL);
  }
}

static __always_inline void begin_vector(int fd, const struct user_iovec* vectors, __u64 count) {
  struct user_iovec vector;
  for (int i = 0; i < HALDANE_VECTORS_TRIED && i < count; i++) {
    if (bpf_probe_read_user(&vector, sizeof(vector), vectors + i)) {
      if (fd == HALDANE_FD_IS_SOCKET || is_socket(fd)) count_drop(HALDANE_DROP_RESPONSE_UNREADABLE);
      return;
    }
    if (vector.length == 0) continue;
    begin_write(fd, vector.base, vector.length);
    return;
  }
}

static __always_inline int end_write(const struct syscall_exit* ctx) {
  __u64 thread = bpf_get_current_pid_tgid();
  __u32* pending = bpf_map_lookup_elem(&pending_responses, &thread);
  if (!pending) return 0;
  __u32 status = *pending;
  bpf_map_delete_elem(&pending_responses, &thread);
  if (ctx->result <= 0) return 0; /* nothing went out: Ruby will try again */
  __u32 index;
  struct haldane_slot* slot = current_slot(&index);
  if (!slot) return 0;
  __sync_fetch_and_add(&slot->responses, 1);
  if (status >= 400 && status < 500) __sync_fetch_and_add(&slot->responses_4xx, 1);
  if (status >= 500 && status < 600) __sync_fetch_and_add(&slot->responses_5xx, 1);
  return 0;
}

SEC("tracepoint/syscalls/sys_enter_write")
int enter_write(struct syscall_enter* ctx) {
  if (is_counted()) begin_write(ctx->arguments[0], (const char*)ctx->arguments[1], ctx->arguments[2]);
  return 0;
}

SEC("tracepoint/syscalls/sys_enter_sendto")
int enter_sendto(struct syscall_enter* ctx) {
  if (is_counted()) {
    begin_write(HALDANE_FD_IS_SOCKET, (const char*)ctx->arguments[1], ctx->arguments[2]);
  }
  return 0;
}

SEC("tracepoint/syscalls/sys_enter_writev")
int enter_writev(struct syscall_enter* ctx) {
  if (is_counted()) {
    begin_vector(ctx->arguments[0], (const struct user_iovec*)ctx->arguments[1], ctx->arguments[2]);
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
  begin_vector(HALDANE_FD_IS_SOCKET, message.vectors, message.vector_count);
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
