#include "agent/kernel/programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "agent/kernel/libbpf_messages.h"
#include "base/log.h"
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

namespace {

bool Has(const std::vector<absl::string_view>& names, absl::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Loads all programs but those that are `left_out`.
absl::StatusOr<Programs> Load(const std::vector<absl::string_view>& left_out) {
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
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, programs->obj) {
    if (Has(left_out, bpf_program__name(program))) bpf_program__set_autoload(program, false);
  }
  const int error = haldane_bpf__load(programs.get());
  if (error != 0) return WithRemedy(messages.Error(error, "the kernel refuses the BPF programs"));
  return programs;
}

// Programs whose signals a host can do without.
const std::vector<absl::string_view>& OptionalPrograms() {
  static const auto* const names = new std::vector<absl::string_view>{
      "on_sys_exit",        "on_signal_deliver", "on_signal_generate", "on_oom_victim",
      "on_socket_state",    "on_retransmit",     "on_reset_sent",      "on_reset_received",
      "own_accept",         "own_accept4",       "exit_accept",        "exit_accept4",
      "mark_begin_multi",   "mark_end_multi",    "sweep_begin_multi",  "sweep_end_multi",
      "load_multi",         "vm_entry_multi",    "mark_begin_single",  "mark_end_single",
      "sweep_begin_single", "sweep_end_single",  "load_single",        "vm_entry_single"};
  return *names;
}

}  // namespace

absl::StatusOr<Programs> LoadPrograms() {
  absl::StatusOr<Programs> programs = Load({});
  if (programs.ok() || absl::IsPermissionDenied(programs.status())) return programs;
  absl::StatusOr<Programs> necessary = Load(OptionalPrograms());
  if (!necessary.ok()) return programs.status();
  LogWarning("the kernel refuses some BPF programs: their signals are not counted",
             {{"reason", programs.status().message()}});
  return necessary;
}

}  // namespace haldane::agent
