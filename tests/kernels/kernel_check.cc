// Runs as root inside a booted kernel and says what of the agent works there, one
// fact per line, for kernels_test.py:
//
//   PROFILE full|reduced|disabled      MISSING capability: reason
//   PROGRAM name instructions          verified by the kernel; 0 where it does not tell
//   GROUP name attached                GROUP name gap: reason
//   RAISE counted expected             exceptions of a process of our own
//   DONE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include "agent/kernel/compatibility.h"
#include "agent/probe/kernel_counters.h"
#include "agent/probe/process_stat.h"
#include "base/file.h"
#include "bpf/haldane.skel.h"

namespace haldane::agent {

// Takes what rb_longjmp takes: the exception comes third, in rdx.
extern "C" __attribute__((noinline)) void HaldaneKernelCheckRaise(const void*, uint64_t, uint64_t exception) {
  asm volatile("" : : "r"(exception) : "memory");
}

namespace {

constexpr int kRaises = 1000;

std::string OneLine(absl::string_view text) {
  std::string line(text.substr(0, 300));
  for (char& c : line) c = c == '\n' ? ' ' : c;
  return line;
}

// On a line of its own, whatever the kernel has written to the console.
void Say(const std::string& line) {
  printf("\n%s\n", line.c_str());
  fflush(stdout);
}

uint64_t FileOffsetOf(uintptr_t address) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::istringstream fields(line);
    uint64_t begin = 0, end = 0, offset = 0;
    char dash = 0;
    std::string rights;
    fields >> std::hex >> begin >> dash >> end >> rights >> offset;
    if (begin <= address && address < end) return address - begin + offset;
  }
  return 0;
}

void TellCompatibility() {
  const haldane::v1::Compatibility found = ProbeCompatibility();
  const std::string& profile = haldane::v1::Compatibility::Profile_Name(found.profile());
  Say("PROFILE " + profile.substr(sizeof("PROFILE_") - 1));
  for (const auto& missing : found.missing()) {
    Say("MISSING " + missing.capability() + ": " + OneLine(missing.reason()));
  }
}

void TellPrograms(haldane_bpf* programs) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, programs->obj) {
    if (!bpf_program__autoload(program)) continue;
    bpf_prog_info info = {};
    __u32 size = sizeof(info);
    if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) != 0) info.verified_insns = 0;
    Say("PROGRAM " + std::string(bpf_program__name(program)) + " " + std::to_string(info.verified_insns));
  }
}

// A process of our own that raises when told to.
uint64_t CountRaises(KernelCounters* counters) {
  int go[2], done[2];
  if (pipe(go) != 0 || pipe(done) != 0) return 0;
  const pid_t child = fork();
  if (child == 0) {
    char word = 0;
    if (read(go[0], &word, 1) != 1) _exit(1);
    const uint64_t object[2] = {0, 42};
    for (int i = 0; i < kRaises; ++i) {
      HaldaneKernelCheckRaise(nullptr, 6, reinterpret_cast<uintptr_t>(object));
    }
    if (write(done[1], &word, 1) != 1) _exit(1);
    pause();
  }
  RaiseProbe probe;
  probe.points = {{.file_offset = FileOffsetOf(reinterpret_cast<uintptr_t>(&HaldaneKernelCheckRaise)),
                   .payload = ProbePoint::Payload::kExceptionInRdx}};
  uint64_t counted = 0;
  const auto stat = ReadFile("/proc/" + std::to_string(child) + "/stat", 4096);
  const auto start = stat.ok() ? ParseProcessStat(*stat) : std::nullopt;
  absl::Status status = counters->AttachKernelHooks();
  if (status.ok()) status = counters->AttachRaise("self", "/proc/self/exe", probe);
  if (status.ok() && start) status = counters->Watch(static_cast<uint32_t>(child), start->start_ns);
  if (!status.ok()) Say("FAILED " + OneLine(status.message()));
  char word = 'x';
  if (status.ok() && write(go[1], &word, 1) == 1 && read(done[0], &word, 1) == 1) {
    for (const ProcessReading& reading : counters->Read()) {
      if (reading.pid == static_cast<uint32_t>(child)) counted = reading.exceptions;
    }
  }
  for (const ProbeGroup* group : counters->Groups()) {
    if (group->attached()) Say("GROUP " + std::string(group->name()) + " attached");
    for (const auto& gap : group->Gaps()) {
      Say("GROUP " + std::string(group->name()) + " gap: " + OneLine(gap.detail()));
    }
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return counted;
}

int CheckKernel() {
  TellCompatibility();
  auto counters = KernelCounters::Create(64);
  if (!counters.ok()) {
    Say("FAILED " + OneLine(counters.status().message()));
    return 1;
  }
  TellPrograms((*counters)->programs());
  const uint64_t counted = CountRaises(counters->get());
  Say("RAISE " + std::to_string(counted) + " " + std::to_string(kRaises));
  (*counters)->DetachAll();
  Say("DONE");
  return 0;
}

}  // namespace
}  // namespace haldane::agent

int main() { return haldane::agent::CheckKernel(); }
