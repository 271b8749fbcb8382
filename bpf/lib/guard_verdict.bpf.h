#pragma once

#include "bpf/lib/guard_owner.bpf.h"

/* Where something goes. */
struct guard_target {
  __u8 address[16];
  __u16 port; /* host order; 0 where the protocol has none */
  __u8 protocol;
  __u8 any_port; /* not 0: a later fragment, which does not say its port */
};

struct guard_verdict {
  __u8 outcome; /* enum haldane_guard_handling */
  __u8 basis;   /* enum haldane_guard_basis */
  __u16 rule;
};

/* These are functions of their own in the kernel, verified once however often
 * they are called: what they are given may be null as far as it knows. */

/* Policy::JudgeDestination of guard/policy, tabulated: what the two say is held
 * to be equal by a test. Returns the outcome. */
int judge(const struct guard_target* to, struct guard_verdict* verdict);

/* Reports a judged call or packet once per process, destination and outcome;
 * later ones are counted. `kind`: enum haldane_guard_event_kind. */
int report(const struct haldane_guard_socket* owner, const struct guard_target* to,
           const struct guard_verdict* verdict, __u32 kind, __u64 cookie);

/* What a hook returns for the outcome: 1 lets pass, 0 refuses with EPERM. */
static __always_inline int passes(int outcome) {
  return outcome == HALDANE_GUARD_DENY && guard_config.enforce ? 0 : 1;
}

static __always_inline void remember_pass(struct haldane_guard_socket* socket,
                                          const struct guard_target* to) {
  socket->passed = 0;
  copy_address(socket->passed_address, to->address);
  socket->passed_port = to->port;
  socket->passed_protocol = to->protocol;
  socket->passed = 1;
}
