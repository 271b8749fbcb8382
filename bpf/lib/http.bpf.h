#pragma once

#include "bpf/lib/bpf.bpf.h"

#include "bpf/lib/kernel_types.bpf.h"

enum {
  HALDANE_STATUS_LINE_BYTES = 12, /* "HTTP/1.1 200" */
};

/* The status of a response whose first bytes these are; 0 for anything else. */
static __always_inline __u32 parse_status(const char* head) {
  static const char version[] = "HTTP/1.";
  for (int i = 0; i < 7; i++) {
    if (head[i] != version[i]) return 0;
  }
  __u32 minor = head[7] - '0', hundreds = head[9] - '0', tens = head[10] - '0', ones = head[11] - '0';
  if (minor > 9 || head[8] != ' ' || hundreds > 9 || tens > 9 || ones > 9) return 0;
  return hundreds * 100 + tens * 10 + ones;
}

/* Whether the running process's descriptor is a socket. */
static __always_inline int is_socket(unsigned int fd) {
  struct task_struct* task = (struct task_struct*)bpf_get_current_task();
  struct fdtable* table = BPF_CORE_READ(task, files, fdt);
  if (fd >= BPF_CORE_READ(table, max_fds)) return 0;
  struct file **files = BPF_CORE_READ(table, fd), *file = 0;
  if (bpf_probe_read_kernel(&file, sizeof(file), files + fd) || !file) return 0;
  return (BPF_CORE_READ(file, f_inode, i_mode) & 0170000) == 0140000;
}
