#pragma once

#include "bpf/abi/layout.h"

/* What the ring buffer `lifecycle` carries. */
enum haldane_lifecycle_kind {
  HALDANE_LIFECYCLE_EXEC = 1, /* any process of the machine */
  HALDANE_LIFECYCLE_FORK = 2, /* children of counted processes only */
};

struct haldane_lifecycle {
  __u32 kind; /* enum haldane_lifecycle_kind */
  __u32 tgid;
  __u32 parent_tgid; /* FORK only */
  __u32 unused;
};

HALDANE_SIZE(haldane_lifecycle, 16);
HALDANE_OFFSET(haldane_lifecycle, tgid, 4);
HALDANE_OFFSET(haldane_lifecycle, parent_tgid, 8);
