/*
 * Counts signals that would end a process which does not handle them, and marks
 * the victims of the out-of-memory killer.
 */
#include <asm/signal.h>

#include "bpf/abi/signals.h"
#include "bpf/lib/kernel_types.bpf.h"
#include "bpf/lib/slots.bpf.h"

/* The tracepoints' records, documented under events in tracefs. */
struct signal_deliver {
  __u64 common;
  __s32 signal;
  __s32 error;
  __s32 code;
  __u64 handler;
};

struct mark_victim {
  __u64 common;
  __s32 pid;
};

enum {
  HALDANE_HANDLER_IGNORES = 1, /* SIG_IGN */
  HALDANE_SIGNAL_QUEUED = 0,   /* signal_generate's result: it was not pending yet */
};

static __always_inline struct haldane_slot* slot_of(__u32 tgid) {
  __u32* index = bpf_map_lookup_elem(&processes, &tgid);
  return index ? bpf_map_lookup_elem(&slots, index) : 0;
}

SEC("tracepoint/signal/signal_deliver")
int on_signal_deliver(struct signal_deliver* ctx) {
  __u32 index;
  /* Threads that another thread's exit ends are "delivered" a SIGKILL that nobody
   * sent: those that somebody did are counted below. */
  if (ctx->signal == SIGKILL || !haldane_signal_counts(ctx->signal)) return 0;
  if (ctx->handler == HALDANE_HANDLER_IGNORES) return 0;
  struct haldane_slot* slot = current_slot(&index);
  if (slot) __sync_fetch_and_add(&slot->signals, 1);
  return 0;
}

/* Arguments: signal, siginfo, target, whether to the whole process, result. */
SEC("raw_tp/signal_generate")
int on_signal_generate(struct bpf_raw_tracepoint_args* ctx) {
  if ((__u32)ctx->args[0] != SIGKILL || (__u32)ctx->args[4] != HALDANE_SIGNAL_QUEUED) return 0;
  struct task_struct* target = (struct task_struct*)ctx->args[2];
  struct haldane_slot* slot = slot_of(BPF_CORE_READ(target, tgid));
  if (slot) __sync_fetch_and_add(&slot->signals, 1);
  return 0;
}

SEC("tracepoint/oom/mark_victim")
int on_oom_victim(struct mark_victim* ctx) {
  struct haldane_slot* slot = slot_of(ctx->pid);
  if (slot) slot->oom_victim = 1;
  return 0;
}
