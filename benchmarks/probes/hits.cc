#include "benchmarks/probes/hits.h"

#include <sys/socket.h>
#include <unistd.h>

#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "agent/probe/probed_binary.h"
#include "benchmarks/probes/peers.h"
#include "benchmarks/probes/self.h"
#include "bpf/haldane.skel.h"

// Begins as rb_longjmp does, with an instruction that the kernel emulates.
extern "C" void haldane_bench_target(void* ec, int tag, void* exception);
asm(R"(
  .text
  .type haldane_bench_target, @function
haldane_bench_target:
  push %rbp
  pop %rbp
  ret
  .size haldane_bench_target, .-haldane_bench_target
)");

namespace haldane::benchmarks {
namespace {

constexpr int kHits = 20'000;
constexpr char kOwnFile[] = "/proc/self/exe";

// An object as Ruby has them: flags, class.
alignas(8) const uint64_t kException[2] = {1, 0x7f0012345678};

void Hit() { haldane_bench_target(nullptr, 6, const_cast<uint64_t*>(kException)); }

agent::RaiseProbe RaiseAtTarget(agent::ProbePoint::Payload payload) {
  agent::RaiseProbe probe;
  probe.source = haldane::v1::PROBE_SOURCE_SYMBOL;
  probe.points.push_back(
      {.file_offset = FileOffsetOf(reinterpret_cast<void*>(&haldane_bench_target)), .payload = payload});
  return probe;
}

double CostOfRaise(agent::ProbePoint::Payload payload) {
  auto counters = CountersWithOnly("exceptions");
  if (!counters->AttachRaise("bench", kOwnFile, RaiseAtTarget(payload)).ok()) return 0;
  return CostNs(kHits, Hit);
}

double CostOfPrograms(
    const std::function<std::vector<agent::ProgramPoints>(haldane_bpf*, agent::ProbePoint)>& choose) {
  auto counters = CountersWithOnly("");
  const agent::ProbePoint point{.file_offset = FileOffsetOf(reinterpret_cast<void*>(&haldane_bench_target)),
                                .payload = agent::ProbePoint::Payload::kNone};
  counters->programs()->bss->burst_is_on = 1;
  const auto placed = agent::PlaceProbes(kOwnFile, choose(counters->programs(), point));
  return placed.ok() ? CostNs(kHits, Hit) : 0;
}

void AddRatio(const std::string& what, double cost, double empty, double bound,
              std::vector<Result>* results) {
  results->push_back({absl::StrCat(what, ": cost per hit against an empty program"), cost / empty, "x", bound,
                      absl::StrFormat("%.0f ns; empty %.0f ns", cost, empty)});
}

int g_sockets[2];
constexpr char kResponse[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

void Answer() {
  char buffer[64];
  (void)!send(g_sockets[0], kResponse, sizeof kResponse - 1, 0);
  (void)!recv(g_sockets[1], buffer, sizeof buffer, 0);
}
void SendBody() {
  char buffer[64];
  (void)!send(g_sockets[0], "no head of any response, but a body", 35, 0);
  (void)!recv(g_sockets[1], buffer, sizeof buffer, 0);
}
void Fail() { (void)!close(-1); }
void Succeed() { (void)!getppid(); }

double CostWith(const char* group, int calls, void (*body)()) {
  auto counters = CountersWithOnly(group);
  return CostNs(calls, body);
}
double CostWithEmpty(const std::vector<std::string>& tracepoints, int calls, void (*body)()) {
  const EmptyTracepoints empty(tracepoints);
  return empty.is_attached() ? CostNs(calls, body) : 0;
}
double CostWithBpftrace(const std::string& program, int calls, void (*body)()) {
  const Bpftrace bpftrace(program);
  return bpftrace.is_running() ? CostNs(calls, body) : 0;
}

void AddCall(const std::string& what, double bare, double empty, double ours, double peer,
             std::vector<Result>* results) {
  results->push_back(
      {absl::StrCat(what, ": what the hooked calls cost against empty programs"), ours / empty, "x", 0,
       absl::StrFormat("unhooked %.0f ns, empty %.0f, ours %.0f, bpftrace %.0f", bare, empty, ours, peer)});
}

}  // namespace

void MeasureUprobes(std::vector<Result>* results) {
  using Payload = agent::ProbePoint::Payload;
  const unsigned long offset = FileOffsetOf(reinterpret_cast<void*>(&haldane_bench_target));
  const double bare = CostNs(kHits, Hit);
  double empty = 0;
  {
    const EmptyUprobe probe(kOwnFile, offset);
    if (probe.is_attached()) empty = CostNs(kHits, Hit);
  }
  results->push_back(
      {"a hit of an empty uprobe", empty, "ns", 0, absl::StrFormat("the call alone %.1f ns", bare)});
  AddRatio("exceptions, total only", CostOfRaise(Payload::kNone), empty, 1.15, results);
  AddRatio("exceptions with their class", CostOfRaise(Payload::kExceptionInRdx), empty, 1.4, results);
  AddRatio(
      "loads", CostOfPrograms([](haldane_bpf* bpf, agent::ProbePoint point) {
        return std::vector<agent::ProgramPoints>{{bpf->progs.load_multi, bpf->progs.load_single, {point}}};
      }),
      empty, 1.15, results);
  AddRatio("entries into the VM, in a burst", CostOfPrograms([](haldane_bpf* bpf, agent::ProbePoint point) {
             return std::vector<agent::ProgramPoints>{
                 {bpf->progs.vm_entry_multi, bpf->progs.vm_entry_single, {point}}};
           }),
           empty, 1.15, results);
  char exe[4096] = {};
  (void)!readlink("/proc/self/exe", exe, sizeof exe - 1);
  const double peer = CostWithBpftrace(
      absl::StrFormat("uprobe:%s:haldane_bench_target /pid == %d/ { @ = count(); }", exe, getpid()), kHits,
      Hit);
  const double peer_by_class = CostWithBpftrace(
      absl::StrFormat("uprobe:%s:haldane_bench_target { @[pid, *(uint64 *)(arg2 + 8)] = count(); }", exe),
      kHits, Hit);
  results->push_back({"bpftrace counting the same calls of one process", peer / empty, "x", 0,
                      absl::StrFormat("%.0f ns", peer)});
  results->push_back({"bpftrace counting them by process and class", peer_by_class / empty, "x", 0,
                      absl::StrFormat("%.0f ns", peer_by_class)});
}

void MeasureSystemCalls(std::vector<Result>* results) {
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, g_sockets) != 0) return;
  const std::string pid = std::to_string(getpid());
  const std::vector<std::string> writes = {"syscalls/sys_enter_sendto", "syscalls/sys_exit_sendto"};
  const std::string count_heads =
      "tracepoint:syscalls:sys_enter_sendto /pid == " + pid +
      " && strncmp(\"HTTP/1.\", str(args->buff, 8), 7) == 0/ { @h[tid] = 1; } "
      "tracepoint:syscalls:sys_exit_sendto /@h[tid]/ { delete(@h[tid]); @ = count(); }";
  AddCall("a response and its read, responses", CostNs(kHits, Answer), CostWithEmpty(writes, kHits, Answer),
          CostWith("responses", kHits, Answer), CostWithBpftrace(count_heads, kHits, Answer), results);
  AddCall("a piece of body and its read, responses", CostNs(kHits, SendBody),
          CostWithEmpty(writes, kHits, SendBody), CostWith("responses", kHits, SendBody),
          CostWithBpftrace(count_heads, kHits, SendBody), results);
  const std::vector<std::string> reads = {"syscalls/sys_enter_recvfrom", "syscalls/sys_exit_recvfrom"};
  AddCall("the same, latency's reads", CostNs(kHits, SendBody), CostWithEmpty(reads, kHits, SendBody),
          CostWith("latency", kHits, SendBody),
          CostWithBpftrace("tracepoint:syscalls:sys_enter_recvfrom /pid == " + pid +
                               "/ { @s[tid] = nsecs; } "
                               "tracepoint:syscalls:sys_exit_recvfrom /@s[tid]/ { @ = hist(nsecs - @s[tid]); "
                               "delete(@s[tid]); }",
                           kHits, SendBody),
          results);
  const std::string count_errors = "tracepoint:raw_syscalls:sys_exit /pid == " + pid +
                                   " && args->ret < 0/ { @[args->id, args->ret] = count(); }";
  AddCall("a failing system call, sys_errors", CostNs(kHits, Fail),
          CostWithEmpty({"raw:sys_exit"}, kHits, Fail), CostWith("sys_errors", kHits, Fail),
          CostWithBpftrace(count_errors, kHits, Fail), results);
  AddCall("a system call that succeeds, sys_errors", CostNs(kHits, Succeed),
          CostWithEmpty({"raw:sys_exit"}, kHits, Succeed), CostWith("sys_errors", kHits, Succeed),
          CostWithBpftrace(count_errors, kHits, Succeed), results);
  close(g_sockets[0]);
  close(g_sockets[1]);
}

}  // namespace haldane::benchmarks
