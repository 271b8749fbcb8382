#pragma once

#include "bpf/lib/bpf.bpf.h"

#include "bpf/abi/class_cell.h"
#include "bpf/abi/connection.h"
#include "bpf/abi/drops.h"
#include "bpf/abi/slot.h"

/* Every map, defined by maps.bpf.c and shared by all programs. */
#ifdef HALDANE_DEFINE_MAPS
#define HALDANE_SHARED
#else
#define HALDANE_SHARED extern
#endif

/* Which processes are counted (tgid), and where. */
HALDANE_SHARED struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, HALDANE_SLOTS);
  __type(key, __u32);
  __type(value, __u32);
} processes SEC(".maps");

HALDANE_SHARED struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, HALDANE_SLOTS);
  __type(key, __u32);
  __type(value, struct haldane_slot);
} slots SEC(".maps");

/* Indexes of zeroed slots: the agent fills it, a fork takes one. */
HALDANE_SHARED struct {
  __uint(type, BPF_MAP_TYPE_QUEUE);
  __uint(max_entries, HALDANE_SLOTS);
  __type(value, __u32);
} free_slots SEC(".maps");

HALDANE_SHARED struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, HALDANE_CLASS_CELLS);
  __type(key, struct haldane_class_key);
  __type(value, __u32);
} class_index SEC(".maps");

HALDANE_SHARED struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, HALDANE_CLASS_CELLS);
  __type(key, __u32);
  __type(value, struct haldane_class_cell);
} class_cells SEC(".maps");

HALDANE_SHARED struct {
  __uint(type, BPF_MAP_TYPE_QUEUE);
  __uint(max_entries, HALDANE_CLASS_CELLS);
  __type(value, __u32);
} free_class_cells SEC(".maps");

/* By index of the slot. */
HALDANE_SHARED struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, HALDANE_SLOTS);
  __type(key, __u32);
  __type(value, struct haldane_histogram);
} http_latency SEC(".maps");

HALDANE_SHARED struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, HALDANE_SLOTS);
  __type(key, __u32);
  __type(value, struct haldane_histogram);
} gc_pause SEC(".maps");

/* Response heads between entry and exit of the system call that writes them, by
 * thread (pid_tgid). */
HALDANE_SHARED struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8192);
  __type(key, __u64);
  __type(value, struct haldane_pending_response);
} pending_responses SEC(".maps");

/* Reads of connections that wait for a request, by thread -> descriptor. */
HALDANE_SHARED struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8192);
  __type(key, __u64);
  __type(value, __u32);
} pending_reads SEC(".maps");

/* Forgets what was not used for longest: nobody tells us of every close. */
HALDANE_SHARED struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 65536);
  __type(key, struct haldane_connection_key);
  __type(value, struct haldane_connection);
} connections SEC(".maps");

/* TCP sockets of counted processes: address of the kernel's socket -> tgid. */
HALDANE_SHARED struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 65536);
  __type(key, __u64);
  __type(value, __u32);
} socket_owners SEC(".maps");

HALDANE_SHARED struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 256 * 1024);
} lifecycle SEC(".maps");

/* By enum haldane_drop_site. */
HALDANE_SHARED __u64 drops[HALDANE_DROP_SITE_COUNT];

/* Set by the agent: whether entries into the main loop, and the responses beside
 * them, are counted now. */
HALDANE_SHARED __u32 burst_is_on;

/* Set by the agent: whether latency.bpf.c's programs are attached. */
HALDANE_SHARED __u32 latency_is_measured;
