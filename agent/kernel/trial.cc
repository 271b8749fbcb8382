#include "agent/kernel/trial.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "agent/kernel/tracefs.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace haldane::agent {
namespace {

// Newer than the kernel headers of Debian 12.
constexpr auto kTraceUprobeMulti = static_cast<bpf_attach_type>(48);

// A program that does nothing.
absl::StatusOr<UniqueFd> LoadIdle(bpf_prog_type type, bpf_prog_load_opts* options) {
  const bpf_insn idle[] = {{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
                           {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  UniqueFd program(bpf_prog_load(type, "haldane_trial", "GPL", idle, 2, options));
  if (!program.is_open()) return absl::ErrnoToStatus(errno, "cannot load a program");
  return program;
}

// A file of no-operation instructions that nobody runs.
absl::StatusOr<UniqueFd> MakeProbedFile() {
  UniqueFd file(memfd_create("haldane_trial", MFD_CLOEXEC));
  const std::string idle(64, '\x90');
  if (!file.is_open() || write(file.get(), idle.data(), idle.size()) < 0) {
    return absl::ErrnoToStatus(errno, "cannot make a file to probe");
  }
  return file;
}

std::string PathOf(const UniqueFd& fd) { return absl::StrCat("/proc/self/fd/", fd.get()); }

absl::StatusOr<uint32_t> ReadNumber(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path, 64);
  if (!text.ok()) return text.status();
  uint32_t number = 0;
  if (!absl::SimpleAtoi(absl::StripAsciiWhitespace(*text), &number)) {
    return absl::InternalError(absl::StrCat(path, " holds no number"));
  }
  return number;
}

absl::StatusOr<UniqueFd> OpenPerfEvent(const perf_event_attr& attributes) {
  const int any_pid = -1, first_cpu = 0, no_group = -1;
  UniqueFd event(static_cast<int>(
      syscall(SYS_perf_event_open, &attributes, any_pid, first_cpu, no_group, PERF_FLAG_FD_CLOEXEC)));
  if (!event.is_open()) return absl::ErrnoToStatus(errno, "cannot open a perf event");
  return event;
}

}  // namespace

absl::Status TryHostPidNamespace() {
  constexpr ino_t kHostPidNamespace = 0xEFFFFFFC;  // PROC_PID_INIT_INO, the same on every kernel
  struct stat status;
  if (stat("/proc/self/ns/pid", &status) != 0) return absl::ErrnoToStatus(errno, "/proc/self/ns/pid");
  if (status.st_ino == kHostPidNamespace) return absl::OkStatus();
  return absl::FailedPreconditionError("the agent runs in a pid namespace of its own");
}

absl::Status TryTypeInformation() {
  const int id = libbpf_find_vmlinux_btf_id("sched_process_fork", BPF_TRACE_RAW_TP);
  return id > 0 ? absl::OkStatus() : absl::ErrnoToStatus(-id, "cannot read the kernel's type information");
}

absl::Status TryProcessLifecycle() {
  const int id = libbpf_find_vmlinux_btf_id("sched_process_fork", BPF_TRACE_RAW_TP);
  if (id <= 0)
    return absl::ErrnoToStatus(-id, "cannot find sched_process_fork in the kernel's type information");
  LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_RAW_TP,
              .attach_btf_id = static_cast<__u32>(id));
  absl::StatusOr<UniqueFd> program = LoadIdle(BPF_PROG_TYPE_TRACING, &options);
  if (!program.ok()) return program.status();
  const UniqueFd link(bpf_raw_tracepoint_open(nullptr, program->get()));
  return link.is_open() ? absl::OkStatus()
                        : absl::ErrnoToStatus(errno, "cannot attach to sched_process_fork");
}

absl::Status TryRingBuffer() {
  const __u32 bytes = static_cast<__u32>(sysconf(_SC_PAGESIZE));
  const UniqueFd ring(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "haldane_trial", 0, 0, bytes, nullptr));
  return ring.is_open() ? absl::OkStatus() : absl::ErrnoToStatus(errno, "cannot create a ring buffer");
}

