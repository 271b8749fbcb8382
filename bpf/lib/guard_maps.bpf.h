#pragma once

#include "bpf/lib/bpf.bpf.h"

#include "bpf/abi/guard_config.h"
#include "bpf/abi/guard_event.h"
#include "bpf/abi/guard_maps.h"

/* Every map of the guard, defined by guard_maps.bpf.c and shared by all its
 * programs. Each run has its own. */
#ifdef HALDANE_DEFINE_MAPS
#define HALDANE_GUARD_SHARED
#else
#define HALDANE_GUARD_SHARED extern
#endif

enum haldane_guard_hello_state {
  HELLO_AWAITED = 0,
  HELLO_HELD = 1, /* reported, and not let out yet */
  HELLO_DONE = 2,
};

/* Who owns a socket, and what was decided for it last. */
struct haldane_guard_socket {
  __u64 start_ns;
  __u32 tgid, tid, uid;
  __u8 redirected; /* not 0: `server` is where its datagrams or connection were going */
  __u8 hello;      /* enum haldane_guard_hello_state */
  __u16 server_port;
  __u8 server[16];
  /* The destination that passed last: its packets need no second look. */
  __u8 passed_address[16];
  __u16 passed_port;
  __u8 passed_protocol;
  __u8 passed;
  __u32 unused;
};

HALDANE_GUARD_SHARED struct {
  __uint(type, BPF_MAP_TYPE_SK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct haldane_guard_socket);
} guard_sockets SEC(".maps");

HALDANE_GUARD_SHARED struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 1);
  __type(key, struct haldane_guard_network);
  __type(value, struct haldane_guard_clauses);
} guard_networks SEC(".maps");

HALDANE_GUARD_SHARED struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct haldane_guard_clause);
} guard_clauses SEC(".maps");

HALDANE_GUARD_SHARED struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, HALDANE_GUARD_ADDRESSES);
  __type(key, __u8[16]);
  __type(value, struct haldane_guard_grants);
} guard_addresses SEC(".maps");

HALDANE_GUARD_SHARED struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, HALDANE_GUARD_FLOWS);
  __type(key, struct haldane_guard_flow);
  __type(value, struct haldane_guard_asker);
} guard_flows SEC(".maps");

/* How often each was seen. */
HALDANE_GUARD_SHARED struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, HALDANE_GUARD_CONTACTS);
  __type(key, struct haldane_guard_contact);
  __type(value, __u64);
} guard_contacts SEC(".maps");

/* Cookies of TLS connections whose hello may leave. */
HALDANE_GUARD_SHARED struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 4096);
  __type(key, __u64);
  __type(value, __u32);
} guard_released SEC(".maps");

/* Socket files of daemons that act for others -> enum haldane_guard_handling. */
HALDANE_GUARD_SHARED struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, char[HALDANE_GUARD_PATH_LENGTH]);
  __type(value, __u32);
} guard_unix_paths SEC(".maps");

/* Processes that are or were of the run: tgid -> start. */
HALDANE_GUARD_SHARED struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 16384);
  __type(key, __u32);
  __type(value, __u64);
} guard_members SEC(".maps");

HALDANE_GUARD_SHARED struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4 * 1024 * 1024);
} guard_events SEC(".maps");

/* Where a record of variable length is put together. */
struct haldane_guard_scratch {
  __u8 bytes[8192];
};
HALDANE_GUARD_SHARED struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct haldane_guard_scratch);
} guard_scratch SEC(".maps");

HALDANE_GUARD_SHARED const volatile struct haldane_guard_config guard_config;
HALDANE_GUARD_SHARED struct haldane_guard_state guard_state;
HALDANE_GUARD_SHARED __u64 guard_losses[HALDANE_GUARD_LOSS_COUNT];

static __always_inline void guard_lost(enum haldane_guard_loss what) {
  __sync_fetch_and_add(&guard_losses[what], 1);
}
