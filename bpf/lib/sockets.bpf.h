#pragma once

#include "bpf/lib/kernel_types.bpf.h"
#include "bpf/lib/slots.bpf.h"

/* The file behind the running process's descriptor; null if there is none. */
static __always_inline struct file* file_of(unsigned int fd) {
  struct task_struct* task = (struct task_struct*)bpf_get_current_task();
  struct fdtable* table = BPF_CORE_READ(task, files, fdt);
  if (fd >= BPF_CORE_READ(table, max_fds)) return 0;
  struct file **files = BPF_CORE_READ(table, fd), *file = 0;
  bpf_probe_read_kernel(&file, sizeof(file), files + fd);
  return file;
}

static __always_inline int is_socket_file(struct file* file) {
  return file && (BPF_CORE_READ(file, f_inode, i_mode) & 0170000) == 0140000;
}

/* The socket behind the running process's descriptor, as the kernel's TCP knows
 * it: its address, for which it is only a name here. 0 if it is no socket. */
static __always_inline __u64 sock_of(unsigned int fd) {
  struct file* file = file_of(fd);
  if (!is_socket_file(file)) return 0;
  struct socket* socket = (struct socket*)BPF_CORE_READ(file, private_data);
  return (__u64)BPF_CORE_READ(socket, sk);
}

/* Remembers that the running process, if it is counted, has this socket. */
static __always_inline void own_socket(__u64 sock) {
  __u32 tgid = bpf_get_current_pid_tgid() >> 32;
  if (!sock || !bpf_map_lookup_elem(&processes, &tgid)) return;
  if (bpf_map_update_elem(&socket_owners, &sock, &tgid, BPF_ANY)) count_drop(HALDANE_DROP_SOCKET_OWNER_LOST);
}

/* The slot of the counted process that has this socket; null if none has. */
static __always_inline struct haldane_slot* owner_of(__u64 sock) {
  __u32* tgid = bpf_map_lookup_elem(&socket_owners, &sock);
  if (!tgid) return 0;
  __u32* index = bpf_map_lookup_elem(&processes, tgid);
  return index ? bpf_map_lookup_elem(&slots, index) : 0;
}
