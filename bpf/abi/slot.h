#pragma once

#include "base/log_linear.h"
#include "bpf/abi/layout.h"
#include "bpf/abi/sys_errors.h"

/*
 * One counted process: an element of the array `slots`, mapped by the agent.
 *
 * A slot is owned in turn by the agent (FREE: zeroed, its index in the queue
 * `free_slots`), by the kernel (LIVE: found through `processes`, tgid -> index)
 * and by the agent again (EXITED: final totals, nothing writes them any more).
 */
enum haldane_slot_state {
  HALDANE_SLOT_FREE = 0,
  HALDANE_SLOT_LIVE = 1,
  HALDANE_SLOT_EXITED = 2,
};

enum {
  HALDANE_SLOTS = 4096,
};

struct haldane_slot {
  __u32 state; /* enum haldane_slot_state */
  __u32 tgid;
  /* start_boottime of the group leader, or the same cut to clock ticks when the
   * agent filled the slot from /proc. */
  __u64 start_ns;
  /* The counted process that forked this one; 0 when the agent filled the slot. */
  __u32 parent_tgid;
  __u32 execs; /* calls of exec since counting began */
  __u64 parent_start_ns;
  __u32 exit_code; /* as wait(2) encodes it; valid when EXITED */
  __u32 classes;   /* class cells in use */
  __u64 exceptions;
  __u64 exceptions_other;
  __u64 responses; /* final ones: 1xx is not counted */
  __u64 responses_4xx;
  __u64 responses_5xx;
  __u64 raise_witnesses; /* of exceptions, by another way: see witness.bpf.c */
  __u64 latencies;       /* in the slot's element of `http_latency` */
  __u64 gc_pauses;       /* in the slot's element of `gc_pause` */
  __u64 gc_began_ns;     /* of the pause that lasts now; 0 for none */
  __u64 loads;
  __u64 vm_entries; /* while a burst lasts */
  __u64 vm_entry_responses;
  __u64 sys_errors[HALDANE_SYS_ERROR_CLASSES];
  __u64 signals;
  __u64 tcp_retransmits;
  __u64 tcp_resets;
  __u64 tcp_connect_failures;
  __u64 final_major_faults; /* of its whole life; valid when EXITED */
  __u64 final_cpu_ns;       /* likewise */
  __u32 oom_victim;         /* 1: the out-of-memory killer chose it */
  __u32 exit_seen;          /* 1: exit_code and what is final are known */
  __u64 gc_marking;         /* 1 while that is a marking */
  __u64 unused[2];          /* no two processes share a cache line */
};

/* Durations of one process by haldane_duration_index. One element for each slot. */
struct haldane_histogram {
  __u64 counts[HALDANE_DURATION_BUCKETS];
};

HALDANE_SIZE(haldane_slot, 256);
HALDANE_OFFSET(haldane_slot, start_ns, 8);
HALDANE_OFFSET(haldane_slot, parent_start_ns, 24);
HALDANE_OFFSET(haldane_slot, exceptions, 40);
HALDANE_OFFSET(haldane_slot, responses_5xx, 72);
HALDANE_OFFSET(haldane_slot, sys_errors, 136);
HALDANE_OFFSET(haldane_slot, oom_victim, 224);
HALDANE_SIZE(haldane_histogram, 1608);