absl::Status TryUprobeMulti() {
  LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = kTraceUprobeMulti);
  absl::StatusOr<UniqueFd> program = LoadIdle(BPF_PROG_TYPE_KPROBE, &options);
  if (!program.ok()) return program.status();
  absl::StatusOr<UniqueFd> file = MakeProbedFile();
  if (!file.ok()) return file.status();
  const std::string path = PathOf(*file);
  const unsigned long offset = 0;  // libbpf's own type
  const __u64 cookie = 1;
  LIBBPF_OPTS(bpf_link_create_opts, link_options, );
  link_options.uprobe_multi.path = path.c_str();
  link_options.uprobe_multi.offsets = &offset;
  link_options.uprobe_multi.cookies = &cookie;
  link_options.uprobe_multi.cnt = 1;
  const UniqueFd link(bpf_link_create(program->get(), 0, kTraceUprobeMulti, &link_options));
  return link.is_open() ? absl::OkStatus()
                        : absl::ErrnoToStatus(errno, "cannot attach one link to many probes");
}

absl::Status TryUprobe(Cookie cookie) {
  absl::StatusOr<uint32_t> type = ReadNumber("/sys/bus/event_source/devices/uprobe/type");
  if (!type.ok()) return type.status();
  absl::StatusOr<UniqueFd> program = LoadIdle(BPF_PROG_TYPE_KPROBE, nullptr);
  if (!program.ok()) return program.status();
  absl::StatusOr<UniqueFd> file = MakeProbedFile();
  if (!file.ok()) return file.status();
  const std::string path = PathOf(*file);
  perf_event_attr attributes = {};
  attributes.size = sizeof attributes;
  attributes.type = *type;
  attributes.uprobe_path = reinterpret_cast<uintptr_t>(path.c_str());
  absl::StatusOr<UniqueFd> event = OpenPerfEvent(attributes);
  if (!event.ok()) return event.status();
  if (cookie == Cookie::kWithout) {
    if (ioctl(event->get(), PERF_EVENT_IOC_SET_BPF, program->get()) == 0) return absl::OkStatus();
    return absl::ErrnoToStatus(errno, "cannot attach to a place in a program");
  }
  LIBBPF_OPTS(bpf_link_create_opts, link_options, );
  link_options.perf_event.bpf_cookie = 1;
  const UniqueFd link(bpf_link_create(program->get(), event->get(), BPF_PERF_EVENT, &link_options));
  return link.is_open() ? absl::OkStatus() : absl::ErrnoToStatus(errno, "cannot attach with a cookie");
}

absl::Status TrySyscallTracepoint() {
  RETURN_IF_ERROR(EnsureTracefs());
  // Wherever tracefs is, so is this file.
  absl::StatusOr<uint32_t> id = ReadNumber("/sys/kernel/tracing/events/syscalls/sys_enter_sendto/id");
  if (!id.ok()) id = ReadNumber("/sys/kernel/debug/tracing/events/syscalls/sys_enter_sendto/id");
  if (!id.ok()) return id.status();
  absl::StatusOr<UniqueFd> program = LoadIdle(BPF_PROG_TYPE_TRACEPOINT, nullptr);
  if (!program.ok()) return program.status();
  perf_event_attr attributes = {};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.config = *id;
  absl::StatusOr<UniqueFd> event = OpenPerfEvent(attributes);
  if (!event.ok()) return event.status();
  if (ioctl(event->get(), PERF_EVENT_IOC_SET_BPF, program->get()) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "cannot attach to a system call");
}

absl::Status TryRunTimeStatistics() {
  const UniqueFd statistics(bpf_enable_stats(BPF_STATS_RUN_TIME));
  if (statistics.is_open()) return absl::OkStatus();
  const int error = errno;
  // Where they are on for everybody, nobody need be allowed to turn them on.
  const absl::StatusOr<uint32_t> always_on = ReadNumber("/proc/sys/kernel/bpf_stats_enabled");
  if (always_on.ok() && *always_on == 1) return absl::OkStatus();
  return absl::ErrnoToStatus(error, "cannot have the run time of programs measured");
}

absl::Status TryReadingProcesses() {
  // There need be no process of anybody else to try it on.
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct sets[2] = {};
  if (syscall(SYS_capget, &header, sets) != 0) {
    return absl::ErrnoToStatus(errno, "cannot read the agent's capabilities");
  }
  if ((sets[0].effective >> CAP_SYS_PTRACE & 1) != 0) return absl::OkStatus();
  return absl::PermissionDeniedError("the agent has no CAP_SYS_PTRACE");
}

}  // namespace haldane::agent
