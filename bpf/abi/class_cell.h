#pragma once

#include "bpf/abi/layout.h"

/*
 * One exception class of one process. `class_index` leads from the key to an
 * element of the array `class_cells`, which the agent maps.
 */
enum {
  HALDANE_CLASS_CELLS = 16384,
  HALDANE_CLASSES_PER_PROCESS = 64,
  HALDANE_CLASS_NAME_LENGTH = 120, /* longer names are cut */
};

/* In place of an image: the class is known by name, which outlives an exec. */
#define HALDANE_IMAGE_NAMED 0xffffffffu

struct haldane_class_key {
  __u32 slot;
  /* The process's count of execs: a class pointer means nothing in another
   * image. */
  __u32 image;
  __u64 id; /* class pointer, or hash of the name */
};

struct haldane_class_cell {
  struct haldane_class_key key;
  __u32 used; /* 1 once all else but the count is final */
  __u32 unused;
  __u64 count;
  char name[HALDANE_CLASS_NAME_LENGTH + 1]; /* empty for a class pointer */
  char unused_end[7];
};

HALDANE_SIZE(haldane_class_key, 16);
HALDANE_SIZE(haldane_class_cell, 160);
HALDANE_OFFSET(haldane_class_cell, used, 16);
HALDANE_OFFSET(haldane_class_cell, count, 24);
HALDANE_OFFSET(haldane_class_cell, name, 32);
