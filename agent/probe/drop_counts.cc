#include "agent/probe/drop_counts.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "agent/kernel/mapped_array.h"
#include "bpf/abi/drops.h"
#include "bpf/haldane.skel.h"

namespace haldane::agent {
namespace {

constexpr const char* kDropSites[] = {
#define HALDANE_DROP_TEXT(name, text) text,
    HALDANE_DROP_SITES(HALDANE_DROP_TEXT)
#undef HALDANE_DROP_TEXT
};

uint64_t SkippedRuns(const bpf_object* object) {
  uint64_t skipped = 0;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    if (!bpf_program__autoload(program)) continue;
    bpf_prog_info info = {};
    __u32 size = sizeof info;
    // Kernels before 5.12 do not fill recursion_misses in.
    if (bpf_prog_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0)
      skipped += info.recursion_misses;
  }
  return skipped;
}

}  // namespace

std::vector<Drop> ReadDrops(const haldane_bpf& programs) {
  std::vector<Drop> drops;
  for (int site = 0; site < HALDANE_DROP_SITE_COUNT; ++site) {
    drops.push_back({kDropSites[site], Load(programs.bss->drops[site])});
  }
  drops.push_back({"program_skipped", SkippedRuns(programs.obj)});
  return drops;
}

}  // namespace haldane::agent
