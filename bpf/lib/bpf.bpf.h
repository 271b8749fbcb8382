#pragma once

/* What every kernel-side file begins with. */
#include <linux/bpf.h>
#include <linux/types.h>

#include <asm/errno.h>
#include <asm/ptrace.h>
#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
