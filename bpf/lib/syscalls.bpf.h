#pragma once

#include "bpf/lib/slots.bpf.h"

/* What tracepoints of single system calls get, documented under events/syscalls
 * in tracefs. */
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

static __always_inline int is_counted(void) {
  __u32 tgid = bpf_get_current_pid_tgid() >> 32;
  return bpf_map_lookup_elem(&processes, &tgid) != 0;
}
