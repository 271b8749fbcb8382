#pragma once

#include <vector>

#include "agent/probe/process_counters.h"

struct haldane_bpf;

namespace haldane::agent {

// What the loaded programs have lost, by site: what they counted themselves
// (bpf/abi/drops.h), and as `program_skipped` how often the kernel did not run
// one of them because it would have interrupted another.
std::vector<Drop> ReadDrops(const haldane_bpf& programs);

}  // namespace haldane::agent
