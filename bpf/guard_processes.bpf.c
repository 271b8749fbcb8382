/*
 * Who is who among the run's processes, noted while it is certain: a process may
 * be gone before anybody could ask /proc.
 */
#include "bpf/lib/guard_owner.bpf.h"

enum { SCRIPT_DESCRIPTOR = 255 }; /* where bash keeps the script that it reads */

static __always_inline int in_run(void) {
  return bpf_get_current_ancestor_cgroup_id(guard_config.cgroup_level) == guard_config.cgroup_id;
}

static __always_inline void describe_task(struct haldane_guard_event* event, __u32 kind,
                                          struct task_struct* task) {
  event->time_ns = bpf_ktime_get_ns();
  event->kind = kind;
  event->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
  event->tgid = BPF_CORE_READ(task, tgid);
  event->tid = BPF_CORE_READ(task, pid);
  event->uid = (__u32)bpf_get_current_uid_gid();
}

/* bash moves this offset to the end of the statement that it is about to run
 * each time before it forks. */
static __always_inline void describe_script(struct haldane_guard_fork* fork, struct task_struct* shell) {
  struct fdtable* table = BPF_CORE_READ(shell, files, fdt);
  if (!table || BPF_CORE_READ(table, max_fds) <= SCRIPT_DESCRIPTOR) return;
  struct file **files = BPF_CORE_READ(table, fd), *file = 0;
  if (bpf_probe_read_kernel(&file, sizeof(file), files + SCRIPT_DESCRIPTOR) || !file) return;
  if ((BPF_CORE_READ(file, f_inode, i_mode) & 0170000) != 0100000) return; /* no regular file */
  fork->script_inode = BPF_CORE_READ(file, f_inode, i_ino);
  fork->script_offset = BPF_CORE_READ(file, f_pos);
  const unsigned char* name = BPF_CORE_READ(file, f_path.dentry, d_name.name);
  bpf_probe_read_kernel_str(fork->script_name, sizeof(fork->script_name), name);
}

SEC("raw_tp/sched_process_fork")
int guard_fork(struct bpf_raw_tracepoint_args* context) {
  if (!in_run()) return 0;
  struct task_struct* parent = (struct task_struct*)context->args[0];
  struct task_struct* child = (struct task_struct*)context->args[1];
  __u32 tgid = BPF_CORE_READ(child, tgid);
  if (BPF_CORE_READ(child, pid) != tgid) return 0; /* a thread */

  struct haldane_guard_fork* fork = bpf_ringbuf_reserve(&guard_events, sizeof(*fork), 0);
  if (!fork) {
    guard_lost(HALDANE_GUARD_LOST_PROCESS);
    return 0;
  }
  __builtin_memset(fork, 0, sizeof(*fork));
  describe_task(&fork->event, HALDANE_GUARD_FORK, child);
  fork->parent_tgid = BPF_CORE_READ(parent, tgid);
  fork->parent_start_ns = BPF_CORE_READ(parent, group_leader, start_boottime);
  describe_script(fork, parent);
  __u64 start_ns = fork->event.start_ns;
  bpf_ringbuf_submit(fork, BPF_RB_NO_WAKEUP);
  bpf_map_update_elem(&guard_members, &tgid, &start_ns, BPF_ANY);
  return 0;
}

