#pragma once

#include <linux/types.h>

/* Checks at compile time, in the kernel's C and in C++ alike. */
#ifdef __cplusplus
#define HALDANE_STATIC_ASSERT static_assert
#else
#define HALDANE_STATIC_ASSERT _Static_assert
#endif

/* The builtin, because libbpf's offsetof is no constant expression. */
#define HALDANE_OFFSET(type, member, offset) \
  HALDANE_STATIC_ASSERT(__builtin_offsetof(struct type, member) == (offset), #type "." #member)
#define HALDANE_SIZE(type, size) HALDANE_STATIC_ASSERT(sizeof(struct type) == (size), #type)
