#pragma once

#include <memory>

#include "absl/status/statusor.h"

struct haldane_bpf;  // bpf/haldane.skel.h

namespace haldane::agent {

struct ProgramsUnloader {
  void operator()(haldane_bpf* programs) const;
};

// Owns the programs and maps of bpf/ once they are in the kernel. Links to them
// must be destroyed first.
using Programs = std::unique_ptr<haldane_bpf, ProgramsUnloader>;

// Loads and verifies every program of bpf/ that this kernel can run; nothing is
// attached. Fails with the kernel's words and what to do.
absl::StatusOr<Programs> LoadPrograms();

}  // namespace haldane::agent
