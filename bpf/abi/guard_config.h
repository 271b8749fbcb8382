#pragma once

#include "bpf/abi/layout.h"

enum haldane_guard_sni {
  HALDANE_GUARD_SNI_OFF = 0,
  HALDANE_GUARD_SNI_COPY = 1, /* TLS hellos are copied */
  HALDANE_GUARD_SNI_HOLD = 2, /* and do not leave before they are released */
};

/* What a run's programs are told before they are loaded; constant from then on,
 * so that the verifier removes what a run does not need. */
enum haldane_guard_handling {
  HALDANE_GUARD_ALLOW = 0,
  HALDANE_GUARD_WARN = 1,
  HALDANE_GUARD_DENY = 2,
};

enum haldane_guard_default {
  HALDANE_GUARD_DEFAULT_ALLOW = 0,
  HALDANE_GUARD_DEFAULT_RESOLVED = 1,
  HALDANE_GUARD_DEFAULT_DENY = 2,
};

struct haldane_guard_config {
  __u64 cgroup_id;         /* of the run's group in the unified hierarchy */
  __u64 netns_cookie;      /* of the network namespace that the proxy listens in */
  __u32 cgroup_level;      /* its depth below the root */
  __u32 current_in_egress; /* not 0: egress programs may ask who runs (Linux 6.10) */
  __u16 proxy_udp_port;    /* host order, on 127.0.0.1 and ::1 */
  __u16 proxy_tcp_port;
  __u8 enforce;       /* 0: observe */
  __u8 verdict;       /* enum haldane_guard_default */
  __u8 open_if_stale; /* not 0: a proxy without a heartbeat is bypassed instead of denied */
  __u8 deny_ipv6;
  __u8 dot, quic, loopback; /* enum haldane_guard_handling */
  __u8 sni;                 /* enum haldane_guard_sni */
  __u32 unused;
};

HALDANE_SIZE(haldane_guard_config, 40);
HALDANE_OFFSET(haldane_guard_config, proxy_udp_port, 24);
HALDANE_OFFSET(haldane_guard_config, unused, 36);

/* What changes while the programs run. */
struct haldane_guard_state {
  __u64 heartbeat_ns; /* CLOCK_MONOTONIC, when the proxy's loop last turned; 0: not yet */
};

/* A heartbeat that is older says that the proxy hangs or is dead. */
#define HALDANE_GUARD_STALE_NS (2ull * 1000 * 1000 * 1000)

/* Where something was lost or could not be done, in the counters `guard_losses`. */
enum haldane_guard_loss {
  HALDANE_GUARD_LOST_EVENT = 0, /* the ring was full: a contact, denial or hello */
  HALDANE_GUARD_LOST_PROCESS,   /* the ring was full: a fork, exec or exit */
  HALDANE_GUARD_LOST_FLOW,      /* a query's sender could not be noted */
  HALDANE_GUARD_LOST_OWNER,     /* a socket's owner could not be noted */
  HALDANE_GUARD_LOST_CONTACT,   /* a destination could not be counted */
  HALDANE_GUARD_STALE_DENIED,   /* a lookup was refused for want of a heartbeat */
  HALDANE_GUARD_STALE_PASSED,   /* a lookup went past the proxy for want of a heartbeat */
  HALDANE_GUARD_LOSS_COUNT = 8,
};
