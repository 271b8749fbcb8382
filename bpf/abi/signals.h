#pragma once

#include "bpf/abi/layout.h"

/* Signals that proc.signals counts when they are delivered: those whose default
 * action ends the process, by number on x86-64. Left out although theirs does:
 * PIPE (13), which comes with an EPIPE that sys.errors counts, and VTALRM (26) and
 * PROF (27), by which Ruby and profilers wake threads as a matter of course. */
/* clang-format off */
#define HALDANE_COUNTED_SIGNALS(X) \
  X(1, "HUP") X(2, "INT") X(3, "QUIT") X(4, "ILL") X(5, "TRAP") X(6, "ABRT") X(7, "BUS") X(8, "FPE") \
  X(9, "KILL") X(10, "USR1") X(11, "SEGV") X(12, "USR2") X(14, "ALRM") X(15, "TERM") X(16, "STKFLT") \
  X(24, "XCPU") X(25, "XFSZ") X(29, "IO") X(30, "PWR") X(31, "SYS")
/* clang-format on */

/* Real-time signals, from 32 on, end the process by default too. */
static inline __attribute__((always_inline)) int haldane_signal_counts(__s32 signal) {
#define HALDANE_SIGNAL_BIT(number, name) | 1u << (number)
  const __u32 counted = 0 HALDANE_COUNTED_SIGNALS(HALDANE_SIGNAL_BIT);
#undef HALDANE_SIGNAL_BIT
  if (signal < 0 || signal > 64) return 0;
  return signal > 31 || (counted >> signal & 1);
}
