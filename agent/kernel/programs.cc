#include "agent/kernel/programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include "absl/strings/str_cat.h"
#include "agent/kernel/libbpf_messages.h"
#include "bpf/haldane.skel.h"

namespace haldane::agent {
namespace {

absl::Status WithRemedy(const absl::Status& failure) {
  const char* remedy = absl::IsPermissionDenied(failure)
                           ? "run the agent as root, or with CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN"
                           : "Linux 5.10 or later with CONFIG_DEBUG_INFO_BTF is needed";
  return absl::Status(failure.code(), absl::StrCat(failure.message(), "\nhint: ", remedy));
}

}  // namespace

void ProgramsUnloader::operator()(haldane_bpf* programs) const { haldane_bpf__destroy(programs); }

absl::StatusOr<Programs> LoadPrograms() {
  LibbpfMessages messages;
  Programs programs(haldane_bpf__open());
  if (programs == nullptr) return messages.Error(errno, "cannot open the embedded BPF programs");
  // Before 5.15 a program cannot learn where it was attached, and the verifier
  // refuses one that asks.
  const bool has_cookie =
      libbpf_probe_bpf_helper(BPF_PROG_TYPE_KPROBE, BPF_FUNC_get_attach_cookie, nullptr) == 1;
  bpf_program__set_autoload(programs->progs.raise_multi, has_cookie);
  bpf_program__set_autoload(programs->progs.raise_single, has_cookie);
  bpf_program__set_autoload(programs->progs.raise_total, !has_cookie);
  const int error = haldane_bpf__load(programs.get());
  if (error != 0) return WithRemedy(messages.Error(error, "the kernel refuses the BPF programs"));
  return programs;
}

}  // namespace haldane::agent
