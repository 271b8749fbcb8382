/* What the policy's tables say of a destination, and telling user space. */
#include <linux/in.h>

#include "bpf/lib/guard_verdict.bpf.h"

static __always_inline int covers(const struct haldane_guard_clause* clause, const struct guard_target* to) {
  if (clause->protocol && clause->protocol != to->protocol) return 0;
  if (to->any_port) return !clause->deny;
  return clause->first_port <= to->port && to->port <= clause->last_port;
}

/* The first clause of the policy's networks that covers the target. */
static __always_inline int judge_by_network(const struct guard_target* to, struct guard_verdict* verdict) {
  if (!to || !verdict) return 0;
  struct haldane_guard_network network = {.prefix_bits = 128};
  copy_address(network.address, to->address);
  const struct haldane_guard_clauses* clauses = bpf_map_lookup_elem(&guard_networks, &network);
  if (!clauses) return 0;
  for (__u32 i = 0; i < HALDANE_GUARD_CLAUSES_AT; i++) {
    if (i >= clauses->count) break;
    __u32 index = clauses->first + i;
    const struct haldane_guard_clause* clause = bpf_map_lookup_elem(&guard_clauses, &index);
    if (!clause) break;
    if (!covers(clause, to)) continue;
    verdict->outcome = clause->deny ? HALDANE_GUARD_DENY : HALDANE_GUARD_ALLOW;
    verdict->basis = HALDANE_GUARD_BY_RULE;
    verdict->rule = clause->rule;
    return 1;
  }
  return 0;
}

/* The same of the names that resolved to its address. */
static __always_inline int judge_by_names(const struct guard_target* to, struct guard_verdict* verdict) {
  if (!to || !verdict) return 0;
  /* Kernels before 6.3 want keys on the program's own stack. */
  __u8 address[16];
  copy_address(address, to->address);
  const struct haldane_guard_grants* grants = bpf_map_lookup_elem(&guard_addresses, address);
  if (!grants) return 0;
  const int expired = grants->expires_ns && bpf_ktime_get_ns() > grants->expires_ns;
  for (__u32 i = 0; i < HALDANE_GUARD_GRANTS; i++) {
    if (i >= grants->count) break;
    const struct haldane_guard_clause* clause = &grants->clauses[i];
    if ((expired && !clause->deny) || !covers(clause, to)) continue;
    verdict->outcome = clause->deny ? HALDANE_GUARD_DENY : HALDANE_GUARD_ALLOW;
    verdict->basis = HALDANE_GUARD_BY_RESOLVED;
    verdict->rule = clause->rule;
    return 1;
  }
  return 0;
}

static __always_inline int handle(struct guard_verdict* verdict, __u8 handling, __u8 basis) {
  verdict->outcome = handling;
  verdict->basis = basis;
  return handling;
}

/* What the policy says of DNS over TLS and of QUIC, when this is one of them. */
static __always_inline __u8 encrypted_dns(const struct guard_target* to) {
  if (to->port == 853 && (to->protocol == IPPROTO_TCP || to->protocol == IPPROTO_UDP))
    return guard_config.dot;
  if (to->port == 443 && to->protocol == IPPROTO_UDP) return guard_config.quic;
  return HALDANE_GUARD_ALLOW;
}

static __always_inline int by_default(struct guard_verdict* verdict) {
  return handle(
      verdict, guard_config.verdict == HALDANE_GUARD_DEFAULT_ALLOW ? HALDANE_GUARD_ALLOW : HALDANE_GUARD_DENY,
      HALDANE_GUARD_BY_DEFAULT);
}

__noinline int judge(const struct guard_target* to, struct guard_verdict* verdict) {
  if (!to || !verdict) return HALDANE_GUARD_DENY;
  struct guard_verdict by_network = {}, by_names = {};
  __builtin_memset(verdict, 0, sizeof(*verdict));
  const int network = judge_by_network(to, &by_network), names = judge_by_names(to, &by_names);
  if (network && by_network.outcome == HALDANE_GUARD_DENY) {
    *verdict = by_network;
    return verdict->outcome;
  }
  if (names && by_names.outcome == HALDANE_GUARD_DENY) {
    *verdict = by_names;
    return verdict->outcome;
  }
  const int local = is_loopback(to->address) || is_unspecified(to->address);
  if (guard_config.deny_ipv6 && !is_v4(to->address) && !local) {
    return handle(verdict, HALDANE_GUARD_DENY, HALDANE_GUARD_BY_IPV6);
  }
  const __u8 encrypted = encrypted_dns(to);
  if (encrypted == HALDANE_GUARD_DENY) return handle(verdict, encrypted, HALDANE_GUARD_BY_ENCRYPTED_DNS);
  if (network) {
    *verdict = by_network;
  } else if (local) {
    handle(verdict, guard_config.loopback, HALDANE_GUARD_BY_LOOPBACK);
  } else if (names) {
    *verdict = by_names;
  } else {
    by_default(verdict);
  }
  if (encrypted == HALDANE_GUARD_WARN && verdict->outcome == HALDANE_GUARD_ALLOW) {
    verdict->outcome = HALDANE_GUARD_WARN;
  }
  return verdict->outcome;
}

__noinline int report(const struct haldane_guard_socket* owner, const struct guard_target* to,
                      const struct guard_verdict* verdict, __u32 kind, __u64 cookie) {
  if (!to || !verdict) return 0;
  struct haldane_guard_contact contact = {.port = to->port, .protocol = to->protocol};
  copy_address(contact.address, to->address);
  contact.tgid = owner ? owner->tgid : 0;
  contact.outcome = verdict->outcome;
  __u64* seen = bpf_map_lookup_elem(&guard_contacts, &contact);
  if (seen) {
    __sync_fetch_and_add(seen, 1);
    return 0;
  }
  const __u64 once = 1;
  if (bpf_map_update_elem(&guard_contacts, &contact, &once, BPF_ANY)) guard_lost(HALDANE_GUARD_LOST_CONTACT);

  struct haldane_guard_traffic* event = bpf_ringbuf_reserve(&guard_events, sizeof(*event), 0);
  if (!event) {
    /* The next one is to be reported instead. */
    bpf_map_delete_elem(&guard_contacts, &contact);
    guard_lost(HALDANE_GUARD_LOST_EVENT);
    return 0;
  }
  describe_event(&event->event, kind, owner);
  copy_address(event->address, to->address);
  event->port = to->port;
  event->protocol = to->protocol;
  event->outcome = verdict->outcome;
  event->basis = verdict->basis;
  event->rule = verdict->rule;
  event->enforced = verdict->outcome == HALDANE_GUARD_DENY && guard_config.enforce ? 1 : 0;
  event->cookie = cookie;
  bpf_ringbuf_submit(event, 0);
  return 0;
}
