#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bpf/abi/guard_config.h"

struct haldane_guard_bpf;  // bpf/guard.skel.h
struct bpf_link;

namespace haldane::guard {

// Which hooks beyond the necessary ones this kernel has.
struct Features {
  bool unix_connect = false;       // Linux 6.7: connects to socket files are seen
  bool current_in_egress = false;  // Linux 6.10: packets say who runs
};

// The guard's programs and maps in the kernel, for one run.
//
// Programs are attached to the run's group itself, not to a descriptor of this
// process: they stay for as long as the group does, whoever dies, and go with
// it. Nothing is pinned, so nothing can be left behind.
class Programs {
 public:
  struct Sizes {
    uint32_t networks = 1, clauses = 1;  // entries of these tables
  };

  // Loads and verifies; nothing is attached. Fails with the kernel's words and
  // what to do.
  static absl::StatusOr<std::unique_ptr<Programs>> Load(const haldane_guard_config& config,
                                                        const Sizes& sizes, const Features& features);
  ~Programs();

  // From now on everything in the group (a directory of the unified hierarchy)
  // and below is judged.
  absl::Status Attach(int cgroup_fd);

  // Descriptors of maps, owned by this.
  int networks() const;
  int clauses() const;
  int addresses() const;
  int flows() const;
  int contacts() const;
  int unix_paths() const;
  int released() const;
  int events() const;

  // Of the program that judges packets, for trial packets.
  int egress_program() const;

  // The proxy's loop calls this at least every half second.
  void Beat();
  // How long ago that was; zero before the first time.
  absl::Duration SinceBeat() const;
  // For a test of what happens then: as if the last beat were long ago.
  void FakeStaleBeat();
  // As before the first beat, with nothing lost.
  void Reset();
  // What was lost so far, by site, for the record: "ring", "flow_map", ...
  // Without those that are zero.
  std::map<std::string, uint64_t> losses() const;
  // Lookups that were refused because the proxy was silent; each is an event too.
  uint64_t refused_while_silent() const;

 private:
  explicit Programs(haldane_guard_bpf* skeleton);

  struct Unload {
    void operator()(haldane_guard_bpf* skeleton) const;
  };
  struct Detach {
    void operator()(bpf_link* link) const;
  };
  std::unique_ptr<haldane_guard_bpf, Unload> skeleton_;
  std::vector<std::unique_ptr<bpf_link, Detach>> tracepoints_;
};

}  // namespace haldane::guard
