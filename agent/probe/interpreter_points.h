#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "agent/ruby/elf_image.h"
#include "agent/ruby/probe_point.h"

namespace haldane::agent {

// Where a Ruby interpreter is probed for what is no exception. Errors are sentences
// for people: what is missing in this binary, and what to do.

// rb_iseq_eval: passed once for each file that is loaded and run.
absl::StatusOr<std::vector<ProbePoint>> FindLoads(const ElfImage& image);

// rb_vm_exec: every entry of C code into the interpreter's loop.
absl::StatusOr<std::vector<ProbePoint>> FindVmEntries(const ElfImage& image);

// The USDT notes around what stops the process to collect garbage: marking, and
// each step of sweeping.
struct PausePoints {
  std::vector<ProbePoint> mark_begin, mark_end, sweep_begin, sweep_end;
};
absl::StatusOr<PausePoints> FindPauses(const ElfImage& image);

}  // namespace haldane::agent
