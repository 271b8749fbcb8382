#pragma once

#include "bpf/abi/layout.h"

/* Entries of the map `connections`. */
struct haldane_connection_key {
  __u32 tgid;
  __u32 fd;
};

struct haldane_connection {
  /* When the first bytes after the last response were read; 0 when that was not
   * seen. Stays when the response goes out: a request that was read along with
   * the one before (pipelining) began then, too. */
  __u64 request_ns;
  __u32 unanswered; /* 1 from that read to the response */
  __u32 unused;
};

/* A response head between entry and exit of the system call that writes it. */
struct haldane_pending_response {
  __u32 status;
  __u32 fd;
};

HALDANE_SIZE(haldane_connection_key, 8);
HALDANE_SIZE(haldane_connection, 16);
HALDANE_SIZE(haldane_pending_response, 8);
