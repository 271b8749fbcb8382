#include "agent/kernel/compatibility.h"

#include <sys/utsname.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "agent/kernel/trial.h"

namespace haldane::agent {
namespace {

using haldane::v1::Compatibility;

constexpr char kPrivilege[] = "run the agent as root, or with CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN";

// Tries one capability; records it with what it means when it is missing.
// An unprivileged agent is told so, whatever else it would take.
bool Have(absl::string_view capability, const absl::Status& trial, absl::string_view remedy,
          Compatibility* result) {
  if (trial.ok()) return true;
  Compatibility::Missing* missing = result->add_missing();
  missing->set_capability(std::string(capability));
  missing->set_reason(std::string(trial.message()));
  missing->set_remedy(absl::IsPermissionDenied(trial) ? kPrivilege : std::string(remedy));
  return false;
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

}  // namespace

Compatibility ProbeCompatibility() {
  Compatibility result;
  utsname kernel;
  if (uname(&kernel) == 0) result.set_kernel_release(kernel.release);
  const bool foundation = HaveFoundation(&result);
  const bool raise = HaveRaise(&result);
  const bool responses = HaveResponses(&result);
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
