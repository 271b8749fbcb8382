/* Counts passes of places that lead to a raise, so that a raise probe which does
 * not fire is told from an application that does not raise. */
#include "bpf/lib/slots.bpf.h"

static __always_inline int count_witness(void) {
  __u32 index;
  struct haldane_slot* slot = current_slot(&index);
  if (slot) __sync_fetch_and_add(&slot->raise_witnesses, 1);
  return 0;
}

SEC("uprobe.multi")
int witness_multi(struct pt_regs* ctx) { return count_witness(); }

/* For kernels before 6.6: one link per place. */
SEC("uprobe")
int witness_single(struct pt_regs* ctx) { return count_witness(); }
