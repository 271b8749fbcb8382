#include "guard/kernel/features.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"

namespace haldane::guard {
namespace {

// Newer than the kernel headers of Debian 12.
constexpr auto kUnixConnect = static_cast<bpf_attach_type>(49);
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

absl::Status TryProgram(bpf_prog_type type, bpf_attach_type attach) {
  const bpf_insn pass[] = {{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1},
                           {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = attach);
  const UniqueFd program(bpf_prog_load(type, "haldane_trial", "GPL", pass, 2, &options));
  return program.is_open() ? absl::OkStatus() : absl::ErrnoToStatus(errno, "cannot load a program");
}

std::function<absl::Status()> SockAddr(bpf_attach_type first, bpf_attach_type second) {
  return [first, second] {
    const absl::Status status = TryProgram(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, first);
    return status.ok() ? TryProgram(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, second) : status;
  };
}

absl::Status TryHostNamespaces() {
  // The first namespaces of every kernel have these numbers.
  const std::pair<const char*, ino_t> kInitial[] = {{"/proc/self/ns/pid", 0xEFFFFFFC},
                                                    {"/proc/self/ns/cgroup", 0xEFFFFFFB}};
  for (const auto& [path, inode] : kInitial) {
    struct stat status;
    if (stat(path, &status) != 0) return absl::ErrnoToStatus(errno, path);
    if (status.st_ino != inode)
      return absl::FailedPreconditionError(absl::StrCat(path, " is not the host's"));
  }
  return absl::OkStatus();
}

absl::Status TryTypeInformation() {
  btf* types = btf__load_vmlinux_btf();
  const int error = errno;
  const bool works = libbpf_get_error(types) == 0;
  if (works) btf__free(types);
  return works ? absl::OkStatus() : absl::ErrnoToStatus(error, "cannot read the kernel's type information");
}

absl::Status TryMap(bpf_map_type type, const char* what) {
  const UniqueFd map(
      bpf_map_create(type, "haldane_trial", 0, 0, static_cast<__u32>(sysconf(_SC_PAGESIZE)), nullptr));
  return map.is_open() ? absl::OkStatus() : absl::ErrnoToStatus(errno, absl::StrCat("cannot create ", what));
}

absl::Status TryNetnsCookie() {
  const UniqueFd socket_fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  if (getsockopt(socket_fd.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "cannot name a network namespace");
}

absl::Status TryCurrentInEgress() {
  if (libbpf_probe_bpf_helper(BPF_PROG_TYPE_CGROUP_SKB, BPF_FUNC_get_current_pid_tgid, nullptr) == 1) {
    return absl::OkStatus();
  }
  return absl::UnimplementedError("packets do not say who runs");
}

struct Trial {
  const char* name;
  bool needed;
  const char* gives;
  const char* remedy;
  std::function<absl::Status()> run;
};

std::vector<Trial> Trials() {
  const char* root =
      "run as root, with CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON and CAP_SYS_ADMIN; Linux 5.14 or later";
  return {
      {"host_namespaces", true, "process numbers and groups mean the same here and in the kernel",
       "run on the host, or in a container with the host's pid and cgroup namespaces", TryHostNamespaces},
      {"type_information", true, "the kernel describes its structures",
       "use a kernel with CONFIG_DEBUG_INFO_BTF", TryTypeInformation},
      {"ring_buffer", true, "events from programs", root,
       [] { return TryMap(BPF_MAP_TYPE_RINGBUF, "a ring buffer"); }},
      {"connect", true, "lookups are led to the proxy, denied connections fail at once", root,
       SockAddr(BPF_CGROUP_INET4_CONNECT, BPF_CGROUP_INET6_CONNECT)},
      {"sendmsg", true, "the same of sockets that do not connect", root,
       SockAddr(BPF_CGROUP_UDP4_SENDMSG, BPF_CGROUP_UDP6_SENDMSG)},
      {"recvmsg", true, "answers seem to come from the server that was asked", root,
       SockAddr(BPF_CGROUP_UDP4_RECVMSG, BPF_CGROUP_UDP6_RECVMSG)},
      {"getpeername", true, "so do connections", root,
       SockAddr(BPF_CGROUP_INET4_GETPEERNAME, BPF_CGROUP_INET6_GETPEERNAME)},
      {"sock_create", true, "raw sockets have an owner", root,
       [] { return TryProgram(BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE); }},
      {"egress", true, "every packet is judged", root,
       [] { return TryProgram(BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS); }},
      {"netns_cookie", true, "sockets of other network namespaces are known", "use Linux 5.14 or later",
       TryNetnsCookie},
      {"tracepoints", true, "processes that exit at once are known", root,
       [] { return TryProgram(BPF_PROG_TYPE_RAW_TRACEPOINT, static_cast<bpf_attach_type>(0)); }},
      {"unix_connect", false, "connects to daemons' socket files are seen",
       "Linux 6.7 or later has it; without it denied sockets are hidden from the script, but attempts are "
       "not recorded",
       [] { return TryProgram(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, kUnixConnect); }},
      {"current_in_egress", false,
       "a datagram's sender is known even when another process connected its socket",
       "Linux 6.10 or later has it; without it such a datagram is said to be of the process that connected",
       TryCurrentInEgress},
  };
}

}  // namespace

std::vector<FeatureTrial> TryFeatures() {
  libbpf_set_print(nullptr);
  std::vector<FeatureTrial> trials;
  for (const Trial& trial : Trials()) {
    const absl::Status status = trial.run();
    trials.push_back({trial.name, status.ok(), trial.needed, trial.gives, std::string(status.message()),
                      status.ok() ? "" : trial.remedy});
  }
  return trials;
}

Features FeaturesOf(const std::vector<FeatureTrial>& trials) {
  Features features;
  for (const FeatureTrial& trial : trials) {
    if (trial.name == "unix_connect") features.unix_connect = trial.works;
    if (trial.name == "current_in_egress") features.current_in_egress = trial.works;
  }
  return features;
}

std::string Missing(const std::vector<FeatureTrial>& trials, const std::vector<std::string>& required) {
  std::string missing;
  const auto say = [&](absl::string_view line) {
    absl::StrAppend(&missing, missing.empty() ? "" : "\n", line);
  };
  for (const FeatureTrial& trial : trials) {
    const bool wanted = trial.needed || std::count(required.begin(), required.end(), trial.name) > 0;
    if (wanted && !trial.works) say(absl::StrCat(trial.name, ": ", trial.problem, "\nhint: ", trial.remedy));
  }
  for (const std::string& name : required) {
    const bool known =
        std::any_of(trials.begin(), trials.end(), [&](const auto& t) { return t.name == name; });
    if (!known)
      say(absl::StrCat("the policy requires '", name, "', which haldane guard probe does not know"));
  }
  return missing;
}

}  // namespace haldane::guard
