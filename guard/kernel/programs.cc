#include "guard/kernel/programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <time.h>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "bpf/guard.skel.h"
#include "guard/kernel/libbpf_log.h"

namespace haldane::guard {
namespace {

absl::Status WithRemedy(const absl::Status& failure) {
  return absl::Status(failure.code(),
                      absl::StrCat(failure.message(),
                                   "\nhint: run as root (CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON, "
                                   "CAP_SYS_ADMIN); haldane guard probe says what is missing"));
}

uint64_t MonotonicNow() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * uint64_t{1000000000} + now.tv_nsec;
}

}  // namespace

void Programs::Unload::operator()(haldane_guard_bpf* skeleton) const { haldane_guard_bpf__destroy(skeleton); }
void Programs::Detach::operator()(bpf_link* link) const { bpf_link__destroy(link); }

Programs::Programs(haldane_guard_bpf* skeleton) : skeleton_(skeleton) {}
Programs::~Programs() = default;

absl::StatusOr<std::unique_ptr<Programs>> Programs::Load(const haldane_guard_config& config,
                                                         const Sizes& sizes, const Features& features) {
  LibbpfLog log;
  haldane_guard_bpf* skeleton = haldane_guard_bpf__open();
  if (skeleton == nullptr) return log.Error(errno, "cannot open the embedded BPF programs");
  std::unique_ptr<Programs> programs(new Programs(skeleton));
  skeleton->rodata->guard_config = config;
  bpf_map__set_max_entries(skeleton->maps.guard_networks, sizes.networks);
  bpf_map__set_max_entries(skeleton->maps.guard_clauses, sizes.clauses);
  bpf_program__set_autoload(skeleton->progs.guard_connect_unix, features.unix_connect);
  const int error = haldane_guard_bpf__load(skeleton);
  if (error != 0) return WithRemedy(log.Error(error, "the kernel refuses the guard's programs"));
  return programs;
}

absl::Status Programs::Attach(int cgroup_fd) {
  LibbpfLog log;
  bpf_program* program;
  bpf_object__for_each_program(program, skeleton_->obj) {
    if (!bpf_program__autoload(program)) continue;
    const std::string name = bpf_program__name(program);
    if (bpf_program__type(program) == BPF_PROG_TYPE_RAW_TRACEPOINT) {
      tracepoints_.emplace_back(bpf_program__attach(program));
      if (tracepoints_.back() != nullptr) continue;
      return WithRemedy(log.Error(errno, absl::StrCat("cannot attach ", name)));
    }
    // Others' programs on groups above keep their say: all must let pass.
    const int failed = bpf_prog_attach(bpf_program__fd(program), cgroup_fd,
                                       bpf_program__expected_attach_type(program), BPF_F_ALLOW_MULTI);
    if (failed != 0) return WithRemedy(log.Error(errno, absl::StrCat("cannot attach ", name)));
  }
  return absl::OkStatus();
}

int Programs::networks() const { return bpf_map__fd(skeleton_->maps.guard_networks); }
int Programs::clauses() const { return bpf_map__fd(skeleton_->maps.guard_clauses); }
int Programs::addresses() const { return bpf_map__fd(skeleton_->maps.guard_addresses); }
int Programs::flows() const { return bpf_map__fd(skeleton_->maps.guard_flows); }
int Programs::contacts() const { return bpf_map__fd(skeleton_->maps.guard_contacts); }
int Programs::unix_paths() const { return bpf_map__fd(skeleton_->maps.guard_unix_paths); }
int Programs::released() const { return bpf_map__fd(skeleton_->maps.guard_released); }
int Programs::events() const { return bpf_map__fd(skeleton_->maps.guard_events); }

int Programs::egress_program() const { return bpf_program__fd(skeleton_->progs.guard_egress); }

void Programs::Beat() {
  __atomic_store_n(&skeleton_->bss->guard_state.heartbeat_ns, MonotonicNow(), __ATOMIC_RELAXED);
}

absl::Duration Programs::SinceBeat() const {
  const uint64_t beat = __atomic_load_n(&skeleton_->bss->guard_state.heartbeat_ns, __ATOMIC_RELAXED);
  const uint64_t now = MonotonicNow();
  return beat == 0 || beat > now ? absl::ZeroDuration() : absl::Nanoseconds(now - beat);
}

void Programs::FakeStaleBeat() {
  __atomic_store_n(&skeleton_->bss->guard_state.heartbeat_ns, uint64_t{1}, __ATOMIC_RELAXED);
}

void Programs::Reset() {
  __atomic_store_n(&skeleton_->bss->guard_state.heartbeat_ns, uint64_t{0}, __ATOMIC_RELAXED);
  for (auto& loss : skeleton_->bss->guard_losses) loss = 0;
}

std::map<std::string, uint64_t> Programs::losses() const {
  // By enum haldane_guard_loss; null: no loss.
  static constexpr const char* kSites[HALDANE_GUARD_LOSS_COUNT] = {
      "ring",        "process_ring", "flow_map",           "owner_storage",
      "contact_map", nullptr,        "lookups_past_proxy", nullptr};
  std::map<std::string, uint64_t> losses;
  for (int site = 0; site < HALDANE_GUARD_LOSS_COUNT; site++) {
    const uint64_t count = __atomic_load_n(&skeleton_->bss->guard_losses[site], __ATOMIC_RELAXED);
    if (count > 0 && kSites[site] != nullptr) losses[kSites[site]] = count;
  }
  return losses;
}

uint64_t Programs::refused_while_silent() const {
  return __atomic_load_n(&skeleton_->bss->guard_losses[HALDANE_GUARD_STALE_DENIED], __ATOMIC_RELAXED);
}

}  // namespace haldane::guard
