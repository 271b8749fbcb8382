#pragma once

#include "bpf/abi/layout.h"

/* What the ring buffer `guard_events` carries: a header, and what its kind adds. */
enum haldane_guard_event_kind {
  HALDANE_GUARD_CONNECT = 1, /* a connect call, or the first datagram to a destination */
  HALDANE_GUARD_PACKET,      /* a packet that no call announced */
  HALDANE_GUARD_LOOKUP,      /* a lookup that was refused before it reached the proxy */
  HALDANE_GUARD_UNIX,        /* a connect to a watched socket file */
  HALDANE_GUARD_HELLO,       /* the first bytes of a TLS connection */
  HALDANE_GUARD_FORK,
  HALDANE_GUARD_EXEC,
  HALDANE_GUARD_EXIT,
  HALDANE_GUARD_MOVED, /* a process was moved out of the run's group */
};

/* Why a call or packet was judged as it was. */
enum haldane_guard_basis {
  HALDANE_GUARD_BY_RULE = 1, /* a clause of the policy */
  HALDANE_GUARD_BY_RESOLVED, /* an allowed name resolved to the address */
  HALDANE_GUARD_BY_DEFAULT,
  HALDANE_GUARD_BY_ENCRYPTED_DNS,
  HALDANE_GUARD_BY_LOOPBACK,
  HALDANE_GUARD_BY_IPV6,
  HALDANE_GUARD_BY_NAMESPACE,  /* the socket is of another network namespace */
  HALDANE_GUARD_BY_DEVICE,     /* the socket is bound to a device, so the proxy is out of its reach */
  HALDANE_GUARD_BY_HEARTBEAT,  /* the proxy does not answer */
  HALDANE_GUARD_BY_BYPASS,     /* a packet to a name server that no call announced */
  HALDANE_GUARD_BY_UNREADABLE, /* a packet whose headers cannot be followed */
};

struct haldane_guard_event {
  __u64 time_ns;  /* CLOCK_MONOTONIC */
  __u64 start_ns; /* of the process, since boot; 0: unknown */
  __u32 kind;     /* enum haldane_guard_event_kind */
  __u32 tgid, tid, uid;
};
HALDANE_SIZE(haldane_guard_event, 32);

/* CONNECT, PACKET, LOOKUP. */
struct haldane_guard_traffic {
  struct haldane_guard_event event;
  __u8 address[16];
  __u16 port; /* host order */
  __u8 protocol;
  __u8 outcome;  /* enum haldane_guard_handling, before the mode: DENY may have passed */
  __u8 basis;    /* enum haldane_guard_basis */
  __u8 enforced; /* not 0: it did not pass */
  __u16 rule;    /* index plus one, 0: none */
  __u64 cookie;  /* of the socket */
};
HALDANE_SIZE(haldane_guard_traffic, 64);

/* UNIX. */
enum { HALDANE_GUARD_PATH_LENGTH = 112 };
struct haldane_guard_unix {
  struct haldane_guard_event event;
  char path[HALDANE_GUARD_PATH_LENGTH]; /* NUL-terminated */
  __u8 handling;                        /* enum haldane_guard_handling */
  __u8 enforced;
  __u8 unused[6];
};
HALDANE_SIZE(haldane_guard_unix, 152);

/* HELLO: the payload follows, of variable length. */
enum { HALDANE_GUARD_HELLO_LENGTH = 2048 };
struct haldane_guard_hello {
  struct haldane_guard_event event;
  __u8 address[16];
  __u8 from[16];
  __u64 cookie;
  __u16 port, from_port; /* host order */
  __u16 length;
  __u16 unused;
};
HALDANE_SIZE(haldane_guard_hello, 80);

/* FORK: of the child in `event`. The parent's place in the script that it reads
 * is noted now, because only now is it sure. */
enum { HALDANE_GUARD_SCRIPT_NAME_LENGTH = 64 };
struct haldane_guard_fork {
  struct haldane_guard_event event;
  __u64 parent_start_ns;
  __u64 script_offset; /* of the next byte that the parent's shell will read */
  __u64 script_inode;  /* 0: the parent reads no script through descriptor 255 */
  __u32 parent_tgid;
  __u32 unused;
  char script_name[HALDANE_GUARD_SCRIPT_NAME_LENGTH]; /* last part of its path */
};
HALDANE_SIZE(haldane_guard_fork, 128);

/* EXEC: path of the file and arguments follow: `path_length` bytes with their
 * NUL, then `argument_length` bytes, each argument with its NUL. */
enum { HALDANE_GUARD_EXEC_PATH_LENGTH = 256, HALDANE_GUARD_ARGUMENTS_LENGTH = 4096 };
struct haldane_guard_exec {
  struct haldane_guard_event event;
  __u64 parent_start_ns;
  __u32 parent_tgid;
  __u32 path_length;
  __u32 argument_length;
  __u32 argument_total; /* as long as they really are */
  char comm[16];
};
HALDANE_SIZE(haldane_guard_exec, 72);

/* MOVED. EXIT is the header alone. */
struct haldane_guard_moved {
  struct haldane_guard_event event;
  __u64 to_cgroup;
};
HALDANE_SIZE(haldane_guard_moved, 40);
