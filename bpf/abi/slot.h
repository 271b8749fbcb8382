#pragma once

#include "bpf/abi/layout.h"

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
  __u64 unused[5]; /* no two processes share a cache line */
};

HALDANE_SIZE(haldane_slot, 128);
HALDANE_OFFSET(haldane_slot, start_ns, 8);
HALDANE_OFFSET(haldane_slot, parent_start_ns, 24);
HALDANE_OFFSET(haldane_slot, exceptions, 40);
HALDANE_OFFSET(haldane_slot, responses_5xx, 72);
