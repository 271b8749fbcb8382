#pragma once

#include "bpf/abi/layout.h"

/* What an attached raise probe tells its program: which register holds what. */
enum haldane_raise_payload {
  HALDANE_RAISE_TOTAL_ONLY = 0,
  HALDANE_RAISE_OBJECT_IN_RDX = 1,
  HALDANE_RAISE_OBJECT_IN_RDI = 2,
  HALDANE_RAISE_NAME_IN_REGISTER = 3, /* pointer to the class's name */
};

/* The register is an index into x86-64's struct pt_regs; only the last payload
 * reads it. */
static inline __u64 haldane_raise_cookie(enum haldane_raise_payload payload, __u32 name_register) {
  return (__u64)payload | (__u64)name_register << 8;
}

enum {
  HALDANE_PT_REGS_COUNT = 21,
};
