/*
 * Counts what an interpreter does besides raising: files it loads, pauses of its
 * garbage collector, entries into its main loop. One program for each kind of
 * place, so that none need ask where it is attached.
 */
#include "bpf/lib/histograms.bpf.h"

static __always_inline int count_load(void) {
  __u32 index;
  struct haldane_slot* slot = current_slot(&index);
  if (slot) __sync_fetch_and_add(&slot->loads, 1);
  return 0;
}

/* While a process collects, none of its threads does anything else, so one start
 * for the process will do. Marking that is followed by sweeping at once has the
 * sweeping inside it: that is one pause. Lazy sweeping is one by itself. */
static __always_inline int begin_pause(int marking) {
  __u32 index;
  struct haldane_slot* slot = current_slot(&index);
  if (!slot || (!marking && slot->gc_marking)) return 0;
  slot->gc_marking = marking;
  slot->gc_began_ns = bpf_ktime_get_ns();
  return 0;
}

static __always_inline int end_pause(int marking) {
  __u32 index;
  struct haldane_slot* slot = current_slot(&index);
  if (!slot || slot->gc_marking != marking || !slot->gc_began_ns) return 0;
  add_duration(&gc_pause, index, bpf_ktime_get_ns() - slot->gc_began_ns);
  slot->gc_marking = 0;
  slot->gc_began_ns = 0;
  __sync_fetch_and_add(&slot->gc_pauses, 1);
  return 0;
}

/* Hot: a busy application passes here a million times a second. */
static __always_inline int count_vm_entry(void) {
  __u32 index;
  if (!burst_is_on) return 0;
  struct haldane_slot* slot = current_slot(&index);
  if (slot) __sync_fetch_and_add(&slot->vm_entries, 1);
  return 0;
}

SEC("uprobe.multi")
int load_multi(struct pt_regs* ctx) { return count_load(); }

SEC("uprobe.multi")
int mark_begin_multi(struct pt_regs* ctx) { return begin_pause(1); }

SEC("uprobe.multi")
int mark_end_multi(struct pt_regs* ctx) { return end_pause(1); }

SEC("uprobe.multi")
int sweep_begin_multi(struct pt_regs* ctx) { return begin_pause(0); }

SEC("uprobe.multi")
int sweep_end_multi(struct pt_regs* ctx) { return end_pause(0); }

SEC("uprobe.multi")
int vm_entry_multi(struct pt_regs* ctx) { return count_vm_entry(); }

/* The same for kernels before 6.6: one link per place. */
SEC("uprobe")
int load_single(struct pt_regs* ctx) { return count_load(); }

SEC("uprobe")
int mark_begin_single(struct pt_regs* ctx) { return begin_pause(1); }

SEC("uprobe")
int mark_end_single(struct pt_regs* ctx) { return end_pause(1); }

SEC("uprobe")
int sweep_begin_single(struct pt_regs* ctx) { return begin_pause(0); }

SEC("uprobe")
int sweep_end_single(struct pt_regs* ctx) { return end_pause(0); }

SEC("uprobe")
int vm_entry_single(struct pt_regs* ctx) { return count_vm_entry(); }
