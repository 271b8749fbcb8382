#include "agent/kernel/compatibility.h"

#include <sys/utsname.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "agent/kernel/trial.h"

namespace haldane::agent {
namespace {

using haldane::v1::Compatibility;

constexpr char kPrivilege[] = "run the agent as root, or with CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN";

void Miss(absl::string_view capability, const absl::Status& trial, absl::string_view remedy,
          Compatibility* result) {
  Compatibility::Missing* missing = result->add_missing();
  missing->set_capability(std::string(capability));
  missing->set_reason(std::string(trial.message()));
  missing->set_remedy(std::string(remedy));
}

// Records what is missing with what it means. An unprivileged agent is told that it
// is, whatever else it would take.
bool Have(absl::string_view capability, const absl::Status& trial, absl::string_view remedy,
          Compatibility* result) {
  if (!trial.ok()) Miss(capability, trial, absl::IsPermissionDenied(trial) ? kPrivilege : remedy, result);
  return trial.ok();
}

// What every signal needs.
bool HaveFoundation(Compatibility* result) {
  const bool pids = Have("host_pid_namespace", TryHostPidNamespace(),
                         "run the agent in the host's pid namespace (hostPID: true in Kubernetes)", result);
  const bool types = Have("btf", TryTypeInformation(),
                          "use a kernel built with CONFIG_DEBUG_INFO_BTF, 5.10 or later", result);
  const bool lifecycle =
      Have("process_lifecycle", TryProcessLifecycle(),
           "use Linux 5.10 or later with BTF; without it exits of processes cannot be seen", result);
  const bool ring = Have("ring_buffer", TryRingBuffer(), "use Linux 5.10 or later", result);
  return pids && types && lifecycle && ring;
}

bool HaveRaise(Compatibility* result) {
  const absl::Status together = TryUprobeMulti();
  if (together.ok()) return true;
  if (!Have("uprobe", TryUprobe(Cookie::kWithout),
            "set kernel.perf_event_paranoid to 2; until then no exceptions are counted", result)) {
    return false;
  }
  Have("attach_cookie", TryUprobe(Cookie::kWith),
       "use Linux 5.15 or later; until then exceptions are counted without their classes", result);
  Have("uprobe_multi", together,
       "nothing need be done: probes are attached one by one, which takes longer; Linux 6.6 has it", result);
  return true;
}

bool HaveResponses(Compatibility* result) {
  return Have("syscall_tracepoints", TrySyscallTracepoint(),
              "use a kernel built with CONFIG_FTRACE_SYSCALLS; until then no HTTP responses are counted",
              result);
}

// What does not decide whether anything is counted, but how well.
void TellSupport(Compatibility* result) {
  if (const absl::Status measured = TryRunTimeStatistics(); !measured.ok()) {
    Miss("run_time_statistics", measured,
         "give the agent CAP_SYS_ADMIN, or set kernel.bpf_stats_enabled to 1; until then it does not know "
         "what its "
         "probes cost and sheds none of them",
         result);
  }
  if (const absl::Status readable = TryReadingProcesses(); !readable.ok()) {
    Miss("process_memory", readable,
         "give the agent CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH; until then processes of other users are not "
         "found",
         result);
  }
}

}  // namespace

Compatibility ProbeCompatibility() {
  Compatibility result;
  utsname kernel;
  if (uname(&kernel) == 0) result.set_kernel_release(kernel.release);
  const bool foundation = HaveFoundation(&result);
  const bool raise = HaveRaise(&result);
  const bool responses = HaveResponses(&result);
  TellSupport(&result);
  if (!foundation || (!raise && !responses)) {
    result.set_profile(Compatibility::PROFILE_DISABLED);
  } else if (result.missing_size() > 0) {
    result.set_profile(Compatibility::PROFILE_REDUCED);
  } else {
    result.set_profile(Compatibility::PROFILE_FULL);
  }
  return result;
}

}  // namespace haldane::agent
