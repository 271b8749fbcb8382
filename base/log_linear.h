#pragma once

/*
 * Where a value lies in a log-linear histogram, for the kernel's programs, the
 * agent and the controller alike: C that BPF's verifier accepts, and C++.
 *
 * Values below 2^bits have a bucket each; above, every power of two is cut into
 * 2^bits buckets of equal width, so that no bucket is wider than 1/2^bits of the
 * values in it.
 */
#include <linux/types.h>

/* What durations in microseconds are counted in, on every wire and in every log:
 * an eighth of a value at most, up to 134 seconds. The last bucket holds all that
 * is longer. These numbers are part of the contract; they never change. */
enum {
  HALDANE_DURATION_BITS = 3,
  HALDANE_DURATION_OCTAVES = 27, /* 2^27 microseconds are too long */
  HALDANE_DURATION_OVERFLOW = (HALDANE_DURATION_OCTAVES - HALDANE_DURATION_BITS + 1) << HALDANE_DURATION_BITS,
  HALDANE_DURATION_BUCKETS = HALDANE_DURATION_OVERFLOW + 1,
};

/* The place of the highest bit that is set; 0 for 0. Written out, because BPF has
 * no instruction for it. */
static inline __attribute__((always_inline)) __u32 haldane_highest_bit(__u64 value) {
  __u32 bit = 0;
  if (value >> 32) bit += 32, value >>= 32;
  if (value >> 16) bit += 16, value >>= 16;
  if (value >> 8) bit += 8, value >>= 8;
  if (value >> 4) bit += 4, value >>= 4;
  if (value >> 2) bit += 2, value >>= 2;
  return bit + (__u32)(value >> 1);
}

/* The bucket of a value, from 0. 0 <= bits <= 10. */
static inline __attribute__((always_inline)) __u32 haldane_log_linear_index(__u64 value, __u32 bits) {
  __u32 octave;
  if (value < (__u64)1 << bits) return (__u32)value;
  octave = haldane_highest_bit(value) - bits;
  /* The value's leading bits are at least 2^bits: they count the octave's start. */
  return (octave << bits) + (__u32)(value >> octave);
}

/* The smallest value of a bucket. */
static inline __attribute__((always_inline)) __u64 haldane_log_linear_edge(__u32 index, __u32 bits) {
  __u32 octave;
  if (index < (__u32)2 << bits) return index;
  octave = (index >> bits) - 1;
  return (__u64)(index - (octave << bits)) << octave;
}

/* The bucket of a duration, below HALDANE_DURATION_BUCKETS. */
static inline __attribute__((always_inline)) __u32 haldane_duration_index(__u64 microseconds) {
  if (microseconds >> HALDANE_DURATION_OCTAVES) return HALDANE_DURATION_OVERFLOW;
  return haldane_log_linear_index(microseconds, HALDANE_DURATION_BITS);
}

/* The shortest duration of a bucket, microseconds. */
static inline __attribute__((always_inline)) __u64 haldane_duration_edge(__u32 index) {
  return haldane_log_linear_edge(index, HALDANE_DURATION_BITS);
}
