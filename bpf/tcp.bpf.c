/*
 * Counts what goes wrong with TCP connections. Most of it happens while some
 * other process, or none, is running: so sockets are remembered with the process
 * that connected or accepted them.
 */
#include "bpf/lib/sockets.bpf.h"
#include "bpf/lib/syscalls.bpf.h"

/* Arguments: socket, old state, new state. A socket's owner is not forgotten when
 * it closes, since a reset may be sent after that, but when its memory becomes
 * another connection. */
SEC("raw_tp/inet_sock_set_state")
int on_socket_state(struct bpf_raw_tracepoint_args* ctx) {
  __u64 sock = ctx->args[0];
  int before = ctx->args[1], after = ctx->args[2];
  if (after == BPF_TCP_SYN_SENT || after == BPF_TCP_SYN_RECV) bpf_map_delete_elem(&socket_owners, &sock);
  if (after == BPF_TCP_SYN_SENT) own_socket(sock); /* connect runs in the process that calls it */
  if (before == BPF_TCP_SYN_SENT && after == BPF_TCP_CLOSE) {
    struct haldane_slot* slot = owner_of(sock);
    if (slot) __sync_fetch_and_add(&slot->tcp_connect_failures, 1);
  }
  return 0;
}

/* Arguments: socket, packet. */
SEC("raw_tp/tcp_retransmit_skb")
int on_retransmit(struct bpf_raw_tracepoint_args* ctx) {
  struct haldane_slot* slot = owner_of(ctx->args[0]);
  if (slot) __sync_fetch_and_add(&slot->tcp_retransmits, 1);
  return 0;
}

/* Arguments: socket; none for a packet that belongs to no connection. */
SEC("raw_tp/tcp_send_reset")
int on_reset_sent(struct bpf_raw_tracepoint_args* ctx) {
  struct haldane_slot* slot = owner_of(ctx->args[0]);
  if (slot) __sync_fetch_and_add(&slot->tcp_resets, 1);
  return 0;
}

SEC("raw_tp/tcp_receive_reset")
int on_reset_received(struct bpf_raw_tracepoint_args* ctx) {
  struct haldane_slot* slot = owner_of(ctx->args[0]);
  if (slot) __sync_fetch_and_add(&slot->tcp_resets, 1);
  return 0;
}

static __always_inline int own_accepted(const struct syscall_exit* ctx) {
  if (ctx->result >= 0 && is_counted()) own_socket(sock_of(ctx->result));
  return 0;
}

SEC("tracepoint/syscalls/sys_exit_accept")
int own_accept(struct syscall_exit* ctx) { return own_accepted(ctx); }

SEC("tracepoint/syscalls/sys_exit_accept4")
int own_accept4(struct syscall_exit* ctx) { return own_accepted(ctx); }
