/*
 * The script's calls on sockets: lookups are led to the proxy and back, denied
 * connections fail at once, and every socket gets an owner.
 */
#include <linux/in.h>

#include "bpf/lib/guard_verdict.bpf.h"

enum { DNS_PORT = 53, SOCK_DGRAM = 2 };

/* Multipath TCP is TCP on the wire. */
static __always_inline __u8 protocol_of(const struct bpf_sock_addr* call) {
  const __u32 protocol = call->protocol;
  return protocol == IPPROTO_MPTCP ? IPPROTO_TCP : protocol;
}

static __always_inline void target_v4(const struct bpf_sock_addr* call, struct guard_target* to) {
  map_v4(to->address, call->user_ip4);
  to->port = bpf_ntohs((__u16)call->user_port);
  to->protocol = protocol_of(call);
}

static __always_inline void target_v6(const struct bpf_sock_addr* call, struct guard_target* to) {
  __u32* words = (__u32*)to->address;
  words[0] = call->user_ip6[0];
  words[1] = call->user_ip6[1];
  words[2] = call->user_ip6[2];
  words[3] = call->user_ip6[3];
  to->port = bpf_ntohs((__u16)call->user_port);
  to->protocol = protocol_of(call);
}

static __always_inline int is_dns(const struct guard_target* to) {
  return to->port == DNS_PORT && (to->protocol == IPPROTO_UDP || to->protocol == IPPROTO_TCP);
}

static __always_inline int refuse(struct haldane_guard_socket* socket, const struct guard_target* to,
                                  __u8 basis, __u32 kind, __u64 cookie) {
  struct guard_verdict verdict = {.outcome = HALDANE_GUARD_DENY, .basis = basis};
  report(socket, to, &verdict, kind, cookie);
  return passes(HALDANE_GUARD_DENY);
}

enum { REFUSED = 0, UNTOUCHED = 1, REDIRECTED = 2 };

/* A lookup: whether it can be led to the proxy, and otherwise what becomes of it. */
static __always_inline int lead(struct bpf_sock_addr* call, struct haldane_guard_socket* socket,
                                const struct guard_target* to) {
  const __u64 cookie = bpf_get_socket_cookie(call);
  if (bpf_get_netns_cookie(call) != guard_config.netns_cookie) {
    return refuse(socket, to, HALDANE_GUARD_BY_NAMESPACE, HALDANE_GUARD_LOOKUP, cookie);
  }
  if (call->sk->bound_dev_if && !is_loopback(to->address)) {
    return refuse(socket, to, HALDANE_GUARD_BY_DEVICE, HALDANE_GUARD_LOOKUP, cookie);
  }
  if (proxy_is_stale()) {
    if (guard_config.open_if_stale || !guard_config.enforce) {
      guard_lost(HALDANE_GUARD_STALE_PASSED);
      return UNTOUCHED;
    }
    guard_lost(HALDANE_GUARD_STALE_DENIED);
    return refuse(socket, to, HALDANE_GUARD_BY_HEARTBEAT, HALDANE_GUARD_LOOKUP, cookie);
  }
  if (!socket) {
    /* The sender would stay unknown and the answer seem to come from us. */
    return REFUSED;
  }
  copy_address(socket->server, to->address);
  socket->server_port = to->port;
  socket->redirected = 1;
  return REDIRECTED;
}

static __always_inline __u32 proxy_port(const struct guard_target* to) {
  return bpf_htons(to->protocol == IPPROTO_UDP ? guard_config.proxy_udp_port : guard_config.proxy_tcp_port);
}

