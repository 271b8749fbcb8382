#include "agent/privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace haldane::agent {
namespace {

constexpr int kNeeded[] = {CAP_BPF,        CAP_PERFMON,         CAP_SYS_ADMIN,
                           CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_CHECKPOINT_RESTORE};

uint64_t NeededCapabilities() {
  uint64_t mask = 0;
  for (const int capability : kNeeded) mask |= uint64_t{1} << capability;
  return mask;
}

}  // namespace

absl::Status DropPrivileges() {
  const uint64_t needed = NeededCapabilities();
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return absl::ErrnoToStatus(errno, "cannot set no_new_privs");
  }
  (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  // Without CAP_SETPCAP the bounding set stays; no_new_privs makes up for that.
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    if ((needed >> capability & 1) == 0) (void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct sets[2] = {};
  if (syscall(SYS_capget, &header, sets) != 0) {
    return absl::ErrnoToStatus(errno, "cannot read the capabilities");
  }
  for (int half = 0; half < 2; ++half) {
    const uint32_t mask = static_cast<uint32_t>(needed >> (32 * half));
    sets[half].permitted &= mask;
    sets[half].effective = sets[half].permitted;
    sets[half].inheritable = 0;
  }
  if (syscall(SYS_capset, &header, sets) != 0) {
    return absl::ErrnoToStatus(errno, "cannot give up capabilities");
  }
  return absl::OkStatus();
}

}  // namespace haldane::agent
