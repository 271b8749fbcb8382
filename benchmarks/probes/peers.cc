#include "benchmarks/probes/peers.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

namespace haldane::benchmarks {
namespace {

// Newer than the kernel headers of Debian 12.
constexpr auto kUprobeMulti = static_cast<bpf_attach_type>(48);

UniqueFd LoadEmpty(bpf_prog_type type, bpf_prog_load_opts* options) {
  const bpf_insn empty[] = {{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
                            {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  return UniqueFd(bpf_prog_load(type, "haldane_empty", "GPL", empty, 2, options));
}

}  // namespace

EmptyUprobe::EmptyUprobe(const std::string& path, unsigned long offset) {
  LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = kUprobeMulti);
  program_ = LoadEmpty(BPF_PROG_TYPE_KPROBE, &options);
  LIBBPF_OPTS(bpf_link_create_opts, link_options, );
  link_options.uprobe_multi.path = path.c_str();
  link_options.uprobe_multi.offsets = &offset;
  link_options.uprobe_multi.cnt = 1;
  link_.reset(bpf_link_create(program_.get(), 0, kUprobeMulti, &link_options));
}

EmptyTracepoints::EmptyTracepoints(const std::vector<std::string>& tracepoints) {
  for (const std::string& name : tracepoints) {
    if (name.rfind("raw:", 0) == 0) {
      UniqueFd program = LoadEmpty(BPF_PROG_TYPE_RAW_TRACEPOINT, nullptr);
      UniqueFd link(bpf_raw_tracepoint_open(name.c_str() + 4, program.get()));
      attached_ = attached_ && link.is_open();
      fds_.push_back(std::move(program));
      fds_.push_back(std::move(link));
      continue;
    }
    UniqueFd program = LoadEmpty(BPF_PROG_TYPE_TRACEPOINT, nullptr);
    perf_event_attr attributes = {};
    attributes.size = sizeof attributes;
    attributes.type = PERF_TYPE_TRACEPOINT;
    std::ifstream("/sys/kernel/tracing/events/" + name + "/id") >> attributes.config;
    UniqueFd event(
        static_cast<int>(syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)));
    attached_ = attached_ && event.is_open() &&
                ioctl(event.get(), PERF_EVENT_IOC_SET_BPF, program.get()) == 0 &&
                ioctl(event.get(), PERF_EVENT_IOC_ENABLE, 0) == 0;
    fds_.push_back(std::move(program));
    fds_.push_back(std::move(event));
  }
}

Bpftrace::Bpftrace(const std::string& program) {
  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) return;
  pid_ = fork();
  if (pid_ == 0) {
    dup2(output[1], STDOUT_FILENO);
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDERR_FILENO);
    const std::string text = "BEGIN { printf(\"begun\\n\"); } " + program;
    execlp("bpftrace", "bpftrace", "-B", "none", "-e", text.c_str(), nullptr);
    _exit(127);
  }
  close(output[1]);
  std::string said;
  char buffer[256];
  for (ssize_t n;
       said.find("begun") == std::string::npos && (n = read(output[0], buffer, sizeof buffer)) > 0;) {
    said.append(buffer, static_cast<size_t>(n));
  }
  running_ = said.find("begun") != std::string::npos;
  close(output[0]);
}

Bpftrace::~Bpftrace() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace haldane::benchmarks
