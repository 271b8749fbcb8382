#pragma once

#include "bpf/lib/slots.bpf.h"

enum {
  /* Small: an uprobe's program may be preempted, and from 64 bytes of stack on
   * some kernels give it a stack that is shared per CPU. */
  HALDANE_NAME_CHUNK_WORDS = 2,
  HALDANE_NAME_CHUNK_BYTES = HALDANE_NAME_CHUNK_WORDS * 8,
  HALDANE_NAME_CHUNKS = HALDANE_CLASS_NAME_LENGTH / (HALDANE_NAME_CHUNK_BYTES - 1),
};

/* Spreads every bit of the word over the whole hash: names often differ in one
 * byte. */
static __always_inline __u64 mix(__u64 hash, __u64 word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
  return hash ^ hash >> 32;
}

HALDANE_STATIC_ASSERT(HALDANE_NAME_CHUNKS*(HALDANE_NAME_CHUNK_BYTES - 1) == HALDANE_CLASS_NAME_LENGTH,
                      "names that are cut to the same text must have the same hash");

/* Hashes the string at a user address, as far as a cell keeps it. */
static __always_inline int hash_user_string(const char* text, __u64* hash) {
  __u64 words[HALDANE_NAME_CHUNK_WORDS];
  __u64 h = 0;
  for (int chunk = 0; chunk < HALDANE_NAME_CHUNKS; chunk++) {
    words[0] = 0;
    words[1] = 0;
    long length = bpf_probe_read_user_str(words, sizeof(words), text);
    if (length < 0) return -1;
    h = mix(mix(h, words[0]), words[1]);
    if (length < HALDANE_NAME_CHUNK_BYTES) break;
    text += HALDANE_NAME_CHUNK_BYTES - 1; /* the last byte read was the NUL */
  }
  *hash = h;
  return 0;
}

static __always_inline void return_cell(struct haldane_class_cell* cell, __u32* index) {
  cell->used = 0;
  if (bpf_map_push_elem(&free_class_cells, index, 0)) count_drop(HALDANE_DROP_CLASS_CELL_LOST);
}

/* Takes a cell for a class not seen before in this process. Null when there is
 * none to be had. */
static __always_inline struct haldane_class_cell* new_cell(struct haldane_slot* slot,
                                                           const struct haldane_class_key* key,
                                                           const char* name, __u32* index) {
  if (slot->classes >= HALDANE_CLASSES_PER_PROCESS) return 0;
  if (bpf_map_pop_elem(&free_class_cells, index)) {
    count_drop(HALDANE_DROP_CLASS_CELLS_EXHAUSTED);
    return 0;
  }
  struct haldane_class_cell* cell = bpf_map_lookup_elem(&class_cells, index);
  if (!cell) return 0;
  cell->key = *key;
  cell->count = 0;
  if (name && bpf_probe_read_user_str(cell->name, sizeof(cell->name), name) < 0) {
    count_drop(HALDANE_DROP_CLASS_UNREADABLE);
    return_cell(cell, index);
    return 0;
  }
  /* The agent reads the cell once it is marked, other threads once it is in the
   * index: both must find it whole. */
  *(volatile __u32*)&cell->used = 1;
  long error = bpf_map_update_elem(&class_index, key, index, BPF_NOEXIST);
  if (!error) {
    __sync_fetch_and_add(&slot->classes, 1);
    return cell;
  }
  return_cell(cell, index);
  if (error != -EEXIST) {
    count_drop(HALDANE_DROP_CLASS_INDEX_FULL);
    return 0;
  }
  /* Another thread of the process was faster. */
  __u32* found = bpf_map_lookup_elem(&class_index, key);
  return found ? bpf_map_lookup_elem(&class_cells, found) : 0;
}

/* Counts one exception of the class, or among the others when it cannot have a
 * cell. `name` is a user address, or null for a class known by pointer. */
static __always_inline void count_class(struct haldane_slot* slot, const struct haldane_class_key* key,
                                        const char* name, __u32* scratch_index) {
  __u32* found = bpf_map_lookup_elem(&class_index, key);
  struct haldane_class_cell* cell =
      found ? bpf_map_lookup_elem(&class_cells, found) : new_cell(slot, key, name, scratch_index);
  __sync_fetch_and_add(cell ? &cell->count : &slot->exceptions_other, 1);
}
