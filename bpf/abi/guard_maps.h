#pragma once

#include "bpf/abi/layout.h"

/* Sizes of tables. The loader may shrink none and grows `guard_clauses` and
 * `guard_networks` to what the policy needs. */
enum {
  HALDANE_GUARD_ADDRESSES = 16384, /* that names resolved to, in one run */
  HALDANE_GUARD_GRANTS = 8,        /* clauses of one such address */
  HALDANE_GUARD_FLOWS = 16384,     /* queries between their sending and their answer */
  HALDANE_GUARD_CONTACTS = 16384,  /* destinations of processes that were reported */
  HALDANE_GUARD_CLAUSES_AT = 64,   /* clauses of one network */
};

/* One port range that a rule allows or denies. */
struct haldane_guard_clause {
  __u16 first_port, last_port; /* host order, both included */
  __u8 protocol;               /* IPPROTO_*, 0 for every one */
  __u8 deny;
  __u16 rule; /* index into the policy's rules, plus one */
};
HALDANE_SIZE(haldane_guard_clause, 8);

/* Key of `guard_networks`: longest prefix first. IPv4 is ::ffff:a.b.c.d. */
struct haldane_guard_network {
  __u32 prefix_bits;
  __u8 address[16];
};
HALDANE_SIZE(haldane_guard_network, 20);

/* The clauses of a network and of all that contain it, denials first. */
struct haldane_guard_clauses {
  __u32 first; /* index into `guard_clauses` */
  __u32 count;
};
HALDANE_SIZE(haldane_guard_clauses, 8);

/* Value of `guard_addresses`: what names that resolved to an address grant. */
struct haldane_guard_grants {
  __u64 expires_ns; /* CLOCK_MONOTONIC; 0: never. Denials do not expire. */
  __u32 count;
  __u32 unused;
  struct haldane_guard_clause clauses[HALDANE_GUARD_GRANTS]; /* denials first */
};
HALDANE_SIZE(haldane_guard_grants, 80);

/* A query on its way to the proxy: where it comes from and what it says, since
 * while it waits its sender may exit and another get its port and number. For TCP
 * the connection, with message 0. */
struct haldane_guard_flow {
  __u8 address[16];
  __u32 message; /* haldane_guard_digest of its first bytes */
  __u16 port;    /* host order */
  __u8 protocol;
  __u8 unused;
};
HALDANE_SIZE(haldane_guard_flow, 24);

/* Of the first 64 bytes of a message, zeros where it is shorter. */
enum { HALDANE_GUARD_DIGESTED = 64 };
static inline __u32 haldane_guard_digest(const __u64* words) {
  __u64 digest = 0;
  for (int i = 0; i < HALDANE_GUARD_DIGESTED / 8; i++) {
    digest = (digest ^ words[i]) * 0x9e3779b97f4a7c15ull;
    digest ^= digest >> 29;
  }
  return (__u32)(digest >> 32);
}

/* Who it was, and where it was going. */
struct haldane_guard_asker {
  __u64 start_ns;       /* of the process, since boot */
  __u64 noted_ns;       /* CLOCK_MONOTONIC */
  __u32 tgid, tid, uid; /* tgid 0: two processes sent the same at almost the same time */
  __u16 server_port;    /* host order */
  __u16 unused;
  __u8 server[16];
};
HALDANE_SIZE(haldane_guard_asker, 48);

/* Key of `guard_contacts`: what was reported already, and is only counted. */
struct haldane_guard_contact {
  __u8 address[16];
  __u32 tgid;
  __u16 port;
  __u8 protocol;
  __u8 outcome; /* enum haldane_guard_handling, HALDANE_GUARD_ALLOW for a first contact */
};
HALDANE_SIZE(haldane_guard_contact, 24);
