/*
 * Every packet of the run: queries are noted with their sender, destinations
 * that no call announced are judged, and what may not pass is dropped.
 */
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "bpf/lib/guard_verdict.bpf.h"

enum {
  DNS_PORT = 53,
  IPV6_HEADERS = 8, /* extension headers that are followed */
  DROP = 0,
  PASS = 1,
};

struct guard_packet {
  struct guard_target to;
  __u8 from[16];
  __u16 from_port;
  __u8 tcp_flags;
  __u8 unused;
  __u32 payload; /* offset */
};

enum { FLAG_SYN = 2, FLAG_ACK = 16 };

static __always_inline int read_ports(struct __sk_buff* skb, __u32 offset, struct guard_packet* packet) {
  if (packet->to.protocol == IPPROTO_UDP) {
    struct udphdr udp;
    if (bpf_skb_load_bytes(skb, offset, &udp, sizeof(udp))) return -1;
    packet->from_port = bpf_ntohs(udp.source);
    packet->to.port = bpf_ntohs(udp.dest);
    packet->payload = offset + sizeof(udp);
  } else if (packet->to.protocol == IPPROTO_TCP) {
    __u8 tcp[20];
    if (bpf_skb_load_bytes(skb, offset, tcp, sizeof(tcp))) return -1;
    packet->from_port = (__u16)tcp[0] << 8 | tcp[1];
    packet->to.port = (__u16)tcp[2] << 8 | tcp[3];
    packet->tcp_flags = tcp[13];
    packet->payload = offset + (tcp[12] >> 4) * 4;
  }
  return 0;
}

static __always_inline int read_v4(struct __sk_buff* skb, struct guard_packet* packet) {
  struct iphdr ip;
  if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5) return -1;
  map_v4(packet->to.address, ip.daddr);
  map_v4(packet->from, ip.saddr);
  packet->to.protocol = ip.protocol;
  if (ip.frag_off & bpf_htons(0x1fff)) {
    packet->to.any_port = 1;
    return 0;
  }
  return read_ports(skb, ip.ihl * 4, packet);
}

static __always_inline int read_v6(struct __sk_buff* skb, struct guard_packet* packet) {
  struct ipv6hdr ip;
  if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)) || ip.version != 6) return -1;
  __builtin_memcpy(packet->to.address, &ip.daddr, 16);
  __builtin_memcpy(packet->from, &ip.saddr, 16);
  __u32 offset = sizeof(ip);
  __u8 next = ip.nexthdr;
  for (int i = 0; i < IPV6_HEADERS; i++) {
    __u8 header[4];
    if (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS) {
      if (bpf_skb_load_bytes(skb, offset, header, sizeof(header))) return -1;
      offset += (header[1] + 1) * 8;
    } else if (next == IPPROTO_AH) {
      if (bpf_skb_load_bytes(skb, offset, header, sizeof(header))) return -1;
      offset += (header[1] + 2) * 4;
    } else if (next == IPPROTO_FRAGMENT) {
      if (bpf_skb_load_bytes(skb, offset, header, sizeof(header))) return -1;
      offset += 8;
      if (((__u16)header[2] << 8 | header[3]) & 0xfff8) packet->to.any_port = 1;
    } else {
      packet->to.protocol = next;
      return packet->to.any_port ? 0 : read_ports(skb, offset, packet);
    }
    next = header[0];
  }
  return -1;
}

static __always_inline int goes_to_proxy(const struct guard_packet* packet) {
  if (packet->to.any_port || !is_loopback(packet->to.address)) return 0;
  if (packet->to.protocol == IPPROTO_UDP) return packet->to.port == guard_config.proxy_udp_port;
  return packet->to.protocol == IPPROTO_TCP && packet->to.port == guard_config.proxy_tcp_port;
}

/* A datagram leaves in the name of whoever sends it, who need not be the one
 * that connected its socket. Not so the segments of a connection, which leave
 * when there is room. */
static __always_inline void own_datagram(struct haldane_guard_socket* socket,
                                         const struct guard_packet* packet) {
  if (guard_config.current_in_egress && socket && packet->to.protocol == IPPROTO_UDP) own(socket);
}

