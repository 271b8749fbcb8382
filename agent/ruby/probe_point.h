#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "haldane/v1/common.pb.h"

namespace haldane::agent {

// One place in one binary at which the kernel is to count, found by the
// resolver and attached by agent/probe.
struct ProbePoint {
  // What the registers hold when the probe fires.
  enum class Payload {
    // rdx holds the exception object (rb_longjmp's third argument).
    kExceptionInRdx,
    // rdi holds the exception object (rb_exc_raise's only argument).
    kExceptionInRdi,
    // A register points to the class name as a C string (USDT ruby:raise).
    kClassName,
    // Nothing that can be attributed; count only.
    kNone,
  };

  uint64_t file_offset = 0;       // offset of the probed instruction in the file
  uint64_t semaphore_offset = 0;  // file offset of the USDT semaphore; 0 for none
  Payload payload = Payload::kNone;
  // For kClassName: index of the register in the order of x86-64 struct pt_regs
  // (r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi ... rsp).
  uint8_t name_register = 0;
};

// How the exceptions of one interpreter binary are counted.
struct RaiseProbe {
  haldane::v1::ProbeSource source = haldane::v1::PROBE_SOURCE_NONE;
  // All are attached together; their counts add up. Empty when source is NONE.
  std::vector<ProbePoint> points;
  // File offsets of instructions that are passed on the way to most raises, found
  // independently of the points: where these are passed and no point is, the
  // points are wrong. May be empty.
  std::vector<uint64_t> witnesses;
  // For people: what was chosen, and why everything better was not.
  std::string explanation;
};

}  // namespace haldane::agent
