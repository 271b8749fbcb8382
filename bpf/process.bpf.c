/*
 * Follows counted processes: a child is counted before it runs its first
 * instruction, and the totals of a process are final once its last thread is
 * gone.
 */
#include "bpf/abi/lifecycle.h"
#include "bpf/lib/kernel_types.bpf.h"
#include "bpf/lib/slots.bpf.h"

/* The agent polls, so nobody need be woken. */
static __always_inline void announce(enum haldane_lifecycle_kind kind, __u32 tgid, __u32 parent_tgid) {
  struct haldane_lifecycle record = {.kind = kind, .tgid = tgid, .parent_tgid = parent_tgid};
  if (bpf_ringbuf_output(&lifecycle, &record, sizeof(record), BPF_RB_NO_WAKEUP)) {
    count_drop(HALDANE_DROP_LIFECYCLE_RING_FULL);
  }
}

/* What a process used in its life, known as its last thread exits. */
struct usage {
  __u64 major_faults;
  __u64 cpu_ns;
};

/* Ends the counting of the process of this tgid, if it is counted; without `usage` its end was not seen. Of
 * two threads that both find themselves the last, the one that removes the entry does it. */
static __always_inline void finish(__u32 tgid, __u32 exit_code, const struct usage* usage) {
  __u32* found = bpf_map_lookup_elem(&processes, &tgid);
  if (!found) return;
  __u32 index = *found;
  if (bpf_map_delete_elem(&processes, &tgid)) return;
  struct haldane_slot* slot = bpf_map_lookup_elem(&slots, &index);
  if (!slot) return;
  if (usage) {
    slot->exit_code = exit_code;
    slot->final_major_faults = usage->major_faults;
    slot->final_cpu_ns = usage->cpu_ns;
    slot->exit_seen = 1;
  }
  *(volatile __u32*)&slot->state = HALDANE_SLOT_EXITED;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct* parent, struct task_struct* child) {
  __u32 parent_tgid = parent->tgid, tgid = child->tgid, index;
  if (child->pid != child->tgid) return 0; /* a thread */
  __u32* found = bpf_map_lookup_elem(&processes, &parent_tgid);
  if (!found) return 0;
  struct haldane_slot* parent_slot = bpf_map_lookup_elem(&slots, found);
  if (!parent_slot) return 0;
  announce(HALDANE_LIFECYCLE_FORK, tgid, parent_tgid);

  if (bpf_map_pop_elem(&free_slots, &index)) {
    count_drop(HALDANE_DROP_SLOT_EXHAUSTED);
    return 0;
  }
  struct haldane_slot* slot = bpf_map_lookup_elem(&slots, &index);
  if (!slot) return 0;
  /* A new process's tgid is known only if nobody saw the last one exit. */
  finish(tgid, 0, 0);
  slot->tgid = tgid;
  slot->start_ns = child->start_boottime;
  slot->parent_tgid = parent_tgid;
  slot->parent_start_ns = parent_slot->start_ns;
  *(volatile __u32*)&slot->state = HALDANE_SLOT_LIVE;
  if (!bpf_map_update_elem(&processes, &tgid, &index, BPF_NOEXIST)) return 0;

  count_drop(HALDANE_DROP_PROCESS_MAP_FULL);
  slot->tgid = 0;
  slot->start_ns = 0;
  slot->parent_tgid = 0;
  slot->parent_start_ns = 0;
  *(volatile __u32*)&slot->state = HALDANE_SLOT_FREE;
  if (bpf_map_push_elem(&free_slots, &index, 0)) count_drop(HALDANE_DROP_SLOT_LOST);
  return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct* task) {
  __u32 index;
  struct haldane_slot* slot = current_slot(&index);
  if (slot) __sync_fetch_and_add(&slot->execs, 1);
  announce(HALDANE_LIFECYCLE_EXEC, task->tgid, 0);
  return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct* task) {
  /* Threads that are still running may still count. */
  if (task->signal->live.counter != 0) return 0;
  struct usage usage = {task->signal->maj_flt + task->maj_flt,
                        task->signal->sum_sched_runtime + task->se.sum_exec_runtime};
  /* A first thread that ended earlier is not among those that are gone. */
  struct task_struct* leader = task->group_leader;
  if (leader->pid != task->pid) {
    usage.major_faults += leader->maj_flt;
    usage.cpu_ns += leader->se.sum_exec_runtime;
  }
  finish(task->tgid, task->exit_code, &usage);
  return 0;
}