/* No query waits longer for the proxy. */
#define WAITING_NS 5000000000ull

static __always_inline __u32 digest_message(struct __sk_buff* skb, const struct guard_packet* packet) {
  __u64 words[HALDANE_GUARD_DIGESTED / 8] = {};
  if (skb->len <= packet->payload) return 0;
  __u32 last = skb->len - packet->payload - 1;
  if (last >= sizeof(words)) last = sizeof(words) - 1;
  /* Or the compiler drops the bound that the verifier has to see. */
  asm volatile("%0 &= 0x3f" : "+r"(last));
  if (bpf_skb_load_bytes(skb, packet->payload, words, last + 1)) return 0;
  return haldane_guard_digest(words);
}

/* Notes who sent a query, before the proxy can have received it. */
static __always_inline void note_flow(struct __sk_buff* skb, const struct guard_packet* packet,
                                      const struct haldane_guard_socket* socket) {
  struct haldane_guard_flow flow = {.port = packet->from_port, .protocol = packet->to.protocol};
  const int datagram = packet->to.protocol == IPPROTO_UDP;
  if (!datagram && !(packet->tcp_flags & FLAG_SYN)) return;
  if (datagram) flow.message = digest_message(skb, packet);
  copy_address(flow.address, packet->from);
  struct haldane_guard_asker asker = {};
  if (!socket) {
    /* Nobody is better than the last one who had this port. */
    bpf_map_delete_elem(&guard_flows, &flow);
    guard_lost(HALDANE_GUARD_LOST_FLOW);
    return;
  }
  asker.start_ns = socket->start_ns;
  asker.tgid = socket->tgid;
  asker.tid = socket->tid;
  asker.uid = socket->uid;
  asker.noted_ns = bpf_ktime_get_ns();
  const struct haldane_guard_asker* before = bpf_map_lookup_elem(&guard_flows, &flow);
  if (datagram && before && asker.noted_ns - before->noted_ns < WAITING_NS &&
      (before->tgid != asker.tgid || before->start_ns != asker.start_ns)) {
    asker.tgid = 0; /* whose query the proxy reads next cannot be known */
  }
  if (socket->redirected) {
    copy_address(asker.server, socket->server);
    asker.server_port = socket->server_port;
  }
  if (bpf_map_update_elem(&guard_flows, &flow, &asker, BPF_ANY)) guard_lost(HALDANE_GUARD_LOST_FLOW);
}

_Static_assert((HALDANE_GUARD_HELLO_LENGTH & (HALDANE_GUARD_HELLO_LENGTH - 1)) == 0, "used as a mask");

/* Reports the first data of a TLS connection, of which there is some. Not 0 when
 * it was reported. */
static __always_inline int report_hello(struct __sk_buff* skb, const struct guard_packet* packet,
                                        const struct haldane_guard_socket* socket, __u64 cookie) {
  struct {
    struct haldane_guard_hello head;
    __u8 bytes[HALDANE_GUARD_HELLO_LENGTH];
  }* hello = bpf_ringbuf_reserve(&guard_events, sizeof(*hello), 0);
  if (!hello) {
    guard_lost(HALDANE_GUARD_LOST_EVENT);
    return 0;
  }
  describe_event(&hello->head.event, HALDANE_GUARD_HELLO, socket);
  copy_address(hello->head.address, packet->to.address);
  copy_address(hello->head.from, packet->from);
  hello->head.port = packet->to.port;
  hello->head.from_port = packet->from_port;
  hello->head.cookie = cookie;
  hello->head.unused = 0;
  /* Masked where the compiler does not see it: it would drop the bound that the
   * verifier has to see, and older ones do not learn from a comparison with 0. */
  __u64 last = skb->len - packet->payload - 1;
  if (last >= HALDANE_GUARD_HELLO_LENGTH) last = HALDANE_GUARD_HELLO_LENGTH - 1;
  asm volatile("%0 &= %1" : "+r"(last) : "i"(HALDANE_GUARD_HELLO_LENGTH - 1));
  const __u64 length = last + 1;
  if (bpf_skb_load_bytes(skb, packet->payload, hello->bytes, length)) {
    bpf_ringbuf_discard(hello, 0);
    return 0;
  }
  hello->head.length = length;
  bpf_ringbuf_submit(hello, 0);
  return 1;
}

