/*
 * Counts system calls that fail. Runs at the end of every system call of the
 * machine, so what it does first decides its cost: most calls succeed.
 */
#include <asm/unistd.h>

#include "bpf/lib/slots.bpf.h"

/* The number of the system call that ends, from where the kernel saved it. */
static __always_inline __u64 number_of(const struct bpf_raw_tracepoint_args* ctx) {
  const struct pt_regs* saved = (const struct pt_regs*)ctx->args[0];
  __u64 number = ~0ull;
  bpf_probe_read_kernel(&number, sizeof(number), &saved->orig_rax);
  return number;
}

static __always_inline int makes_a_task(__u64 number) {
#define HALDANE_MAKES_A_TASK(call) \
  if (number == __NR_##call) return 1;
  HALDANE_SYS_ERRORS_SPAWNING(HALDANE_MAKES_A_TASK)
#undef HALDANE_MAKES_A_TASK
  return 0;
}

static __always_inline int is_ordinary(__u32 code, __u64 number) {
#define HALDANE_IS_ORDINARY(error, call) \
  if (code == error && number == __NR_##call) return 1;
  HALDANE_SYS_ERRORS_ORDINARY(HALDANE_IS_ORDINARY)
#undef HALDANE_IS_ORDINARY
  return 0;
}

static __always_inline int is_ignored(__u32 code) {
#define HALDANE_IS_IGNORED(error) \
  if (code == error) return 1;
  HALDANE_SYS_ERRORS_IGNORED(HALDANE_IS_IGNORED)
#undef HALDANE_IS_IGNORED
  return 0;
}

static __always_inline enum haldane_sys_error_class class_of(__u32 code) {
#define HALDANE_CODE(class, error) \
  if (code == error) return HALDANE_SYS_ERROR_##class;
  HALDANE_SYS_ERROR_CODES(HALDANE_CODE)
#undef HALDANE_CODE
  return code >= ENOTSOCK && code <= EINPROGRESS ? HALDANE_SYS_ERROR_NETWORK : HALDANE_SYS_ERROR_OTHER;
}

SEC("raw_tp/sys_exit")
int on_sys_exit(struct bpf_raw_tracepoint_args* ctx) {
  __s64 result = ctx->args[1];
  __u32 index;
  if (result >= 0 || result < -HALDANE_LARGEST_ERRNO) return 0;
  struct haldane_slot* slot = current_slot(&index);
  if (!slot) return 0;
  __u32 code = -result;
  __u64 number = number_of(ctx);
  if (is_ignored(code) && !(code == EAGAIN && makes_a_task(number))) return 0;
  if (is_ordinary(code, number)) return 0;
  __u32 class = class_of(code);
  if (class < HALDANE_SYS_ERROR_CLASSES) __sync_fetch_and_add(&slot->sys_errors[class], 1);
  return 0;
}
