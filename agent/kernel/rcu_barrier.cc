#include "agent/kernel/rcu_barrier.h"

#include <bpf/bpf.h>
#include <errno.h>

namespace haldane::agent {

absl::StatusOr<RcuBarrier> RcuBarrier::Create() {
  UniqueFd inner(bpf_map_create(BPF_MAP_TYPE_ARRAY, "haldane_inner", 4, 4, 1, nullptr));
  if (!inner.is_open()) return absl::ErrnoToStatus(errno, "cannot create a BPF array");
  LIBBPF_OPTS(bpf_map_create_opts, options, .inner_map_fd = static_cast<__u32>(inner.get()));
  UniqueFd outer(bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "haldane_outer", 4, 4, 1, &options));
  if (!outer.is_open()) return absl::ErrnoToStatus(errno, "cannot create a BPF array of maps");
  return RcuBarrier(std::move(inner), std::move(outer));
}

absl::Status RcuBarrier::Wait() const {
  const int key = 0;
  const int value = inner_.get();
  if (bpf_map_update_elem(outer_.get(), &key, &value, BPF_ANY) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "cannot update a BPF array of maps");
}

}  // namespace haldane::agent
