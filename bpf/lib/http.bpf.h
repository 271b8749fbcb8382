#pragma once

#include "bpf/lib/bpf.bpf.h"

enum {
  HALDANE_STATUS_LINE_BYTES = 12, /* "HTTP/1.1 200" */
};

/* The status of a response whose first bytes these are; 0 for anything else. */
static __always_inline __u32 parse_status(const char* head) {
  static const char version[] = "HTTP/1.";
  for (int i = 0; i < 7; i++) {
    if (head[i] != version[i]) return 0;
  }
  __u32 minor = head[7] - '0', hundreds = head[9] - '0', tens = head[10] - '0', ones = head[11] - '0';
  if (minor > 9 || head[8] != ' ' || hundreds > 9 || tens > 9 || ones > 9) return 0;
  return hundreds * 100 + tens * 10 + ones;
}