static __always_inline struct haldane_guard_socket* owned(struct bpf_sock_addr* call) {
  struct haldane_guard_socket* socket =
      bpf_sk_storage_get(&guard_sockets, call->sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
  if (!socket) {
    guard_lost(HALDANE_GUARD_LOST_OWNER);
    return 0;
  }
  own(socket);
  return socket;
}

/* A connect that is no lookup. One of a datagram socket sends nothing, and
 * resolvers use it to sort addresses: its first datagram is judged instead. */
static __always_inline int connect_elsewhere(struct bpf_sock_addr* call, struct haldane_guard_socket* socket,
                                             const struct guard_target* to) {
  if (socket) socket->redirected = 0;
  if (call->type == SOCK_DGRAM) return 1;
  struct guard_verdict verdict;
  const int outcome = judge(to, &verdict);
  report(socket, to, &verdict, HALDANE_GUARD_CONNECT, bpf_get_socket_cookie(call));
  if (!passes(outcome)) return 0;
  if (socket) remember_pass(socket, to);
  return 1;
}

static __always_inline void redirect_v4(struct bpf_sock_addr* call, const struct guard_target* to) {
  call->user_ip4 = bpf_htonl(INADDR_LOOPBACK);
  call->user_port = proxy_port(to);
}

static __always_inline void redirect_v6(struct bpf_sock_addr* call, const struct guard_target* to) {
  const int mapped = is_v4(to->address);
  call->user_ip6[0] = 0;
  call->user_ip6[1] = 0;
  call->user_ip6[2] = mapped ? bpf_htonl(0xffff) : 0;
  call->user_ip6[3] = mapped ? bpf_htonl(INADDR_LOOPBACK) : bpf_htonl(1);
  call->user_port = proxy_port(to);
}

SEC("cgroup/connect4")
int guard_connect4(struct bpf_sock_addr* call) {
  struct guard_target to = {};
  target_v4(call, &to);
  struct haldane_guard_socket* socket = owned(call);
  if (!is_dns(&to)) return connect_elsewhere(call, socket, &to);
  const int led = lead(call, socket, &to);
  if (led == REDIRECTED) redirect_v4(call, &to);
  return led == REFUSED ? 0 : 1;
}

SEC("cgroup/connect6")
int guard_connect6(struct bpf_sock_addr* call) {
  struct guard_target to = {};
  target_v6(call, &to);
  struct haldane_guard_socket* socket = owned(call);
  if (!is_dns(&to)) return connect_elsewhere(call, socket, &to);
  const int led = lead(call, socket, &to);
  if (led == REDIRECTED) redirect_v6(call, &to);
  return led == REFUSED ? 0 : 1;
}

SEC("cgroup/sendmsg4")
int guard_sendmsg4(struct bpf_sock_addr* call) {
  struct guard_target to = {};
  target_v4(call, &to);
  struct haldane_guard_socket* socket = owned(call);
  if (!is_dns(&to)) return 1; /* the datagram itself is judged */
  const int led = lead(call, socket, &to);
  if (led == REDIRECTED) redirect_v4(call, &to);
  return led == REFUSED ? 0 : 1;
}

SEC("cgroup/sendmsg6")
int guard_sendmsg6(struct bpf_sock_addr* call) {
  struct guard_target to = {};
  target_v6(call, &to);
  struct haldane_guard_socket* socket = owned(call);
  if (!is_dns(&to)) return 1;
  const int led = lead(call, socket, &to);
  if (led == REDIRECTED) redirect_v6(call, &to);
  return led == REFUSED ? 0 : 1;
}

/* The socket's own view of where a datagram came from or who its peer is, when
 * that is the proxy; null otherwise. */
static __always_inline const struct haldane_guard_socket* led_astray(struct bpf_sock_addr* call,
                                                                     const struct guard_target* from) {
  if (!is_loopback(from->address)) return 0;
  if (from->port != guard_config.proxy_udp_port && from->port != guard_config.proxy_tcp_port) return 0;
  const struct haldane_guard_socket* socket = bpf_sk_storage_get(&guard_sockets, call->sk, 0, 0);
  return socket && socket->redirected ? socket : 0;
}

static __always_inline int restore_v4(struct bpf_sock_addr* call) {
  struct guard_target from = {};
  target_v4(call, &from);
  const struct haldane_guard_socket* socket = led_astray(call, &from);
  if (!socket) return 1;
  call->user_ip4 = ((const __u32*)socket->server)[3];
  call->user_port = bpf_htons(socket->server_port);
  return 1;
}

static __always_inline int restore_v6(struct bpf_sock_addr* call) {
  struct guard_target from = {};
  target_v6(call, &from);
  const struct haldane_guard_socket* socket = led_astray(call, &from);
  if (!socket) return 1;
  const __u32* words = (const __u32*)socket->server;
  call->user_ip6[0] = words[0];
  call->user_ip6[1] = words[1];
  call->user_ip6[2] = words[2];
  call->user_ip6[3] = words[3];
  call->user_port = bpf_htons(socket->server_port);
  return 1;
}

SEC("cgroup/recvmsg4")
int guard_recvmsg4(struct bpf_sock_addr* call) { return restore_v4(call); }

SEC("cgroup/recvmsg6")
int guard_recvmsg6(struct bpf_sock_addr* call) { return restore_v6(call); }

SEC("cgroup/getpeername4")
int guard_getpeername4(struct bpf_sock_addr* call) { return restore_v4(call); }

SEC("cgroup/getpeername6")
int guard_getpeername6(struct bpf_sock_addr* call) { return restore_v6(call); }

/* Raw and ICMP sockets make no call that a program sees: this is where they get
 * their owner. */
SEC("cgroup/sock_create")
int guard_sock_create(struct bpf_sock* sock) {
  struct haldane_guard_socket* socket =
      bpf_sk_storage_get(&guard_sockets, sock, 0, BPF_SK_STORAGE_GET_F_CREATE);
  if (socket) own(socket);
  return 1;
}
