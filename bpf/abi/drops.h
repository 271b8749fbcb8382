#pragma once

/*
 * Every place in the kernel programs where something can be lost, with the name
 * it is reported by. Element n of the global array `drops` counts place n.
 */
#define HALDANE_DROP_SITES(X)                                                             \
  X(SLOT_EXHAUSTED, "slot_exhausted")               /* a forked process is not counted */ \
  X(PROCESS_MAP_FULL, "process_map_full")           /* the same, for another reason */    \
  X(SLOT_LOST, "slot_lost")                         /* a slot could not be given back */  \
  X(CLASS_CELLS_EXHAUSTED, "class_cells_exhausted") /* counted as a class unknown */      \
  X(CLASS_INDEX_FULL, "class_index_full")           /* likewise */                        \
  X(CLASS_CELL_LOST, "class_cell_lost")             /* could not be given back */         \
  X(CLASS_UNREADABLE, "class_unreadable")           /* counted as a class unknown */      \
  X(RESPONSE_UNREADABLE, "response_unreadable")     /* a write to a socket not seen */    \
  X(RESPONSE_PENDING_FULL, "response_pending_full") /* a response not counted */          \
  X(CONNECTION_LOST, "connection_lost")             /* its responses have no latency */   \
  X(READ_PENDING_FULL, "read_pending_full")         /* a response without latency */      \
  X(SOCKET_OWNER_LOST, "socket_owner_lost")         /* its TCP events are nobody's */     \
  X(LIFECYCLE_RING_FULL, "lifecycle_ring_full")     /* an exec or fork not announced */

enum haldane_drop_site {
#define HALDANE_DROP_SITE(name, text) HALDANE_DROP_##name,
  HALDANE_DROP_SITES(HALDANE_DROP_SITE)
#undef HALDANE_DROP_SITE
      HALDANE_DROP_SITE_COUNT
};
