/* Counts exceptions: runs at the place in Ruby where every raise passes. */
#include "bpf/abi/raise_cookie.h"
#include "bpf/lib/classes.bpf.h"

/* An exception object's class, read at its only use: RBasic is {flags, klass}
 * in every Ruby. */
static __always_inline int read_class(__u64 exception, __u64* klass) {
  /* Small integers, symbols, nil and the like are not objects. */
  if (exception & 7 || exception <= 0x40) return -1;
  if (bpf_probe_read_user(klass, sizeof(*klass), (const void*)(exception + 8))) {
    count_drop(HALDANE_DROP_CLASS_UNREADABLE);
    return -1;
  }
  return 0;
}

static __always_inline int class_by_name(struct pt_regs* ctx, __u32 name_register,
                                         struct haldane_class_key* key, const char** name) {
  if (name_register >= HALDANE_PT_REGS_COUNT) return -1;
  if (bpf_probe_read_kernel(name, sizeof(*name), (const void*)ctx + name_register * 8)) return -1;
  key->image = HALDANE_IMAGE_NAMED;
  if (!hash_user_string(*name, &key->id)) return 0;
  count_drop(HALDANE_DROP_CLASS_UNREADABLE);
  return -1;
}

static __always_inline int count_raise(struct pt_regs* ctx, __u64 cookie) {
  struct haldane_class_key key;
  __u32 index;
  struct haldane_slot* slot = current_slot(&index);
  if (!slot) return 0;
  __sync_fetch_and_add(&slot->exceptions, 1);

  const char* name = 0;
  int unknown = -1;
  key.slot = index;
  key.image = slot->execs;
  switch (cookie & 0xff) {
    case HALDANE_RAISE_OBJECT_IN_RDX:
      unknown = read_class(PT_REGS_PARM3(ctx), &key.id);
      break;
    case HALDANE_RAISE_OBJECT_IN_RDI:
      unknown = read_class(PT_REGS_PARM1(ctx), &key.id);
      break;
    case HALDANE_RAISE_NAME_IN_REGISTER:
      unknown = class_by_name(ctx, cookie >> 8 & 0xff, &key, &name);
      break;
  }
  if (unknown) {
    __sync_fetch_and_add(&slot->exceptions_other, 1);
  } else {
    count_class(slot, &key, name, &index);
  }
  return 0;
}

/* Attached by one link for all points of a binary. */
SEC("uprobe.multi")
int raise_multi(struct pt_regs* ctx) { return count_raise(ctx, bpf_get_attach_cookie(ctx)); }

/* The same for kernels before 6.6: one link per point. */
SEC("uprobe")
int raise_single(struct pt_regs* ctx) { return count_raise(ctx, bpf_get_attach_cookie(ctx)); }

/* For kernels before 5.15, which cannot tell a program where it is attached. */
SEC("uprobe")
int raise_total(struct pt_regs* ctx) { return count_raise(ctx, HALDANE_RAISE_TOTAL_ONLY); }
