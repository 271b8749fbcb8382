// The structures of bpf/abi as the kernel's compiler laid them out: what the
// type information of the embedded object says, against what C++ thinks.
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <string>

#include "bpf/abi/class_cell.h"
#include "bpf/abi/connection.h"
#include "bpf/abi/drops.h"
#include "bpf/abi/slot.h"
#include "bpf/haldane.skel.h"

namespace haldane::agent {
namespace {

class LayoutTest : public ::testing::Test {
 protected:
  ~LayoutTest() override { haldane_bpf__destroy(programs_); }

  const btf_type* Struct(const char* name) {
    const __s32 id = btf__find_by_name_kind(types_, name, BTF_KIND_STRUCT);
    EXPECT_GT(id, 0) << name;
    return id > 0 ? btf__type_by_id(types_, static_cast<__u32>(id)) : nullptr;
  }
  void ExpectLayout(const char* name, size_t size, const std::map<std::string, size_t>& offsets) {
    const btf_type* type = Struct(name);
    ASSERT_NE(type, nullptr);
    EXPECT_EQ(type->size, size) << name;
    std::map<std::string, size_t> found;
    for (int i = 0; i < btf_vlen(type); ++i) {
      const char* member = btf__name_by_offset(types_, btf_members(type)[i].name_off);
      found[member] = btf_member_bit_offset(type, static_cast<__u32>(i)) / 8;
    }
    EXPECT_EQ(found, offsets) << name;
  }

  haldane_bpf* programs_ = haldane_bpf__open();
  const btf* types_ = bpf_object__btf(programs_->obj);
};

#define HALDANE_MEMBER(type, member) \
  { #member, offsetof(type, member) }

TEST_F(LayoutTest, Slot) {
  ExpectLayout("haldane_slot", sizeof(haldane_slot),
               {HALDANE_MEMBER(haldane_slot, state),
                HALDANE_MEMBER(haldane_slot, tgid),
                HALDANE_MEMBER(haldane_slot, start_ns),
                HALDANE_MEMBER(haldane_slot, parent_tgid),
                HALDANE_MEMBER(haldane_slot, execs),
                HALDANE_MEMBER(haldane_slot, parent_start_ns),
                HALDANE_MEMBER(haldane_slot, exit_code),
                HALDANE_MEMBER(haldane_slot, classes),
                HALDANE_MEMBER(haldane_slot, exceptions),
                HALDANE_MEMBER(haldane_slot, exceptions_other),
                HALDANE_MEMBER(haldane_slot, responses),
                HALDANE_MEMBER(haldane_slot, responses_4xx),
                HALDANE_MEMBER(haldane_slot, responses_5xx),
                HALDANE_MEMBER(haldane_slot, raise_witnesses),
                HALDANE_MEMBER(haldane_slot, latencies),
                HALDANE_MEMBER(haldane_slot, gc_pauses),
                HALDANE_MEMBER(haldane_slot, gc_began_ns),
                HALDANE_MEMBER(haldane_slot, loads),
                HALDANE_MEMBER(haldane_slot, vm_entries),
                HALDANE_MEMBER(haldane_slot, vm_entry_responses),
                HALDANE_MEMBER(haldane_slot, sys_errors),
                HALDANE_MEMBER(haldane_slot, signals),
                HALDANE_MEMBER(haldane_slot, tcp_retransmits),
                HALDANE_MEMBER(haldane_slot, tcp_resets),
                HALDANE_MEMBER(haldane_slot, tcp_connect_failures),
                HALDANE_MEMBER(haldane_slot, final_major_faults),
                HALDANE_MEMBER(haldane_slot, final_cpu_ns),
                HALDANE_MEMBER(haldane_slot, oom_victim),
                HALDANE_MEMBER(haldane_slot, exit_seen),
                HALDANE_MEMBER(haldane_slot, gc_marking),
                HALDANE_MEMBER(haldane_slot, unused)});
}

TEST_F(LayoutTest, Connection) {
  ExpectLayout("haldane_connection_key", sizeof(haldane_connection_key),
               {HALDANE_MEMBER(haldane_connection_key, tgid), HALDANE_MEMBER(haldane_connection_key, fd)});
}

TEST_F(LayoutTest, ClassCell) {
  ExpectLayout("haldane_class_key", sizeof(haldane_class_key),
               {HALDANE_MEMBER(haldane_class_key, slot), HALDANE_MEMBER(haldane_class_key, image),
                HALDANE_MEMBER(haldane_class_key, id)});
  ExpectLayout("haldane_class_cell", sizeof(haldane_class_cell),
               {HALDANE_MEMBER(haldane_class_cell, key), HALDANE_MEMBER(haldane_class_cell, used),
                HALDANE_MEMBER(haldane_class_cell, unused), HALDANE_MEMBER(haldane_class_cell, count),
                HALDANE_MEMBER(haldane_class_cell, name), HALDANE_MEMBER(haldane_class_cell, unused_end)});
}

TEST_F(LayoutTest, MapsHoldTheStructuresThatTheAgentMaps) {
  EXPECT_EQ(bpf_map__value_size(programs_->maps.slots), sizeof(haldane_slot));
  EXPECT_EQ(bpf_map__max_entries(programs_->maps.slots), static_cast<__u32>(HALDANE_SLOTS));
  EXPECT_EQ(bpf_map__value_size(programs_->maps.class_cells), sizeof(haldane_class_cell));
  EXPECT_EQ(bpf_map__max_entries(programs_->maps.class_cells), static_cast<__u32>(HALDANE_CLASS_CELLS));
  EXPECT_EQ(bpf_map__key_size(programs_->maps.class_index), sizeof(haldane_class_key));
  EXPECT_EQ(bpf_map__value_size(programs_->maps.http_latency), sizeof(haldane_histogram));
  EXPECT_EQ(bpf_map__value_size(programs_->maps.gc_pause), sizeof(haldane_histogram));
  EXPECT_EQ(bpf_map__key_size(programs_->maps.connections), sizeof(haldane_connection_key));
  EXPECT_EQ(sizeof programs_->bss->drops, sizeof(uint64_t) * HALDANE_DROP_SITE_COUNT);
}

}  // namespace
}  // namespace haldane::agent