/* Looks for a TLS hello in the first data of a connection. Where its name is
 * enforced it waits until it is released: TCP sends it again after 200 ms. */
static __always_inline int watch_hello(struct __sk_buff* skb, const struct guard_packet* packet,
                                       struct haldane_guard_socket* socket, __u64 cookie) {
  __u8 start[6];
  if (bpf_skb_load_bytes(skb, packet->payload, start, sizeof(start))) return PASS; /* no data yet */
  if (socket->hello == HELLO_HELD) {
    if (!bpf_map_lookup_elem(&guard_released, &cookie)) return DROP;
    socket->hello = HELLO_DONE;
    return PASS;
  }
  if (start[0] != 0x16 || start[1] != 3 || start[5] != 1) {
    socket->hello = HELLO_DONE;
    return PASS;
  }
  const int reported = report_hello(skb, packet, socket, cookie);
  if (guard_config.sni != HALDANE_GUARD_SNI_HOLD) {
    socket->hello = HELLO_DONE;
    return PASS;
  }
  if (reported) socket->hello = HELLO_HELD; /* otherwise the next attempt is */
  return DROP;
}

static __always_inline int drop_for(struct haldane_guard_socket* socket, const struct guard_packet* packet,
                                    __u8 basis, __u64 cookie) {
  struct guard_verdict verdict = {.outcome = HALDANE_GUARD_DENY, .basis = basis};
  report(socket, &packet->to, &verdict, HALDANE_GUARD_PACKET, cookie);
  return passes(HALDANE_GUARD_DENY) ? PASS : DROP;
}

SEC("cgroup_skb/egress")
int guard_egress(struct __sk_buff* skb) {
  struct bpf_sock* sk = skb->sk ? bpf_sk_fullsock(skb->sk) : 0;
  struct haldane_guard_socket* socket = sk ? bpf_sk_storage_get(&guard_sockets, sk, 0, 0) : 0;
  const __u64 cookie = bpf_get_socket_cookie(skb);
  struct guard_packet packet = {};
  const int unreadable = skb->protocol == bpf_htons(ETH_P_IP) ? read_v4(skb, &packet) : read_v6(skb, &packet);
  if (unreadable) return drop_for(socket, &packet, HALDANE_GUARD_BY_UNREADABLE, cookie);

  if (goes_to_proxy(&packet)) {
    own_datagram(socket, &packet);
    note_flow(skb, &packet, socket);
    return PASS;
  }
  if (socket && guard_config.sni && packet.to.protocol == IPPROTO_TCP && socket->hello != HELLO_DONE &&
      !packet.to.any_port && watch_hello(skb, &packet, socket, cookie) == DROP) {
    return DROP;
  }
  if (socket && socket->passed && socket->passed_port == packet.to.port &&
      socket->passed_protocol == packet.to.protocol && !packet.to.any_port &&
      same_address(socket->passed_address, packet.to.address)) {
    return PASS;
  }
  if (packet.to.port == DNS_PORT && !packet.to.any_port &&
      (packet.to.protocol == IPPROTO_UDP || packet.to.protocol == IPPROTO_TCP)) {
    /* Only where the calls let lookups past a silent proxy they may leave. */
    const int open = proxy_is_stale() && (guard_config.open_if_stale || !guard_config.enforce);
    return open ? PASS : drop_for(socket, &packet, HALDANE_GUARD_BY_BYPASS, cookie);
  }
  own_datagram(socket, &packet);
  struct guard_verdict verdict;
  const int outcome = judge(&packet.to, &verdict);
  if (!packet.to.any_port) {
    const __u32 kind =
        socket && packet.to.protocol == IPPROTO_UDP ? HALDANE_GUARD_CONNECT : HALDANE_GUARD_PACKET;
    report(socket, &packet.to, &verdict, kind, cookie);
  }
  if (!passes(outcome)) return DROP;
  if (socket && !packet.to.any_port) remember_pass(socket, &packet.to);
  return PASS;
}