SEC("raw_tp/sched_process_exec")
int guard_exec(struct bpf_raw_tracepoint_args* context) {
  if (!in_run()) return 0;
  struct task_struct* task = (struct task_struct*)context->args[0];
  struct linux_binprm* program = (struct linux_binprm*)context->args[2];
  const __u32 slot = 0;
  struct haldane_guard_scratch* scratch = bpf_map_lookup_elem(&guard_scratch, &slot);
  if (!scratch) return 0;

  struct haldane_guard_exec* exec = (struct haldane_guard_exec*)scratch->bytes;
  describe_task(&exec->event, HALDANE_GUARD_EXEC, task);
  struct task_struct* parent = BPF_CORE_READ(task, group_leader, real_parent);
  exec->parent_tgid = BPF_CORE_READ(parent, tgid);
  exec->parent_start_ns = BPF_CORE_READ(parent, group_leader, start_boottime);
  bpf_get_current_comm(exec->comm, sizeof(exec->comm));

  /* Lengths have 64 bits and are hidden from the compiler: the verifier must see
   * their bounds. */
  __u8* tail = scratch->bytes + sizeof(*exec);
  __u64 path_length =
      bpf_probe_read_kernel_str(tail, HALDANE_GUARD_EXEC_PATH_LENGTH, BPF_CORE_READ(program, filename));
  asm volatile("" : "+r"(path_length));
  if (path_length > HALDANE_GUARD_EXEC_PATH_LENGTH) path_length = 0; /* an error */
  exec->path_length = path_length;

  const __u64 first = BPF_CORE_READ(task, mm, arg_start), last = BPF_CORE_READ(task, mm, arg_end);
  const __u64 total = last > first ? last - first : 0;
  exec->argument_total = total;
  __u64 length = total < HALDANE_GUARD_ARGUMENTS_LENGTH ? total : HALDANE_GUARD_ARGUMENTS_LENGTH;
  asm volatile("" : "+r"(length));
  if (length > HALDANE_GUARD_ARGUMENTS_LENGTH) return 0;
  if (bpf_probe_read_user(tail + path_length, length, (const void*)first)) length = 0;
  exec->argument_length = length;

  __u64 size = sizeof(*exec) + path_length + length;
  asm volatile("" : "+r"(size));
  if (size > sizeof(scratch->bytes)) return 0;
  if (bpf_ringbuf_output(&guard_events, exec, size, BPF_RB_NO_WAKEUP)) guard_lost(HALDANE_GUARD_LOST_PROCESS);
  __u32 tgid = exec->event.tgid;
  __u64 start_ns = exec->event.start_ns;
  bpf_map_update_elem(&guard_members, &tgid, &start_ns, BPF_ANY);
  return 0;
}

SEC("raw_tp/sched_process_exit")
int guard_exit(struct bpf_raw_tracepoint_args* context) {
  struct task_struct* task = (struct task_struct*)context->args[0];
  if (BPF_CORE_READ(task, signal, live.counter) > 0) return 0; /* other threads go on */
  __u32 tgid = BPF_CORE_READ(task, tgid);
  __u64* start_ns = bpf_map_lookup_elem(&guard_members, &tgid);
  if (!start_ns) return 0;
  bpf_map_delete_elem(&guard_members, &tgid);
  struct haldane_guard_event* event = bpf_ringbuf_reserve(&guard_events, sizeof(*event), 0);
  if (!event) {
    guard_lost(HALDANE_GUARD_LOST_PROCESS);
    return 0;
  }
  describe_task(event, HALDANE_GUARD_EXIT, task);
  bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
  return 0;
}

/* The task's group in the unified hierarchy is the run's or below it. */
static __always_inline int stays_in_run(struct task_struct* task) {
  struct cgroup* group = BPF_CORE_READ(task, cgroups, dfl_cgrp);
  if (!bpf_core_field_exists(group->ancestors)) return 0; /* before Linux 6.1: the reader looks itself */
  const __u32 level = guard_config.cgroup_level;
  if (BPF_CORE_READ(group, level) < (int)level) return 0;
  struct cgroup* ancestor = 0;
  if (bpf_probe_read_kernel(
          &ancestor, sizeof(ancestor),
          (void*)group + bpf_core_field_offset(group->ancestors) + level * sizeof(ancestor))) {
    return 0;
  }
  return BPF_CORE_READ(ancestor, kn, id) == guard_config.cgroup_id;
}

/* Also called for moves in the other hierarchies and within the run. */
SEC("raw_tp/cgroup_attach_task")
int guard_attach_task(struct bpf_raw_tracepoint_args* context) {
  struct cgroup* to = (struct cgroup*)context->args[0];
  struct task_struct* task = (struct task_struct*)context->args[2];
  __u32 tgid = BPF_CORE_READ(task, tgid);
  __u64* start_ns = bpf_map_lookup_elem(&guard_members, &tgid);
  if (!start_ns || *start_ns != BPF_CORE_READ(task, group_leader, start_boottime)) return 0;
  if (stays_in_run(task)) return 0;
  struct haldane_guard_moved* moved = bpf_ringbuf_reserve(&guard_events, sizeof(*moved), 0);
  if (!moved) {
    guard_lost(HALDANE_GUARD_LOST_EVENT);
    return 0;
  }
  describe_task(&moved->event, HALDANE_GUARD_MOVED, task);
  moved->to_cgroup = BPF_CORE_READ(to, kn, id);
  bpf_ringbuf_submit(moved, 0);
  return 0;
}
