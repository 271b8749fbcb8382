#include "guard/launch/confinement.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef AF_XDP
#define AF_XDP 44
#endif

namespace haldane::guard {
namespace {

int DropRawNetwork() {
  if (prctl(PR_CAPBSET_DROP, CAP_NET_RAW, 0, 0, 0) != 0 && errno != EINVAL) return errno;
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_NET_RAW, 0, 0);
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) != 0) return errno;
  const __u32 bit = 1u << CAP_NET_RAW;
  data[0].effective &= ~bit;
  data[0].permitted &= ~bit;
  data[0].inheritable &= ~bit;
  return syscall(SYS_capset, &header, data) == 0 ? 0 : errno;
}

// A process of another architecture's calls would have other numbers: they are
// not looked at, but AF_PACKET needs the capability that is gone anyway.
int RefuseFamilies() {
  constexpr __u32 kFamily = offsetof(seccomp_data, args);
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 7),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFamily),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_PACKET, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_VSOCK, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_XDP, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {sizeof filter / sizeof filter[0], filter};
  // As root the filter needs no no_new_privs, which would break sudo in scripts.
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0) return 0;
  return errno;
}

}  // namespace

int ConfineMounts(const std::vector<std::string>& hidden, const std::vector<std::string>& read_only) {
  if (unshare(CLONE_NEWNS) != 0) return errno;
  // What is mounted outside later is seen inside; nothing goes the other way.
  if (mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) return errno;
  for (const std::string& path : hidden) {
    if (access(path.c_str(), F_OK) != 0) continue;
    if (mount("/dev/null", path.c_str(), nullptr, MS_BIND, nullptr) != 0) return errno;
  }
  for (const std::string& path : read_only) {
    // Mounts that this process cannot see the like of are nobody's way out.
    if (access(path.c_str(), F_OK) != 0) continue;
    if (mount(path.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0) return errno;
    if (mount(nullptr, path.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0) return errno;
  }
  return 0;
}

int ConfineSockets() {
  const int error = DropRawNetwork();
  return error != 0 ? error : RefuseFamilies();
}

}  // namespace haldane::guard
